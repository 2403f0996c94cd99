import type { Layer } from "../network.ts";
import { windowOf } from "./window.ts";

/** The largest value under a window. */
export const maxPool: Layer = (call) => {
  const { module, input } = call;
  if (module.flag("ceil_mode")) throw module.unsupported("rounds its size up, which cannot be converted");
  const { kernel, stride, dilation, pads, size } = windowOf(module, input.dims);
  return call.emit("MaxPool", [input], {
    dims: [input.dims[0] ?? 0, ...size],
    attributes: { kernel_shape: kernel, strides: stride, dilations: dilation, pads },
  });
};

/** The mean of each channel. */
export const averagePool: Layer = (call) => {
  const { module, input } = call;
  const [height, width] = module.pair("output_size");
  if (height !== 1 || width !== 1) throw module.unsupported(`pools to ${width}×${height}, which cannot be converted`);
  return call.emit("GlobalAveragePool", [input], { dims: [input.dims[0] ?? 0, 1, 1] });
};

/** Spatial pyramid pooling: the map beside its maxima under windows of several sizes. */
export const pyramidPool: Layer = (call) => {
  const { module } = call;
  const narrow = call.run(module.part("cv1"), call.input);
  const pooled = module
    .part("m")
    .items()
    .map((pool) => call.run(pool, narrow));
  return call.run(module.part("cv2"), call.concat([narrow, ...pooled]));
};

/** The same with one small window, applied three times. */
export const fastPyramidPool: Layer = (call) => {
  const { module } = call;
  const repeats = module.setting("n") ?? 3;
  if (repeats !== 3 || module.flag("add")) throw module.unsupported("pools in another way than three times in a row");
  const pool = module.part("m");
  const narrow = call.run(module.part("cv1"), call.input);
  const once = call.run(pool, narrow);
  const twice = call.run(pool, once);
  const thrice = call.run(pool, twice);
  return call.run(module.part("cv2"), call.concat([narrow, once, twice, thrice]));
};
