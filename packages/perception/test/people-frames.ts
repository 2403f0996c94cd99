import type { Size } from "@sensorium/protocol";
import type { PeopleFrame } from "../src/analytics/persons/people-frame.ts";

/** Somebody 40 × 100 pixels in size whose feet are at x, y. */
export interface Standing {
  readonly person: number;
  readonly x: number;
  readonly y?: number;
  readonly track?: number;
}

/** A frame with these people, of whom only boxes are known. */
export const peopleFrame = (people: readonly Standing[], size: Size = { width: 1000, height: 400 }): PeopleFrame => ({
  size,
  tracked: {
    count: people.length,
    boxes: Float32Array.from(people.flatMap(({ x, y = 300 }) => [x - 20, y - 100, x + 20, y])),
    scores: Float32Array.from(people, () => 0.9),
    classes: new Uint16Array(people.length),
    tracks: Int32Array.from(people, ({ person, track }) => track ?? person),
  },
  persons: Int32Array.from(people, ({ person }) => person),
  keypoints: null,
});
