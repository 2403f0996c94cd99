import type { Call, Converter } from "../emitter.ts";
import { type Activation, sizeOf, type Value } from "../value.ts";
import { stridedSlice } from "./strided-slice.ts";

/** Operations that select or rearrange elements; they work on TensorFlow's own layout. */
export const arrangement: Readonly<Record<string, Converter>> = {
  Reshape: reshape,
  ExpandDims: expandDims,
  GatherV2: gather,
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

function gather(call: Call): Activation {
  if (call.node.attributes.number("batch_dims", 0) !== 0) throw call.unsupported("gathers per batch");
  const [table, indices] = [call.input(0), call.input(1)];
  const axis = call.axis(2, table.dims.length);
  const dims = table.dims.toSpliced(axis, 1, ...indices.dims);
  return call.emit("Gather", [table, indices], { dims, layout: "tf", attributes: { axis: BigInt(axis) } });
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
  const indices = { dims, layout: "tf", type: "int32", attributes: { to: 6n } } as const;
  return [
    { kind: "activation", name: values, dims, layout: "tf", type: value.type },
    call.emitNamed("Cast", [positions], indices),
  ];
}
