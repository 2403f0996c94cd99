import type { Body } from "./body.ts";

/** How much of the way from `low` to `high` a value has gone, 0..1; `low` may be the larger one. */
export const ramp = (value: number, low: number, high: number): number =>
  Math.min(1, Math.max(0, (value - low) / (high - low)));

/**
 * How much a body looks like lying, 0..1: neither its torso nor its legs stand up. Somebody bent over stands on their
 * legs, somebody who sits keeps the torso up.
 */
export function lyingScore({ torsoRise, legRise }: Body): number {
  const torso = ramp(torsoRise, 0.75, 0.45);
  return legRise === null ? torso : Math.min(torso, ramp(legRise, 0.75, 0.45));
}

/** How much a body looks like being on its feet or on a seat, 0..1. */
export const upScore = (body: Body): number =>
  body.legRise === null ? ramp(body.torsoRise, 0.45, 0.7) : 1 - lyingScore(body);
