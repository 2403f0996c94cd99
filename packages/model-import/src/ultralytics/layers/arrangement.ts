import type { Layer } from "../network.ts";

/** Parts one after the other. */
export const sequential: Layer = (call) =>
  call.module.items().reduce((value, part) => call.run(part, value), call.input);

/** Joins feature maps channel by channel. */
export const concat: Layer = (call) => {
  if (call.module.integer("d") !== 1) throw call.module.unsupported("joins along another axis than the channels");
  return call.concat(call.inputs);
};

/** Repeats each pixel a whole number of times in both directions. */
export const upsample: Layer = (call) => {
  const { module, input } = call;
  const mode = module.setting("mode");
  if (mode !== "nearest") throw module.unsupported(`scales by ${mode}, which cannot be converted`);
  const [down, across] = module.pair("scale_factor");
  const [channels = 0, height = 0, width = 0] = input.dims;
  return call.emit("Resize", [input], {
    dims: [channels, height * down, width * across],
    constants: ["", call.floats([4], [1, 1, down, across])],
    attributes: { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
  });
};
