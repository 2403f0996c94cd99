import { type Micros, micros } from "@sensorium/protocol";
import { type BodyHistory, type BodySample, lately, presentOf } from "../body/body-history.ts";
import { lyingScore, ramp } from "../body/posture-scores.ts";

/** How somebody went down, and how they lie since. Speeds in statures per second. */
export interface Descent {
  /** What it was seen by. */
  readonly by: BodySample["by"];
  /** When the body began to go down. */
  readonly startedAt: Micros;
  /** When it first lay. */
  readonly impactAt: Micros;
  /** The highest speed of the sinking shoulders, sideways motion included, and of the sinking hips. */
  readonly tumbling: number;
  readonly hipSinking: number;
  /** How much the legs stood up before, as `legRise`. */
  readonly legsBefore: number;
  /** Means since it lay, weighted by time: as `lyingScore` and `straightness`. */
  readonly lying: Mean;
  readonly straightness: Mean;
}

interface Mean {
  readonly sum: number;
  readonly weight: number;
}

/** How long before somebody lies the descent may have begun. */
const WITHIN = 1.6e6;
/** How long after that it may still gain speed: who lies by the eye of the camera may be in mid-air. */
const SETTLES_FOR = 1e6;
/** The body comes to rest; from then on how it lies tells. */
const LIES_AFTER = 0.3e6;
/** What is no descent at all: statures per second, and statures. */
const SLOW = 0.35;
const SHORT = 0.1;
const LIES = 0.5;
/** Of a body whose legs are not seen. */
const TYPICAL = { legsBefore: 0.8, straightness: 0.8 } as const;

const nothing: Mean = { sum: 0, weight: 0 };
const meanOf = ({ sum, weight }: Mean, otherwise: number): number => (weight > 0 ? sum / weight : otherwise);

/** The descent by which somebody lies now; null when they do not lie, or have for long. */
export function findDescent(history: BodyHistory): Descent | null {
  const now = presentOf(history);
  if (lyingScore(now) < LIES) return null;
  const window = lately(history, WITHIN);
  const fastest = window.reduce((best, sample) => (sinking(sample) > sinking(best) ? sample : best), now);
  const before = window.filter(({ at }) => at <= fastest.at);
  const highest = before.reduce((best, sample) => (sample.shoulders.y < best.shoulders.y ? sample : best), fastest);
  const far = (now.shoulders.y - highest.shoulders.y) / now.stature;
  if (sinking(fastest) < SLOW || far < SHORT) return null;
  const slow = before.findLast((sample) => sinking(sample) < sinking(fastest) / 10);
  const startedAt = micros(Math.max(slow?.at ?? highest.at, highest.at));
  const descent: Descent = {
    by: now.by,
    startedAt,
    impactAt: now.at,
    tumbling: 0,
    hipSinking: 0,
    legsBefore: Math.max(0, ...before.map(({ legRise }) => legRise ?? TYPICAL.legsBefore)),
    lying: nothing,
    straightness: nothing,
  };
  return window.filter(({ at }) => at >= startedAt).reduce(quicken, descent);
}

/** The descent after another sighting, which speaks for `passed` micros. */
export function continueDescent(descent: Descent, now: BodySample, passed: number): Descent {
  if (now.by !== descent.by) return descent;
  const quick = now.at - descent.impactAt <= SETTLES_FOR ? quicken(descent, now) : descent;
  if (now.at - descent.impactAt < LIES_AFTER) return quick;
  const add = ({ sum, weight }: Mean, value: number | null): Mean =>
    value === null ? { sum, weight } : { sum: sum + passed * value, weight: weight + passed };
  return {
    ...quick,
    lying: add(quick.lying, lyingScore(now)),
    straightness: add(quick.straightness, now.straightness),
  };
}

const sinking = ({ shoulderVelocity }: BodySample): number => shoulderVelocity.y;

/** Who walks sideways is fast and does not sink; of who sinks, all speed counts. */
function quicken(descent: Descent, { shoulderVelocity: { x, y }, hipVelocity }: BodySample): Descent {
  const tumbling = y > 0 ? Math.hypot(y, x * ramp(y, 0.2, 0.5)) : 0;
  return {
    ...descent,
    tumbling: Math.max(descent.tumbling, tumbling),
    hipSinking: Math.max(descent.hipSinking, hipVelocity.y),
  };
}

/** What tells falls from other ways to go down, as numbers that grow with the likelihood of a fall. */
export function evidenceOf(descent: Descent): readonly number[] {
  const { tumbling, hipSinking, legsBefore, lying, straightness } = descent;
  return [tumbling, hipSinking, legsBefore, meanOf(lying, LIES), meanOf(straightness, TYPICAL.straightness)];
}

/** Weights of a logistic regression on the evidence, the last one alone; fitted on simulated people, as `docs/falls.md` says. */
const WEIGHTS = {
  pose: [2.9, 5.2, 3.1, 4, 7.9, -17.6],
  box: [6.6, -1.3, 0, 3.8, 0, -8.5],
} as const;

/** How likely somebody who went down like this fell, 0..1. */
export function likelihoodOf(descent: Descent): number {
  const weights: readonly number[] = WEIGHTS[descent.by];
  const sum = [...evidenceOf(descent), 1].reduce((total, value, i) => total + value * (weights[i] ?? 0), 0);
  return 1 / (1 + Math.exp(-sum));
}

/** 1 is as hard as dropping freely from the height of the hips: √(2 g · 0.53 · 1.7 m) is 2.5 statures a second. */
export const impactOf = ({ tumbling }: Descent): number => ramp(tumbling, 0, 2.5);
