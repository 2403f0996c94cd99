import { micros } from "@sensorium/protocol";
import { cameraAt } from "../src/simulation/camera.ts";
import type { SeeingConditions } from "../src/simulation/observe.ts";
import { randomOf } from "../src/simulation/random.ts";
import { simulatePerson } from "../src/simulation/simulate-person.ts";
import { type TimedFrame, type Watching, watchPerson } from "./watched-person.ts";

/** What is seen of a track while it goes over: nothing, for it does at once; nobody; or boxes that shrink. */
export const handovers = ["at once", "unseen", "as a box"] as const;

export interface HandingOver {
  readonly seed: number;
  readonly between: (typeof handovers)[number];
  readonly framesPerSecond: number;
  readonly conditions: SeeingConditions;
}

/** Seconds that a track is on its way. */
const WAY = 0.7;
const PER_PERSON = 51;

/**
 * One track that passes from somebody near to somebody far behind, as before a camera as low as their chests or lower,
 * where the shoulders of who is further away are lower in the picture. Neither of them falls.
 */
export function handOver({ seed, between, framesPerSecond, conditions }: HandingOver): readonly TimedFrame[] {
  const random = randomOf(seed);
  const near = random(1.6, 3);
  const behind = random(1.3, 3.5);
  const aside = random(-0.5, 0.5);
  const camera = { ...cameraAt(random(0.6, 1.2), near), pitch: 0 };
  const watching: Watching = { camera, conditions, seed, framesPerSecond, poses: true };
  const see = (x: number, y: number, rest: number, who: number): readonly TimedFrame[] => {
    const to = { x: x + random(-0.3, 0.3), y: y + random(-1, 1) };
    const stand = { do: "stand", seconds: 1 } as const;
    const actions = [stand, { do: "walk", to } as const, { ...stand, seconds: rest }];
    const person = simulatePerson(who, { start: { x, y, heading: random(-3, 3) }, actions });
    return watchPerson(person, { ...watching, seed: who });
  };
  const [before, after] = [see(near, aside, 1, seed), see(near * behind, aside * behind, 8, seed + 1)];
  const missed = between === "at once" ? 0 : Math.round(WAY * framesPerSecond);
  const boxes = between === "as a box" ? boxesBetween(before, after, missed) : [];
  return [...before, ...boxes, ...after].map(({ frame }, i) => {
    const skipped = between === "unseen" && i >= before.length ? missed : 0;
    const seconds = (i + skipped) / framesPerSecond;
    return { frame, seconds, at: micros(Math.round(1e6 * seconds)) };
  });
}

/** So many frames in which the box shrinks from the last of some to the first of others, and no pose is found. */
function boxesBetween(before: readonly TimedFrame[], after: readonly TimedFrame[], count: number): TimedFrame[] {
  const isSeen = ({ frame }: TimedFrame): boolean => frame.tracked.count > 0;
  const [from, to] = [before.findLast(isSeen), after.find(isSeen)];
  if (!from || !to) return [];
  const { frame } = from;
  return Array.from({ length: count }, (_, i) => {
    const share = (i + 1) / (count + 1);
    const boxes = frame.tracked.boxes.map((value, j) => value + share * ((to.frame.tracked.boxes[j] ?? 0) - value));
    const keypoints = new Float32Array(PER_PERSON);
    return { ...from, frame: { ...frame, tracked: { ...frame.tracked, boxes }, keypoints } };
  });
}
