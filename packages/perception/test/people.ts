import { type Detections, type Micros, micros } from "@sensorium/protocol";
import type { Tracker } from "../src/tracking/tracker.ts";

/** Somebody a detector sees. */
export interface Seen {
  /** Centre. */
  readonly x: number;
  readonly y?: number;
  readonly score?: number;
  readonly kind?: number;
}

/** What a detector would say of people 40 × 100 pixels in size. */
export const found = (...people: readonly Seen[]): Detections => ({
  count: people.length,
  boxes: Float32Array.from(people.flatMap(({ x, y = 200 }) => [x - 20, y - 50, x + 20, y + 50])),
  scores: Float32Array.from(people, ({ score = 0.9 }) => score),
  classes: Uint16Array.from(people, ({ kind = 0 }) => kind),
});

/** The time of a frame at 30 frames a second. */
export const frame = (index: number): Micros => micros((index * 1e6) / 30);

/** The track numbers of each frame, at 30 frames a second. */
export const numbersOf = (tracker: Tracker, frames: readonly Detections[]): number[][] =>
  frames.map((detections, i) => [...tracker.update(detections, frame(i)).tracks]);

/** As many frames, each made from its index. */
export const repeat = (times: number, make: (i: number) => Detections): Detections[] =>
  Array.from({ length: times }, (_, i) => make(i));
