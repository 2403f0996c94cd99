import { invalid } from "../onnx/wire.ts";
import { isKind, type PickleCompound, type PickleValue } from "./value.ts";

/** Deeper than real networks nest, and shallow enough for those who walk a value by recursion. */
const maxDepth = 250;

/** Marks a value whose parts are being walked. */
const walking = 0;

/**
 * Every compound value within a value, itself included, each once. Throws `model-invalid` unless the value can be walked
 * by recursion: it must not contain itself, and its parts must lie at most 250 levels deep.
 */
export function partsWithin(root: PickleValue): Iterable<PickleCompound> {
  /** Levels of each value seen, itself included. */
  const heights = new Map<PickleCompound, number>();
  const open = isCompound(root) ? [root] : [];
  for (let value = open.at(-1); value !== undefined; value = open.at(-1)) {
    const height = heights.get(value);
    if (height === undefined) {
      heights.set(value, walking);
      openParts(value, { heights, open });
    } else {
      open.pop();
      if (height === walking) heights.set(value, heightOf(value, heights));
    }
  }
  return heights.keys();
}

function openParts(
  value: PickleCompound,
  { heights, open }: { readonly heights: ReadonlyMap<PickleCompound, number>; readonly open: PickleCompound[] },
): void {
  for (const part of partsOf(value)) {
    const height = heights.get(part);
    if (height === walking) throw invalid("The checkpoint holds a value that contains itself.");
    if (height === undefined) open.push(part);
  }
}

function heightOf(value: PickleCompound, heights: ReadonlyMap<PickleCompound, number>): number {
  let height = 1;
  for (const part of partsOf(value)) height = Math.max(height, 1 + (heights.get(part) ?? 0));
  if (height > maxDepth) throw invalid(`The checkpoint nests its values more than ${maxDepth} levels deep.`);
  return height;
}

function* partsOf(value: PickleCompound): Generator<PickleCompound> {
  if (isKind(value, "object")) yield* compounds(value.args, value.attributes.values());
  if (isKind(value, "tensor")) yield value.storage;
  if ("items" in value) yield* compounds(value.items);
  if ("entries" in value) yield* compounds(value.entries.keys(), value.entries.values());
}

function* compounds(...sources: readonly Iterable<PickleValue>[]): Generator<PickleCompound> {
  for (const source of sources) for (const part of source) if (isCompound(part)) yield part;
}

function isCompound(value: PickleValue): value is PickleCompound {
  return typeof value === "object" && value !== null && "kind" in value;
}
