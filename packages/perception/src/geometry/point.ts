import type { Size } from "@sensorium/protocol";

/** A place in a picture, origin top-left, y down; in pixels or in fractions of the picture, as its holder says. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The point a fraction `t` of the way from `from` to `to`. */
export const between = (from: Point, to: Point, t: number): Point => ({
  x: from.x + t * (to.x - from.x),
  y: from.y + t * (to.y - from.y),
});

/** Pixels from fractions of the picture. */
export const pointInPixels = (point: Point, size: Size): Point => ({
  x: point.x * size.width,
  y: point.y * size.height,
});

/** Fractions of the picture from pixels. */
export const pointInFractions = (point: Point, size: Size): Point => ({
  x: point.x / size.width,
  y: point.y / size.height,
});
