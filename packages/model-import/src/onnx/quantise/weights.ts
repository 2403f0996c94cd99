import type { TensorProto } from "../proto.ts";
import type { Weight } from "./plan.ts";

/** The largest step of a symmetric int8. */
const STEPS = 127;

/** Weights as bytes: those of a channel times its scale are the weights again. */
export interface ByteWeights {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Rounds weights to 255 steps around zero, each channel to steps of its own. */
export function weightsAsBytes({ tensor, axis }: Weight): ByteWeights {
  const weights = floatsOf(tensor);
  const channels = tensor.dims[axis] ?? 1;
  const run = tensor.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (index: number): number => Math.floor(index / run) % channels;
  const scales = new Float32Array(channels);
  for (const [index, weight] of weights.entries()) {
    const channel = channelOf(index);
    scales[channel] = Math.max(scales[channel] ?? 0, Math.abs(weight) / STEPS);
  }
  // A channel of zeros has any scale but zero.
  for (const [channel, scale] of scales.entries()) if (!(scale > 0)) scales[channel] = 1;
  const values = Int8Array.from(weights, (weight, index) => Math.round(weight / (scales[channelOf(index)] ?? 1)));
  return { values, scales };
}

/** A bias in the steps of the sums it is added to, each channel's given by `scales`. */
export function biasAsIntegers(tensor: TensorProto, scales: Float32Array): Int32Array {
  return Int32Array.from(floatsOf(tensor), (bias, channel) => {
    const steps = Math.round(bias / (scales[channel] ?? 1));
    return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, steps));
  });
}

/** A float32 constant's values; its bytes may lie anywhere, those of a copy are aligned. */
function floatsOf({ rawData = new Uint8Array() }: TensorProto): Float32Array {
  return new Float32Array(Uint8Array.from(rawData).buffer);
}
