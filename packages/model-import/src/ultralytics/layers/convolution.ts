import type { Module } from "../module.ts";
import type { Call, Layer, Value } from "../network.ts";
import { type Window, windowOf } from "./window.ts";

/** Convolution, batch norm folded into its weights, activation. */
export const convolutionBlock: Layer = (call) => {
  const convolved = convolve(call, call.module.part("conv"), call.module.optionalPart("bn"));
  return call.run(call.module.part("act"), convolved);
};

/** A bare convolution. */
export const convolution: Layer = (call) => convolve(call, call.module);

/** A linear layer over a vector. */
export const linear: Layer = (call) => {
  const { module, input } = call;
  const [size = 0] = input.dims;
  const [outputs = 0] = module.tensor("weight").shape;
  const weights = call.floats([outputs, size], module.floats("weight", [outputs, size]));
  const bias = call.floats([outputs], module.floats("bias", [outputs]));
  return call.emit("Gemm", [input], { dims: [outputs], constants: [weights, bias], attributes: { transB: 1n } });
};

interface Filter {
  readonly weights: Float32Array;
  readonly bias: Float32Array | undefined;
}

function convolve(call: Call, conv: Module, norm?: Module): Value {
  const [channels = 0] = call.input.dims;
  expectPlain(conv);
  const groups = conv.integer("groups");
  const window = windowOf(conv, call.input.dims);
  const [outputs = 0] = conv.tensor("weight").shape;
  const dims = [outputs, channels / groups, ...window.kernel];
  const plain = {
    weights: conv.floats("weight", dims),
    bias: conv.optionalTensor("bias") && conv.floats("bias", [outputs]),
  };
  const { weights, bias } = norm === undefined ? plain : normalised(plain, norm, outputs);
  return call.emit("Conv", [call.input], {
    dims: [outputs, ...window.size],
    constants: [call.floats(dims, weights), ...(bias === undefined ? [] : [call.floats([outputs], bias)])],
    attributes: { ...attributesOf(window), group: BigInt(groups) },
  });
}

function attributesOf({ kernel, stride, dilation, pads }: Window) {
  return { kernel_shape: kernel, strides: stride, dilations: dilation, pads };
}

function expectPlain(conv: Module): void {
  if (conv.className !== "torch.nn.modules.conv.Conv2d") throw conv.unsupported("stands in place of a convolution");
  const mode = conv.setting("padding_mode");
  if (mode !== "zeros") throw conv.unsupported(`pads with ${mode}, which cannot be converted`);
}

/** At inference a batch norm is (x − mean) · weight / √(variance + ε) + bias, per channel. */
function normalised({ weights, bias }: Filter, norm: Module, channels: number): Filter {
  const [scale, offset, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((name) =>
    norm.floats(name, [channels]),
  );
  const epsilon = norm.number("eps");
  const perChannel = weights.length / channels;
  const folded = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const factor = (scale?.[channel] ?? 0) / Math.sqrt((variance?.[channel] ?? 0) + epsilon);
    const start = channel * perChannel;
    for (let i = start; i < start + perChannel; i++) weights[i] = (weights[i] ?? 0) * factor;
    folded[channel] = (offset?.[channel] ?? 0) + ((bias?.[channel] ?? 0) - (mean?.[channel] ?? 0)) * factor;
  }
  return { weights, bias: folded };
}
