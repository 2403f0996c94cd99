import type { Size } from "@sensorium/protocol";
import { type Point, pointInPixels } from "./point.ts";

/**
 * A directed segment from `a` to `b`. It has two sides, and the way from the positive to the negative one is "in":
 *
 * ```text
 *             a
 *    positive │ negative
 *             │
 *         ────┼───▶  in          (y points down)
 *             │
 *             ▼
 *             b
 * ```
 *
 * Swapping `a` and `b` swaps the sides, and so in and out.
 */
export interface Line {
  readonly a: Point;
  readonly b: Point;
}

/** -1 on the negative side, 1 on the positive side, 0 on the line itself. */
export type Side = -1 | 0 | 1;

/** `line`, given in fractions of the picture, in pixels. */
export const lineInPixels = (line: Line, size: Size): Line => ({
  a: pointInPixels(line.a, size),
  b: pointInPixels(line.b, size),
});

/** Twice the signed area of the triangle a, b, `point`: its sign is the side. */
function turn(line: Line, point: Point): number {
  const { a, b } = line;
  return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
}

/** The side of the line, extended without end, that `point` is on. */
export function sideOf(line: Line, point: Point): Side {
  const area = turn(line, point);
  return area > 0 ? 1 : area < 0 ? -1 : 0;
}

/** How far `point` is from the line, extended without end; positive on the positive side. */
export function distanceFrom(line: Line, point: Point): number {
  return turn(line, point) / Math.hypot(line.b.x - line.a.x, line.b.y - line.a.y);
}

/**
 * Where the straight way along `path` meets `line`, as the fraction 0..1 of `path`; undefined where they do not meet.
 * End points belong to both. Parallel segments never meet, even where they overlap.
 */
export function meetingOf(path: Line, line: Line): number | undefined {
  const alongPath = zeroBetween(turn(line, path.a), turn(line, path.b));
  const alongLine = zeroBetween(turn(path, line.a), turn(path, line.b));
  return onSegment(alongPath) && onSegment(alongLine) ? alongPath : undefined;
}

/** Where a value that goes straight from `first` to `last` is zero; not a number or infinite where it is constant. */
const zeroBetween = (first: number, last: number): number => first / (first - last);

const onSegment = (t: number): boolean => t >= 0 && t <= 1;
