import type { Module } from "../module.ts";

/** How a kernel slides over a feature map; pairs are height and width. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Top, left, bottom, right. */
  readonly pads: readonly number[];
  /** Height and width of the result. */
  readonly size: readonly [number, number];
}

/** The window of a convolution or a pooling over [channels, height, width]. */
export function windowOf(module: Module, dims: readonly number[]): Window {
  const [, height, width] = dims;
  if (dims.length !== 3 || height === undefined || width === undefined) throw module.invalid(`is given [${dims}]`);
  const kernel = module.pair("kernel_size");
  const stride = module.pair("stride");
  const dilation = module.pair("dilation");
  const padding = module.pair("padding", 0);
  const places = (length: number, axis: 0 | 1) => {
    const free = length + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1;
    return Math.floor(free / stride[axis]) + 1;
  };
  const size = [places(height, 0), places(width, 1)] as const;
  if (Math.min(...size) < 1) throw module.invalid(`is larger than its input of ${width}×${height}`);
  return { kernel, stride, dilation, pads: [...padding, ...padding], size };
}
