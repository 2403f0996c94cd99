/**
 * How a body holds itself, in radians; a pair is the left and the right one. All zero is standing upright, arms
 * hanging. Every angle but `roll` and `spread` bends in the plane that a walker's legs swing in, forwards above zero.
 */
export interface Posture {
  /** The whole body about the feet: π/2 lies face down, −π/2 on the back. */
  readonly pitch: number;
  /** The whole body to its left: π/2 lies on the left side. */
  readonly roll: number;
  /** The torso against the pelvis. */
  readonly lean: number;
  /** Thighs against the pelvis. */
  readonly hips: Pair;
  /** Shanks against the thighs, backwards above zero. */
  readonly knees: Pair;
  /** Upper arms against the torso. */
  readonly shoulders: Pair;
  readonly elbows: Pair;
  /** Arms away from the body. */
  readonly spread: number;
  /** Metres between the floor and what the lowest joint rests on, as on a bed or in a jump. */
  readonly lift: number;
}

export type Pair = readonly [left: number, right: number];

const both = (value: number): Pair => [value, value];

const STANDING: Posture = {
  pitch: 0,
  roll: 0,
  lean: 0,
  hips: both(0),
  knees: both(0.05),
  shoulders: both(0),
  elbows: both(0.2),
  spread: 0.1,
  lift: 0,
};

const LYING_ON_BACK: Posture = { ...STANDING, pitch: -Math.PI / 2, spread: 0.3 };

/** Postures that scripts go through. */
export const POSTURES = {
  standing: STANDING,
  sitting: { ...STANDING, lean: 0.1, hips: both(1.5), knees: both(1.5), shoulders: both(0.5), elbows: both(0.9) },
  "sitting-on-floor": { ...STANDING, lean: 0.2, hips: both(1.6), knees: both(0.6), shoulders: both(0.4) },
  squatting: { ...STANDING, lean: 0.5, hips: both(2), knees: both(2.3), shoulders: both(0.8), elbows: both(0.5) },
  kneeling: { ...STANDING, lean: 0.3, hips: both(0.3), knees: both(1.7), shoulders: both(0.5) },
  "lying-on-back": LYING_ON_BACK,
  "lying-on-side": { ...STANDING, roll: Math.PI / 2, hips: both(0.5), knees: both(0.8), shoulders: both(0.7) },
  "lying-on-front": { ...STANDING, pitch: Math.PI / 2, shoulders: both(2.8), elbows: both(0.5) },
  bent: { ...STANDING, lean: 1.5, hips: both(0.1), knees: both(0.2), shoulders: both(1.5), elbows: both(0.1) },
  "shoe-in-reach": {
    ...STANDING,
    lean: 1.0,
    hips: [1.6, 0.4],
    knees: [2.0, 2.0],
    shoulders: both(1.0),
    elbows: both(0.5),
  },
} as const satisfies Record<string, Posture>;

/** The posture a fraction `t` of the way from one to another. */
export function blend(from: Posture, to: Posture, t: number): Posture {
  const mix = (a: number, b: number): number => a + t * (b - a);
  const mixPair = (a: Pair, b: Pair): Pair => [mix(a[0], b[0]), mix(a[1], b[1])];
  return {
    pitch: mix(from.pitch, to.pitch),
    roll: mix(from.roll, to.roll),
    lean: mix(from.lean, to.lean),
    hips: mixPair(from.hips, to.hips),
    knees: mixPair(from.knees, to.knees),
    shoulders: mixPair(from.shoulders, to.shoulders),
    elbows: mixPair(from.elbows, to.elbows),
    spread: mix(from.spread, to.spread),
    lift: mix(from.lift, to.lift),
  };
}

/** A posture with its joints bent further, as by a stride or by knees that give way. */
export function bend(posture: Posture, by: Partial<Record<"hips" | "knees" | "shoulders", Pair>>): Posture {
  const add = (name: "hips" | "knees" | "shoulders"): Pair => {
    const [left, right] = by[name] ?? [0, 0];
    return [posture[name][0] + left, posture[name][1] + right];
  };
  return { ...posture, hips: add("hips"), knees: add("knees"), shoulders: add("shoulders") };
}
