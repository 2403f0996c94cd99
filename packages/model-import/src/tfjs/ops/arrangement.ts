import type { Call, Converter } from "../emitter.ts";
import { type Activation, sizeOf, type Value } from "../value.ts";
import { stridedSlice } from "./strided-slice.ts";

/** Element types in the ONNX schema. */
const [INT32, INT64] = [6n, 7n];

/** Operations that select or rearrange elements; they work on TensorFlow's own layout. */
export const arrangement: Readonly<Record<string, Converter>> = {
  Reshape: reshape,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Pack: pack,
  Unpack: unpack,
  GatherV2: gather,
  GatherNd: gatherNd,
  ArgMax: argMax,
  StridedSlice: stridedSlice,
  TopKV2: topK,
};

function reshape(call: Call): Value {
  const value = call.input(0);
  const wanted = call.numbers(1);
  const known = sizeOf(wanted.filter((size) => size !== -1));
  return call.reshape(
    value,
    wanted.map((size) => (size === -1 ? sizeOf(value.dims) / known : size)),
  );
}

function expandDims(call: Call): Value {
  const value = call.input(0);
  return call.reshape(value, value.dims.toSpliced(call.axis(1, value.dims.length + 1), 0, 1));
}

function squeeze(call: Call): Value {
  const value = call.input(0);
  const axes = call.node.attributes.numbers("squeeze_dims").map((axis) => counted(axis, value.dims.length));
  const goes = (size: number, axis: number) => (axes.length === 0 ? size === 1 : axes.includes(axis));
  return call.reshape(
    value,
    value.dims.filter((size, axis) => !goes(size, axis)),
  );
}

/** Stacks tensors of one shape along a new axis. */
function pack(call: Call): Value {
  const { dims } = call.input(0);
  const axis = counted(call.node.attributes.number("axis", 0), dims.length + 1);
  const layers = call.inputs.map((value) => call.reshape(value, dims.toSpliced(axis, 0, 1)));
  return call.emit("Concat", layers, {
    dims: dims.toSpliced(axis, 0, layers.length),
    layout: "tf",
    attributes: { axis: BigInt(axis) },
  });
}

/** Takes a tensor apart along an axis, which goes. */
function unpack(call: Call): Value[] {
  const value = call.input(0);
  const axis = counted(call.node.attributes.number("axis", 0), value.dims.length);
  const dims = value.dims.toSpliced(axis, 1);
  if (value.dims[axis] === 1) return [call.reshape(value, dims)];
  return Array.from({ length: value.dims[axis] ?? 0 }, (_, index) => {
    const names = [call.emitter.name(value, "tf"), call.graph.constant("index", [], BigInt64Array.of(BigInt(index)))];
    return call.emitNamed("Gather", names, {
      dims,
      layout: "tf",
      type: value.type,
      attributes: { axis: BigInt(axis) },
    });
  });
}

const counted = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function gather(call: Call): Activation {
  if (call.node.attributes.number("batch_dims", 0) !== 0) throw call.unsupported("gathers per batch");
  const [table, indices] = [call.input(0), call.input(1)];
  const axis = call.axis(2, table.dims.length);
  const dims = table.dims.toSpliced(axis, 1, ...indices.dims);
  return call.emit("Gather", [table, indices], { dims, layout: "tf", attributes: { axis: BigInt(axis) } });
}

function gatherNd(call: Call): Activation {
  const [table, indices] = [call.input(0), call.input(1)];
  const depth = indices.dims.at(-1) ?? 0;
  const dims = [...indices.dims.slice(0, -1), ...table.dims.slice(depth)];
  const wide = call.graph.node("Cast", [call.emitter.name(indices, "tf")], { attributes: { to: INT64 } });
  return call.emitNamed("GatherND", [call.emitter.name(table, "tf"), wide], { dims, layout: "tf", type: table.type });
}

/** The lowest index of the largest element. */
function argMax(call: Call): Activation {
  const value = call.input(0);
  const axis = call.axis(1, value.dims.length);
  const positions = call.graph.node("ArgMax", [call.emitter.name(value, "tf")], {
    attributes: { axis: BigInt(axis), keepdims: 0n },
  });
  const dims = value.dims.toSpliced(axis, 1);
  return call.emitNamed("Cast", [positions], { dims, layout: "tf", type: "int32", attributes: { to: INT32 } });
}

function topK(call: Call): Value[] {
  const value = call.input(0);
  const [k = 1] = call.numbers(1);
  const dims = value.dims.with(-1, k);
  const [values, positions] = [call.graph.unique(call.node.name), call.graph.unique(`${call.node.name}/positions`)];
  call.graph.nodeInto("TopK", [call.emitter.name(value, "tf"), call.graph.int64s("k", [k])], {
    outputs: [values, positions],
    attributes: { axis: -1n },
  });
  const indices = { dims, layout: "tf", type: "int32", attributes: { to: INT32 } } as const;
  return [
    { kind: "activation", name: values, dims, layout: "tf", type: value.type },
    call.emitNamed("Cast", [positions], indices),
  ];
}
