import type { Call } from "../emitter.ts";
import type { Value } from "../value.ts";

/** What happens to one axis: a range of it is kept, and it stays, goes (`shrink`), or is new. */
interface Range {
  readonly kind: "keep" | "shrink" | "new";
  readonly start: number;
  readonly stride: number;
  /** Number of elements kept. */
  readonly count: number;
}

/**
 * Python's slicing with its five bit masks, bit i speaking of the i-th entry of begin, end and strides
 * (https://www.tensorflow.org/api_docs/python/tf/strided_slice).
 */
export function stridedSlice(call: Call): Value {
  const value = call.input(0);
  const ranges = resolve(call, value.dims);
  const sliced = slice(
    call,
    value,
    ranges.filter(({ kind }) => kind !== "new"),
  );
  const dims = ranges.filter(({ kind }) => kind !== "shrink").map(({ count }) => count);
  return ranges.every(({ kind }) => kind === "keep") ? sliced : call.reshape(sliced, dims);
}

function slice(call: Call, value: Value, ranges: readonly Range[]): Value {
  const changed = ranges
    .map((range, axis) => ({ ...range, axis }))
    .filter((range) => {
      return range.stride !== 1 || range.count !== value.dims[range.axis];
    });
  if (changed.length === 0) return value;
  const { graph } = call;
  // Going down past index 0 ends at −1, which ONNX would take for the last element.
  const ends = changed.map(({ start, stride, count }) => {
    const end = start + stride * count;
    return end < 0 ? -(2 ** 31) : end;
  });
  const parameters = [
    graph.int64s(
      "starts",
      changed.map(({ start }) => start),
    ),
    graph.int64s("ends", ends),
    graph.int64s(
      "axes",
      changed.map(({ axis }) => axis),
    ),
    graph.int64s(
      "steps",
      changed.map(({ stride }) => stride),
    ),
  ];
  const dims = ranges.map(({ count }) => count);
  return call.emitNamed("Slice", [call.emitter.name(value, "tf"), ...parameters], {
    dims,
    layout: "tf",
    type: value.type,
  });
}

function resolve(call: Call, dims: readonly number[]): Range[] {
  const [begin, end, strides] = [call.numbers(1), call.numbers(2), call.numbers(3)];
  const mask = (name: string) => {
    const bits = call.node.attributes.number(`${name}_mask`, 0);
    return (entry: number) => (bits & (1 << entry)) !== 0;
  };
  const [isNew, isEllipsis, shrinks] = [mask("new_axis"), mask("ellipsis"), mask("shrink_axis")];
  const [fromEdge, toEdge] = [mask("begin"), mask("end")];
  const entries = begin.map((_, entry) => entry);
  const named = entries.filter((entry) => !isNew(entry) && !isEllipsis(entry)).length;
  const whole = (size: number): Range => ({ kind: "keep", start: 0, stride: 1, count: size });

  const ranges: Range[] = [];
  let axis = 0;
  for (const entry of entries) {
    if (isEllipsis(entry)) {
      const covered = dims.slice(axis, axis + dims.length - named);
      ranges.push(...covered.map(whole));
      axis += covered.length;
    } else if (isNew(entry)) {
      ranges.push({ kind: "new", start: 0, stride: 1, count: 1 });
    } else {
      const size = dims[axis++] ?? 1;
      const from = begin[entry] ?? 0;
      if (shrinks(entry)) {
        ranges.push({ kind: "shrink", start: from < 0 ? from + size : from, stride: 1, count: 1 });
      } else {
        const edges = { from: fromEdge(entry) ? undefined : from, to: toEdge(entry) ? undefined : end[entry] };
        ranges.push(keep(size, strides[entry] ?? 1, edges));
      }
    }
  }
  return [...ranges, ...dims.slice(axis).map(whole)];
}

/** Python's rules: negative positions count from the end, positions beyond an edge mean the edge. */
function keep(size: number, stride: number, edges: { from: number | undefined; to: number | undefined }): Range {
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
  const place = (position: number) => Math.min(high, Math.max(low, position < 0 ? position + size : position));
  const start = edges.from === undefined ? (stride > 0 ? low : high) : place(edges.from);
  const stop = edges.to === undefined ? (stride > 0 ? high : low) : place(edges.to);
  return { kind: "keep", start, stride, count: Math.max(0, Math.ceil((stop - start) / stride)) };
}
