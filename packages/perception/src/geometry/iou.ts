import { type Box, type Boxes, boxAt } from "./box.ts";

/**
 * Intersection over union of every box of `a` with every box of `b`, row by row: `out[i * b.count + j]` in 0..1.
 * `out` holds at least a.count · b.count values and is returned; pass one that is kept to allocate nothing.
 */
export function iouMatrix(a: Boxes, b: Boxes, out = new Float32Array(a.count * b.count)): Float32Array {
  for (let i = 0; i < a.count; i++) iouRow(a, i, { b, out });
  return out;
}

function iouRow(a: Boxes, i: number, { b, out }: { b: Boxes; out: Float32Array }): void {
  const box = boxAt(a, i);
  for (let j = 0; j < b.count; j++) out[i * b.count + j] = iou(box, boxAt(b, j));
}

/** Intersection over union of two boxes, 0..1. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1);
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1);
  if (!(width > 0 && height > 0)) return 0;
  const shared = width * height;
  return shared / (areaOf(a) + areaOf(b) - shared);
}

const areaOf = (box: Box): number => (box.x2 - box.x1) * (box.y2 - box.y1);
