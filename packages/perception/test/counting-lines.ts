import { lineId } from "@sensorium/protocol";
import type { CountingLine } from "../src/analytics/counting/counting-options.ts";

const line = (name: string, from: readonly [number, number], to: readonly [number, number]): CountingLine => ({
  id: lineId(name),
  a: { x: from[0], y: from[1] },
  b: { x: to[0], y: to[1] },
});

/** Eight lines in the lower part of a picture, at y ≥ 0.6: three level, three upright, two diagonals, down to `bottom`. */
export const eightLines = (bottom: number): CountingLine[] => [
  line("level at 0.6", [0, 0.6], [1, 0.6]),
  line("level at 0.7", [0, 0.7], [1, 0.7]),
  line("level at 0.8", [0, 0.8], [1, 0.8]),
  line("upright at 0.25", [0.25, 0.6], [0.25, bottom]),
  line("upright at 0.5", [0.5, 0.6], [0.5, bottom]),
  line("upright at 0.75", [0.75, 0.6], [0.75, bottom]),
  line("falling", [0.2, 0.6], [0.8, bottom]),
  line("rising", [0.8, 0.6], [0.2, bottom]),
];

/**
 * Short of the picture's lower edge: whose feet are below the picture has the anchor moved onto that edge, and is at no
 * place on the ground that could be crossed.
 */
export const FEET_IN_PICTURE = 0.95;
