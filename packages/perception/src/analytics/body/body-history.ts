import { type Micros, secondsOf } from "@sensorium/protocol";
import type { Point } from "../../geometry/point.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import { type Body, measureBody } from "./body.ts";

/** A body, and how fast it moved at that time, in statures per second, measured over the last 0.3 s. */
export interface BodySample extends Body {
  /** x to the right, y down. */
  readonly shoulderVelocity: Point;
  readonly hipVelocity: Point;
}

/** The last seconds of somebody's body, oldest first; never empty. */
export type BodyHistory = readonly BodySample[];

/** How far back an analysis looks. */
const KEPT = 2.5e6;
/** The time over which a velocity is measured, whatever the frame rate: a fall takes about twice as long. */
const SLOPE_OVER = 0.3e6;
/** Seconds in which a stature that is seen at full length is learned, and one of a body that is not upright. */
const LEARNED_IN = 1.5;
const LEARNED_IN_WHEN_DOWN = 10;
const UPRIGHT = 0.7;
/** Nobody looks so many times as small or as large as they are known to be: the track went over to somebody else. */
const SOMEBODY_ELSE = 1.7;

/** The history with the person at `index` of another frame; it begins anew where that is somebody else. */
export function prolongHistory(
  history: BodyHistory | undefined,
  { frame, index, at }: { readonly frame: PeopleFrame; readonly index: number; readonly at: Micros },
): BodyHistory {
  const last = history?.at(-1);
  const seconds = last ? secondsOf(at) - secondsOf(last.at) : 0;
  const learnedIn = last && last.torsoRise < UPRIGHT ? LEARNED_IN_WHEN_DOWN : LEARNED_IN;
  const weight = 1 - Math.exp(-seconds / learnedIn);
  const body = measureBody(frame, index, { at, known: last?.stature ?? null, weight });
  if (history && last && isSomebodyElse(last, body)) return prolongHistory(undefined, { frame, index, at });
  const kept = (history ?? []).filter((sample) => at - sample.at <= KEPT);
  return [...kept, { ...body, ...velocitiesOf(kept, body) }];
}

/**
 * By the size alone, not by how fast it changed: a track may go over while the person is hidden, or seen as a box only.
 * Whoever falls along the line of sight keeps the breadth of their shoulders.
 */
const isSomebodyElse = ({ stature }: Body, { by, longest, apparent }: Body): boolean =>
  by === "pose" && ((longest !== null && SOMEBODY_ELSE * longest < stature) || apparent > SOMEBODY_ELSE * stature);

/** The last sample. */
export function presentOf(history: BodyHistory): BodySample {
  const last = history.at(-1);
  if (!last) throw new RangeError("a history has one sample at least");
  return last;
}

/** Those samples of the last `micros` that compare with the present: a box's upper edge is no shoulder. */
export const lately = (history: BodyHistory, micros: number): BodyHistory => {
  const now = presentOf(history);
  return history.filter(({ at, by }) => at >= now.at - micros && by === now.by);
};

function velocitiesOf(before: BodyHistory, body: Body): Pick<BodySample, "shoulderVelocity" | "hipVelocity"> {
  const alike = before.filter(({ by }) => by === body.by);
  const window: readonly Body[] = alike.filter(({ at }) => body.at - at <= SLOPE_OVER);
  const samples = [...(window.length > 0 ? window : alike.slice(-1)), body];
  const velocity = (part: (sample: Body) => Point): Point => ({
    x: slopeOf(samples, (sample) => part(sample).x) / body.stature,
    y: slopeOf(samples, (sample) => part(sample).y) / body.stature,
  });
  return { shoulderVelocity: velocity(({ shoulders }) => shoulders), hipVelocity: velocity(({ hips }) => hips) };
}

/** What `value` gains a second over the samples: the slope of the straight line of least squares. */
export function slopeOf<Sample extends { readonly at: Micros }>(
  samples: readonly Sample[],
  value: (sample: Sample) => number,
): number {
  const count = samples.length;
  const origin = samples[0]?.at ?? 0;
  let [sumT, sumV, sumTT, sumTV] = [0, 0, 0, 0];
  for (const sample of samples) {
    const t = (sample.at - origin) / 1e6;
    const v = value(sample);
    sumT += t;
    sumV += v;
    sumTT += t * t;
    sumTV += t * v;
  }
  const spread = count * sumTT - sumT * sumT;
  return spread > 0 ? (count * sumTV - sumT * sumV) / spread : 0;
}

/** Statures that shoulders and hips are away from where they were in the first half of the last `micros`. */
export function movedLately(history: BodyHistory, micros: number): number {
  const { at, stature } = presentOf(history);
  const samples = lately(history, micros);
  const [early, late] = [
    samples.filter((sample) => at - sample.at > micros / 2),
    samples.filter((sample) => at - sample.at <= micros / 2),
  ];
  if (early.length === 0) return 0;
  const moved = (part: (sample: BodySample) => Point): number => {
    const [a, b] = [meanOf(early.map(part)), meanOf(late.map(part))];
    return Math.hypot(a.x - b.x, a.y - b.y) / stature;
  };
  return Math.max(
    moved(({ shoulders }) => shoulders),
    moved(({ hips }) => hips),
  );
}

const meanOf = (points: readonly Point[]): Point => ({
  x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
  y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
});
