import type { Crossing } from "../analytics/counting/count-crossings.ts";

/** Where and in which direction somebody was counted. */
export type Counted = Pick<Crossing, "line" | "direction">;

/** How far counts are off. */
export interface CountingError {
  /** Crossings that there were. */
  readonly truth: number;
  /** Over all lines and both directions of each, by how much the count differs, either way. */
  readonly error: number;
}

/**
 * Σ |count − truth| over all lines and directions. One that was missed does not make up for one too many elsewhere, but
 * does at the same line in the same direction: what is sold is the number.
 */
export function countingError(truth: readonly Counted[], counted: readonly Counted[]): CountingError {
  const difference = new Map<string, number>();
  const note = ({ line, direction }: Counted, by: number): void => {
    const key = JSON.stringify([line, direction]);
    difference.set(key, (difference.get(key) ?? 0) + by);
  };
  for (const crossing of truth) note(crossing, -1);
  for (const crossing of counted) note(crossing, 1);
  return { truth: truth.length, error: [...difference.values()].reduce((sum, by) => sum + Math.abs(by), 0) };
}
