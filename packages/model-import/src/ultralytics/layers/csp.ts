import type { Call, Layer, Value } from "../network.ts";

/** Two convolutions, with a way around them where its settings say so. */
export const bottleneck: Layer = (call) => {
  const { module, input } = call;
  const made = call.run(module.part("cv2"), call.run(module.part("cv1"), input));
  return module.flag("add") ? call.add(input, made) : made;
};

/** One branch through bottlenecks, one past them, joined. */
export const crossStage: Layer = (call) => {
  const { module, input } = call;
  const through = call.run(module.part("m"), call.run(module.part("cv1"), input));
  const past = call.run(module.part("cv2"), input);
  return call.run(module.part("cv3"), call.concat([through, past]));
};

/** Half of the channels go through one block after the other; the results of all of them are joined. */
export const crossStageSteps: Layer = (call) => {
  const { module } = call;
  const maps = halves(call);
  for (const block of module.part("m").items()) maps.push(...maps.slice(-1).map((map) => call.run(block, map)));
  return call.run(module.part("cv2"), call.concat(maps));
};

/** What `cv1` makes of the input, cut into two halves. */
export function halves(call: Call): Value[] {
  const whole = call.run(call.module.part("cv1"), call.input);
  const channels = call.module.integer("c");
  return call.split(whole, [channels, channels]);
}
