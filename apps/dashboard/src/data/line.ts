import type { live } from "@sensorium/protocol/wire";

/** A place; in pixels of a canvas, or in fractions of the picture from its top left. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A counting line in pixels of a canvas, and which way *in* points. */
export interface DrawnLine {
  readonly a: Point;
  readonly b: Point;
  readonly middle: Point;
  /** Unit vector across the line, towards *in*. */
  readonly inward: Point;
}

/**
 * The line on a canvas of the given size. In is the side where (b−a)×(p−a) is negative:
 *
 * ```
 *   a
 *   │
 *   ├──→ inward
 *   │
 *   b
 * ```
 */
export function drawnLine(line: Pick<live.LineStatus, "a" | "b">, width: number, height: number): DrawnLine {
  const a = { x: line.a.x * width, y: line.a.y * height };
  const b = { x: line.b.x * width, y: line.b.y * height };
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  return {
    a,
    b,
    middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
    inward: { x: (b.y - a.y) / length, y: -(b.x - a.x) / length },
  };
}
