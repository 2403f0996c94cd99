import type { Call, Converter } from "../emitter.ts";
import { type Activation, type Constant, factorOf, permute, permuteDims } from "../value.ts";
import { activate } from "./elementwise.ts";
import { slide } from "./window.ts";

/** Convolutions, with the bias and the activation TensorFlow fuses into them. */
export const convolution: Readonly<Record<string, Converter>> = {
  Conv2D: (call) => convolve(call, ordinaryFilter(call)),
  _FusedConv2D: (call) => finish(call, convolve(call, ordinaryFilter(call), fusedBias(call))),
  DepthwiseConv2dNative: (call) => convolve(call, depthwiseFilter(call)),
  FusedDepthwiseConv2dNative: (call) => finish(call, convolve(call, depthwiseFilter(call), fusedBias(call))),
};

interface Filter {
  /** [outputs, inputs per group, height, width] */
  readonly weights: Constant;
  readonly groups: number;
}

/** TensorFlow's filter is [height, width, inputs, outputs]. */
function ordinaryFilter(call: Call): Filter {
  const weights = permute(call.constant(1), [3, 2, 0, 1]);
  const channels = call.input(0).dims[3] ?? 1;
  return { weights, groups: channels / (weights.dims[1] ?? 1) };
}

/** TensorFlow's filter is [height, width, inputs, outputs per input]. */
function depthwiseFilter(call: Call): Filter {
  const filter = call.constant(1);
  const [channels = 1, multiplier = 1, height = 1, width = 1] = permuteDims(filter.dims, [2, 3, 0, 1]);
  const weights = { ...permute(filter, [2, 3, 0, 1]), dims: [channels * multiplier, 1, height, width] };
  return { weights, groups: channels };
}

function convolve(call: Call, { weights, groups }: Filter, bias?: Constant): Activation {
  const [outputs = 1, , height = 1, width = 1] = weights.dims;
  const input = call.input(0);
  const window = slide(call, input.dims, {
    kernel: [height, width],
    dilations: call.node.attributes.numbers("dilations"),
  });
  const names = [
    call.emitter.unscaled(input, "nchw"),
    call.graph.constant(`${call.node.name}/weights`, weights.dims, scale(weights, factorOf(input))),
  ];
  if (bias !== undefined) names.push(call.graph.constant(`${call.node.name}/bias`, [outputs], bias.data));
  const [batch = 1] = input.dims;
  return call.emitNamed("Conv", names, {
    dims: [batch, ...window.size, outputs],
    layout: "nchw",
    attributes: { ...window.attributes, group: BigInt(groups) },
  });
}

function scale({ data }: Constant, factor: number): Float32Array {
  return Float32Array.from(data, (weight) => weight * factor);
}

function fusedBias(call: Call): Constant | undefined {
  return call.node.attributes.texts("fused_ops")[0] === "BiasAdd" ? call.constant(2) : undefined;
}

function finish(call: Call, convolved: Activation): Activation {
  const operations = call.node.attributes.texts("fused_ops").filter((name) => name !== "BiasAdd");
  return operations.reduce((value, name) => activate(call, value, name), convolved);
}
