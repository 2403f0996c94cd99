import type { Call, Converter } from "../emitter.ts";
import { axisIn, commonLayout, layoutOf } from "../layout.ts";
import type { Activation, Value } from "../value.ts";
import { slide } from "./window.ts";

/** Operations over the height, width and channels of pictures. */
export const picture: Readonly<Record<string, Converter>> = {
  MaxPool: maxPool,
  Mean: mean,
  ResizeBilinear: resizeBilinear,
  ConcatV2: concat,
  Pad: pad,
};

function maxPool(call: Call): Activation {
  const input = call.input(0);
  const [batchKernel = 1, height = 1, width = 1, channelKernel = 1] = call.node.attributes.numbers("ksize");
  if (batchKernel !== 1 || channelKernel !== 1) throw call.unsupported("pools over batch or channels");
  const window = slide(call, input.dims, { kernel: [height, width] });
  const [batch = 1, , , channels = 1] = input.dims;
  const { attributes } = window;
  const pooled = call.emit("MaxPool", [input], { dims: [batch, ...window.size, channels], layout: "nchw", attributes });
  return channels % BLOCK === 0 ? pooled : widened(call, pooled, { before: 0, channels });
}

/** How many channels the runtime's blocked layout takes together. */
const BLOCK = 16;

/**
 * The picture with zeros as its first and last channels, by a convolution that copies: other than Pad, and MaxPool of a
 * number of channels that does not fill the blocks, it gives the runtime's own blocked layout. Without it, the rest of a
 * network of residual blocks is computed in the slower one.
 */
function widened(call: Call, value: Value, { before, channels }: { before: number; channels: number }): Activation {
  const [batch = 1, height = 1, width = 1, given = 1] = value.dims;
  const alone = channels === given;
  const inputs = alone ? 1 : given;
  const weights = new Float32Array(channels * inputs);
  for (let channel = 0; channel < given; channel++) {
    weights[(before + channel) * inputs + (alone ? 0 : channel)] = 1;
  }
  const copy = call.graph.constant("copy", [channels, inputs, 1, 1], weights);
  return call.emitNamed("Conv", [call.emitter.name(value, "nchw"), copy], {
    dims: [batch, height, width, channels],
    layout: "nchw",
    attributes: { group: alone ? BigInt(channels) : 1n, kernel_shape: [1, 1] },
  });
}

function mean(call: Call): Value {
  const input = call.input(0);
  const rank = input.dims.length;
  const axes = call.numbers(1).map((axis) => (axis < 0 ? axis + rank : axis));
  const kept = input.dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const layout = layoutOf(input);
  const overPixels = layout === "nchw" && axes.length === 2 && axes.includes(1) && axes.includes(2);
  const averaged = overPixels
    ? call.emit("GlobalAveragePool", [input], { dims: kept, layout, proportional: true })
    : call.emit("ReduceMean", [input], {
        dims: kept,
        layout,
        proportional: true,
        attributes: { axes: axes.map((axis) => axisIn(layout, axis)), keepdims: 1n },
      });
  if (call.node.attributes.flag("keep_dims")) return averaged;
  return call.reshape(
    averaged,
    input.dims.filter((_, axis) => !axes.includes(axis)),
  );
}

function resizeBilinear(call: Call): Activation {
  const input = call.input(0);
  const [batch = 1, height = 1, width = 1, channels = 1] = input.dims;
  const [newHeight = 1, newWidth = 1] = call.numbers(1);
  const { attributes } = call.node;
  const coordinates = attributes.flag("align_corners")
    ? "align_corners"
    : attributes.flag("half_pixel_centers")
      ? "half_pixel"
      : "asymmetric";
  // The runtime has a faster kernel for whole factors, which it finds only when they are given as factors.
  const whole = newHeight % height === 0 && newWidth % width === 0;
  const scales = Float32Array.of(1, 1, newHeight / height, newWidth / width);
  const target = whole
    ? [call.graph.constant("scales", [4], scales)]
    : ["", call.graph.int64s("sizes", [batch, channels, newHeight, newWidth])];
  return call.emitNamed("Resize", [call.emitter.name(input, "nchw"), "", ...target], {
    dims: [batch, newHeight, newWidth, channels],
    layout: "nchw",
    attributes: { mode: "linear", coordinate_transformation_mode: coordinates },
  });
}

function concat(call: Call): Value {
  const values = call.inputs.slice(0, -1);
  const rank = call.input(0).dims.length;
  const axis = call.axis(call.inputs.length - 1, rank);
  const total = values.reduce((sum, { dims }) => sum + (dims[axis] ?? 1), 0);
  const dims = call.input(0).dims.map((size, at) => (at === axis ? total : size));
  const layout = commonLayout(values);
  return call.emit("Concat", values, { dims, layout, attributes: { axis: BigInt(axisIn(layout, axis)) } });
}

/** Zeros around a tensor: before and after each axis. */
function pad(call: Call): Activation {
  const value = call.input(0);
  const amounts = call.numbers(1);
  const [before = 0, after = 0, ...more] = amounts.slice(6);
  const ofChannels = amounts.slice(0, 6).every((amount) => amount === 0) && before + after > 0 && more.length === 0;
  if (ofChannels && value.dims.length === 4) {
    return widened(call, value, { before, channels: before + (value.dims[3] ?? 0) + after });
  }
  const layout = layoutOf(value);
  const rank = value.dims.length;
  const ends = [0, 1].map((end) => {
    const placed = new Array<number>(rank).fill(0);
    value.dims.forEach((_, axis) => {
      placed[axisIn(layout, axis)] = amounts[2 * axis + end] ?? 0;
    });
    return placed;
  });
  const dims = value.dims.map((size, axis) => size + (amounts[2 * axis] ?? 0) + (amounts[2 * axis + 1] ?? 0));
  const names = [call.emitter.name(value, layout), call.graph.int64s("pads", ends.flat())];
  return call.emitNamed("Pad", names, { dims, layout, type: value.type });
}
