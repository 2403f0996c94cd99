import { detectFalls, type FallEvent, noFalls } from "../src/analytics/falls/detect-falls.ts";
import type { FallOptions } from "../src/analytics/falls/fall-options.ts";
import { cameraAt } from "../src/simulation/camera.ts";
import type { Action, FallDirection } from "../src/simulation/script.ts";
import { simulatePerson } from "../src/simulation/simulate-person.ts";
import { type TimedFrame, type Watching, watchPerson } from "./watched-person.ts";

/** How somebody is watched unless a test says otherwise. */
export const watching: Watching = {
  camera: cameraAt(1.8, 4),
  conditions: { noise: 0.01, dropout: 0.02, missed: 0 },
  seed: 1,
  framesPerSecond: 15,
  poses: true,
};

/** Somebody 4 m away who looks across the picture. */
export const scene = (actions: readonly Action[], how: Partial<Watching> = {}, seed = 2): TimedFrame[] =>
  watchPerson(simulatePerson(seed, { start: { x: 4, y: 0, heading: Math.PI / 2 }, actions }), { ...watching, ...how });

/** All that a detector tells of frames, one after the other. */
export function replay(frames: readonly Pick<TimedFrame, "frame" | "at">[], options?: FallOptions): FallEvent[] {
  const step = detectFalls(options);
  let state = noFalls;
  return frames.flatMap(({ frame, at }): readonly FallEvent[] => {
    const next = step(state, frame, at);
    state = next.state;
    return next.events;
  });
}

/** What was told in few words: "suspected, confirmed, recovered". */
export const told = (events: readonly FallEvent[]): string =>
  events.map(({ type }) => type.slice("fall-".length)).join(", ");

/** Somebody falls within 0.7 s, and lies for so many seconds. */
export const fall = (direction: FallDirection, hold = 6): Action => ({ do: "fall", direction, seconds: 0.7, hold });
