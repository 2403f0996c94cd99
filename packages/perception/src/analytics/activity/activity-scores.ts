import type { Point } from "../../geometry/point.ts";
import { type BodyHistory, type BodySample, lately, presentOf, slopeOf } from "../body/body-history.ts";
import { lyingScore, ramp } from "../body/posture-scores.ts";
import { ACTIVITIES, type Activity } from "./activities.ts";

/** How much it looks like each activity, 0..1. */
export type ActivityScores = Readonly<Record<Activity, number>>;

/** Nothing is known. */
export const noScores: ActivityScores = {
  standing: 0,
  sitting: 0,
  walking: 0,
  lying: 0,
  running: 0,
  jumping: 0,
  falling: 0,
  unknown: 0,
};

/** Statures per second of the hips: gait at a stroll, and between walking and running. */
const WALKS = [0.2, 0.4] as const;
const RUNS = [1.1, 1.4] as const;
/** Statures per second at which who jumps runs. */
const LEAPS = [0.8, 1.2] as const;
/** Statures by which the feet swing apart and together, for who walks towards the camera. */
const STRIDES = [0.035, 0.07] as const;
/** Statures per second that the shoulders of who falls sink, towards the feet. */
const FALLS = [0.65, 1] as const;
/** Statures that feet and shoulders go up and down again. */
const JUMPS = [0.04, 0.09] as const;
/** How upright the thighs of who stands and of who sits are, beside the torso. */
const SITS = [0.8, 0.6] as const;
/** A box does not tell who sits. */
const BOX_STANDS = 0.6;
/** Half a body tells little. */
const LEGLESS = 0.5;
const BENT = 0.4;

/** What the last second of a body looks like. */
export function scoreActivities(history: BodyHistory): ActivityScores {
  const now = presentOf(history);
  const lying = lyingScore(now);
  const up = 1 - lying;
  const falling = ramp(collapsing(history), ...FALLS);
  const speed = speedOver(history, 0.8e6);
  // Runners leave the floor at every step.
  const jumping = ramp(hop(history), ...JUMPS) * (1 - ramp(speed, ...LEAPS));
  const running = up * ramp(speed, ...RUNS) * (1 - jumping);
  const walking =
    up * Math.max(ramp(speed, ...WALKS), ramp(strideOver(history, 1e6), ...STRIDES)) * (1 - running) * (1 - jumping);
  const resting = up * (1 - Math.max(walking, running, jumping));
  const [standing, sitting, unknown] = restOf(now);
  const still = 1 - falling;
  return {
    standing: resting * standing * still,
    sitting: resting * sitting * still,
    unknown: resting * unknown * still,
    walking: walking * still,
    running: running * still,
    jumping: jumping * still,
    lying: lying * still,
    falling,
  };
}

/** How much somebody who is up and stays where they are stands, sits, or cannot be told. */
function restOf({
  by,
  thighRise,
  torsoRise,
}: BodySample): readonly [standing: number, sitting: number, unknown: number] {
  if (by === "box") return [BOX_STANDS, 0, 1 - BOX_STANDS];
  if (thighRise === null) return [0, 0, LEGLESS];
  // Of who bends over, the legs alone tell.
  const sitting = ramp(thighRise / (torsoRise > BENT ? torsoRise : 1), ...SITS);
  return [1 - sitting, sitting, 0];
}

/** Statures per second at which the shoulders come nearer the feet, or sink where the feet are not seen. */
function collapsing(history: BodyHistory): number {
  const now = presentOf(history);
  if (now.torsoRise > 0.95 && now.by === "pose") return 0;
  const feet = lately(history, 0.3e6).flatMap(({ feet, at }) => (feet ? [{ y: feet.middle.y, at }] : []));
  const approaching = feet.length > 1 ? slopeOf(feet, ({ y }) => y) / now.stature : 0;
  return now.shoulderVelocity.y - Math.max(0, approaching);
}

function speedOver(history: BodyHistory, micros: number): number {
  const samples = lately(history, micros);
  const { stature } = presentOf(history);
  const [x, y] = [slopeOf(samples, ({ hips }) => hips.x), slopeOf(samples, ({ hips }) => hips.y)];
  return samples.length > 2 ? Math.hypot(x, y) / stature : 0;
}

/**
 * Standard deviation of the way from one foot to the other, in statures. Hips stay together: how far theirs varies is
 * noise, which the feet have as well.
 */
function strideOver(history: BodyHistory, micros: number): number {
  const samples = lately(history, micros);
  const feet = samples.flatMap(({ feet }) => (feet ? [feet.apart] : []));
  const hips = samples.flatMap(({ hipsApart }) => hipsApart ?? []);
  if (feet.length < 4 || hips.length < 4) return 0;
  return Math.sqrt(Math.max(0, varianceOf(feet) - varianceOf(hips)));
}

function varianceOf(points: readonly Point[]): number {
  const spread = (of: (point: Point) => number): number => {
    const mean = points.reduce((sum, point) => sum + of(point), 0) / points.length;
    return points.reduce((sum, point) => sum + (of(point) - mean) ** 2, 0) / points.length;
  };
  return spread(({ x }) => x) + spread(({ y }) => y);
}

/** Statures by which both feet and shoulders were higher for a moment than before and after, within 0.8 s. */
function hop(history: BodyHistory): number {
  const { stature } = presentOf(history);
  const samples = lately(history, 0.8e6).filter(({ feet }) => feet);
  const bounce = (height: (sample: BodySample) => number): number => {
    const heights = samples.map(height);
    return Math.max(
      0,
      ...heights.map((top, i) =>
        Math.min(top - Math.min(...heights.slice(0, i)), top - Math.min(...heights.slice(i + 1))),
      ),
    );
  };
  const feet = bounce((sample) => -(sample.feet?.middle.y ?? 0));
  const shoulders = bounce(({ shoulders }) => -shoulders.y);
  const high = Math.min(feet, shoulders) / stature;
  return Number.isFinite(high) ? high : 0;
}

/** Scores between two, `weight` of the way to the newer ones. */
export const mixScores = (before: ActivityScores, now: ActivityScores, weight: number): ActivityScores => {
  const mixed = { ...before };
  for (const activity of ACTIVITIES) mixed[activity] += weight * (now[activity] - mixed[activity]);
  return mixed;
};

/** The activity with the highest score; unknown when nothing is likely. */
export const likeliest = (scores: ActivityScores): Activity =>
  ACTIVITIES.reduce((best, activity) => (scores[activity] > scores[best] ? activity : best), "unknown");
