import type { Layer } from "../network.ts";
import { halves } from "./csp.ts";

/** Half of the channels go through attention blocks, half past them. */
export const crossStageAttention: Layer = (call) => {
  const { module } = call;
  const blocks = module.part("m");
  const [past, ...rest] = halves(call);
  const through = rest.map((half) => call.run(blocks, half));
  return call.run(module.part("cv2"), call.concat(past === undefined ? through : [past, ...through]));
};

/** Attention, then a feed-forward network, each with a way around it where its settings say so. */
export const attentionBlock: Layer = (call) => {
  const { module, input } = call;
  const around = module.flag("add");
  const attended = call.run(module.part("attn"), input);
  const summed = around ? call.add(input, attended) : attended;
  const made = call.run(module.part("ffn"), summed);
  return around ? call.add(summed, made) : made;
};

/** Self-attention between the cells of a map in several heads, plus a convolution of the values for their places. */
export const attention: Layer = (call) => {
  const { module, input } = call;
  const heads = module.integer("num_heads");
  const keySize = module.integer("key_dim");
  const valueSize = module.integer("head_dim");
  const [, height = 0, width = 0] = input.dims;
  const cells = height * width;
  const joint = call.reshape(call.run(module.part("qkv"), input), [heads, 2 * keySize + valueSize, cells]);
  const [query = joint, key = joint, value = joint] = call.split(joint, [keySize, keySize, valueSize], 1);

  const scaled = call.scale(call.transpose(query, [0, 2, 1]), call.floats([], [module.number("scale")]));
  const dims = [heads, cells, cells];
  const scores = call.emit("MatMul", [scaled, key], { dims });
  const weights = call.emit("Softmax", [scores], { dims, attributes: { axis: -1n } });
  const mixed = call.emit("MatMul", [value, call.transpose(weights, [0, 2, 1])], { dims: [heads, valueSize, cells] });

  const map = [heads * valueSize, height, width];
  const places = call.run(module.part("pe"), call.reshape(value, map));
  return call.run(module.part("proj"), call.add(call.reshape(mixed, map), places));
};
