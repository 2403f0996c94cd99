/**
 * A made-up room for developing and showing without a camera: people walk through it in both directions.
 * A pure function of the seed and the time, so that the painter and the detector agree without talking.
 */
import type { Size } from "@sensorium/protocol";

export const ROOM_SIZE: Size = { width: 960, height: 540 };
export const ROOM_FPS = 15;

/** Somebody new enters this often, on average. */
const ENTER_EVERY = 3.2;
const SLOWEST_CROSSING = 12;

/** One simulated person, in pixels of `ROOM_SIZE`. */
export interface Walker {
  /** Stable while the person is in the room. */
  readonly index: number;
  /** Centre between the feet. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Position in the stride, 0..1. */
  readonly stride: number;
}

/** Everybody in the room `seconds` after it opened, far ones first. */
export function walkersAt(seed: number, seconds: number): Walker[] {
  const first = Math.max(0, Math.floor((seconds - SLOWEST_CROSSING) / ENTER_EVERY) - 1);
  const last = Math.floor(seconds / ENTER_EVERY);
  const walkers: Walker[] = [];
  for (let index = first; index <= last; index++) {
    const walker = walkerAt(seed, index, seconds);
    if (walker) walkers.push(walker);
  }
  return walkers.sort((one, other) => one.y - other.y);
}

function walkerAt(seed: number, index: number, seconds: number): Walker | undefined {
  const dice = (salt: number): number => hash(seed, index, salt);
  const entered = (index + 0.8 * dice(1)) * ENTER_EVERY;
  const duration = 7 + (SLOWEST_CROSSING - 7) * dice(2);
  const progress = (seconds - entered) / duration;
  if (progress < 0 || progress > 1) return undefined;
  const depth = dice(3);
  const height = 150 + 130 * depth;
  const run = ROOM_SIZE.width + height;
  const along = dice(4) < 0.6 ? progress : 1 - progress;
  return {
    index,
    x: -height / 2 + along * run,
    y: 330 + 190 * depth + 6 * Math.sin(seconds * 1.3 + index),
    height,
    stride: (seconds * 1.6 + dice(5)) % 1,
  };
}

/** x1 y1 x2 y2 of a walker. */
export function walkerBox({ x, y, height }: Walker): readonly [number, number, number, number] {
  const half = height * 0.17;
  return [x - half, y - height, x + half, y];
}

/** A well-mixed number 0 ≤ r < 1 from three integers (the finaliser of MurmurHash3). */
function hash(seed: number, index: number, salt: number): number {
  let h = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b), 0xcc9e2d51);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
