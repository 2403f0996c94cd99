import type { Layer } from "../network.ts";

/** Probabilities of the classes. */
export const classify: Layer = (call) => {
  const { module } = call;
  const features = call.run(module.part("conv"), call.concat(call.inputs));
  const means = call.run(module.part("pool"), features);
  const vector = call.emit("Flatten", [means], { dims: means.dims.slice(0, 1), attributes: { axis: 1n } });
  const kept = call.run(module.part("drop"), vector);
  const logits = call.run(module.part("linear"), kept);
  return call.emit("Softmax", [logits], { dims: logits.dims, attributes: { axis: -1n } });
};
