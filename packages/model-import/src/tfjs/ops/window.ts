import type { AttributeValue } from "../../onnx/builder.ts";
import type { Call } from "../emitter.ts";

/** A sliding window's effect: the size of the result, and ONNX attributes. */
export interface Window {
  /** Height and width of the result. */
  readonly size: readonly [number, number];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/**
 * Strides and padding of a convolution or pooling over an NHWC input. TensorFlow's SAME padding depends on the input's
 * size and puts the odd pixel at the end (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
 */
export function slide(
  call: Call,
  [, height = 1, width = 1]: readonly number[],
  {
    kernel,
    dilations: [, dilationY = 1, dilationX = 1] = [],
  }: { kernel: readonly [number, number]; dilations?: number[] },
): Window {
  const { attributes } = call.node;
  if (attributes.text("data_format", "NHWC") !== "NHWC") throw call.unsupported("has its channels first");
  const [, strideY = 1, strideX = 1] = attributes.numbers("strides");
  const [, , top = 0, bottom = 0, left = 0, right = 0] = attributes.numbers("explicit_paddings");
  const padding = attributes.text("padding", "VALID");
  const y = axis({
    size: height,
    kernel: kernel[0],
    stride: strideY,
    dilation: dilationY,
    padding,
    explicit: [top, bottom],
  });
  const x = axis({
    size: width,
    kernel: kernel[1],
    stride: strideX,
    dilation: dilationX,
    padding,
    explicit: [left, right],
  });
  return {
    size: [y.size, x.size],
    attributes: {
      kernel_shape: kernel,
      strides: [strideY, strideX],
      dilations: [dilationY, dilationX],
      pads: [y.before, x.before, y.after, x.after],
    },
  };
}

interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: string;
  readonly explicit: readonly [number, number];
}

function axis({ size, kernel, stride, dilation, padding, explicit: [before, after] }: Axis) {
  const reach = (kernel - 1) * dilation + 1;
  if (padding === "SAME") {
    const steps = Math.ceil(size / stride);
    const total = Math.max(0, (steps - 1) * stride + reach - size);
    return { size: steps, before: Math.floor(total / 2), after: Math.ceil(total / 2) };
  }
  const padded = padding === "EXPLICIT" ? { before, after } : { before: 0, after: 0 };
  const room = size + padded.before + padded.after - reach;
  return { size: Math.floor(room / stride) + 1, ...padded };
}
