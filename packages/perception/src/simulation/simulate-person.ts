import type { Activity } from "../analytics/activity/activities.ts";
import { bend, blend, type Posture } from "./posture.ts";
import { normalAt, randomOf } from "./random.ts";
import type { Script } from "./script.ts";
import { type Segment, segmentsOf } from "./segments.ts";
import { type Skeleton, skeletonOf } from "./skeleton.ts";

/** A moment of a simulated person's life. */
export interface Moment {
  readonly skeleton: Skeleton;
  /** What the person is doing; unknown on the way from one posture to another. */
  readonly activity: Activity;
}

/** A fall as it was: seconds from the start of the script. */
export interface TrueFall {
  /** The body starts to go down. */
  readonly start: number;
  /** It lies. */
  readonly impact: number;
  /** It gets up, or the script is over. */
  readonly end: number;
}

/** Somebody who does what a script says. */
export interface SimulatedPerson {
  /** Seconds. */
  readonly duration: number;
  /** Metres. */
  readonly stature: number;
  readonly falls: readonly TrueFall[];
  /** What is the case so many seconds after the start; before and after the script, its first and last moment. */
  at(seconds: number): Moment;
}

/** Steps of one leg a second, and radians that the hip, the bent knee and the arm swing. */
const GAIT = {
  walk: { cadence: 0.9, hip: 0.42, knee: 0.75, arm: 0.4 },
  run: { cadence: 1.4, hip: 0.7, knee: 1.5, arm: 0.8 },
} as const;
/** Seconds in which a gait begins and ends. */
const STEP_IN = 0.25;
/** Radians of sway of whoever is still, and metres that a jump is high. */
const SWAY = 0.02;
const JUMP = 0.25;

/**
 * A person that follows `script`, with the stature, tempo and manner that `seed` gives, as a stick figure: equal seeds
 * and scripts give equal movements. It is made up: whatever is shown of it must say so.
 */
export function simulatePerson(seed: number, script: Script): SimulatedPerson {
  const random = randomOf(seed);
  const stature = random(1.55, 1.9);
  const segments = segmentsOf(script, random);
  const duration = segments.at(-1)?.end ?? 0;
  const segmentAt = (seconds: number): Segment | undefined =>
    segments.find(({ end }) => seconds < end) ?? segments.at(-1);
  return {
    duration,
    stature,
    falls: fallsIn(segments, duration),
    at: (seconds) => {
      const segment = segmentAt(seconds);
      if (!segment) return { skeleton: [], activity: "unknown" };
      const within = Math.min(segment.end, Math.max(segment.start, seconds));
      return { skeleton: skeletonIn(segment, within, { seed, stature }), activity: segment.activity };
    },
  };
}

function skeletonIn(
  segment: Segment,
  seconds: number,
  { seed, stature }: { readonly seed: number; readonly stature: number },
): Skeleton {
  const { from, to, start, end, manner } = segment;
  const passed = end > start ? (seconds - start) / (end - start) : 1;
  const done = EASE[manner](passed);
  const moving = moved(blend(from.posture, to.posture, done), segment, seconds);
  const lean = moving.lean + SWAY * wander(seed, seconds);
  const along = (a: number, b: number): number => a + done * (b - a);
  return skeletonOf(
    { ...moving, lean },
    { stature, x: along(from.x, to.x), y: along(from.y, to.y), heading: along(from.heading, to.heading) },
  );
}

const smooth = (t: number): number => t * t * (3 - 2 * t);
const linear = (t: number): number => t;

/** How much of a segment is done after a share of its time. A body that falls gains speed until it lands. */
const EASE: Readonly<Record<Segment["manner"], (t: number) => number>> = {
  still: linear,
  smooth,
  walk: linear,
  run: linear,
  jump: linear,
  fall: (t) => 0.2 * t ** 2 + 0.8 * smooth(t),
};

/** What the manner of a segment adds to the posture in it. */
function moved(posture: Posture, { manner, start, end }: Segment, seconds: number): Posture {
  const passed = (seconds - start) / (end - start);
  switch (manner) {
    case "walk":
    case "run":
      return stride(posture, GAIT[manner], {
        seconds,
        swing: smooth(Math.min(1, (seconds - start) / STEP_IN, (end - seconds) / STEP_IN)),
      });
    case "jump": {
      const [crouched, flown, landed] = [passed / 0.3, (passed - 0.3) / 0.45, (passed - 0.75) / 0.25];
      const crouch = 0.9 * arc(crouched) + 0.6 * arc(landed);
      const lift = JUMP * Math.max(0, 1 - (2 * flown - 1) ** 2);
      return { ...bend(posture, { hips: [crouch, crouch], knees: [crouch, crouch] }), lift: posture.lift + lift };
    }
    case "fall": {
      const buckling = 1.1 * arc(passed);
      return bend(posture, { hips: [buckling, buckling], knees: [1.2 * buckling, 1.2 * buckling] });
    }
    default:
      return posture;
  }
}

/** From 0 over 1 to 0 while `t` goes from 0 to 1, and 0 outside. */
const arc = (t: number): number => (t > 0 && t < 1 ? Math.sin(Math.PI * t) : 0);

function stride(
  posture: Posture,
  { cadence, hip, knee, arm }: (typeof GAIT)[keyof typeof GAIT],
  { seconds, swing }: { readonly seconds: number; readonly swing: number },
): Posture {
  const phase = 2 * Math.PI * cadence * seconds;
  const forward = swing * Math.sin(phase);
  const bent = (lag: number): number => swing * knee * Math.max(0, Math.cos(phase + lag));
  return bend(posture, {
    hips: [hip * forward, -hip * forward],
    knees: [bent(0), bent(Math.PI)],
    shoulders: [-arm * forward, arm * forward],
  });
}

/** Slow unrest, about 1 at the most, that a seed has at a time. */
function wander(seed: number, seconds: number): number {
  const step = 1.5;
  const knot = Math.floor(seconds / step);
  const [before, after] = [normalAt(seed, knot), normalAt(seed, knot + 1)];
  return before + smooth(seconds / step - knot) * (after - before);
}

function fallsIn(segments: readonly Segment[], duration: number): TrueFall[] {
  return segments.flatMap(({ manner, start, end }, index) => {
    if (manner !== "fall") return [];
    const up = segments.slice(index + 1).find(({ activity }) => activity !== "lying");
    return [{ start, impact: end, end: up?.start ?? duration }];
  });
}
