import { COCO_KEYPOINTS } from "@sensorium/protocol";
import type { Posture } from "./posture.ts";

/** A place in metres: x and y along the floor, z up from it. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** The joints of a body, in the order of `COCO_KEYPOINTS`. */
export type Skeleton = readonly Place[];

/** Where a body stands and which way it faces. */
export interface Stance {
  /** Metres. */
  readonly stature: number;
  /** The point of the floor between its ankles. */
  readonly x: number;
  readonly y: number;
  /** Radians, from the x axis towards the y axis. */
  readonly heading: number;
}

/** Lengths as shares of the stature: Drillis and Contini 1966, as in Winter, Biomechanics, fig. 4.1. */
const THIGH = 0.245;
const SHANK = 0.246;
const TORSO = 0.288;
const HALF_HIPS = 0.09;
const HALF_SHOULDERS = 0.125;
const UPPER_ARM = 0.186;
const FOREARM = 0.146;
/** From the middle of the shoulders: along the torso, ahead, and to the left. */
const FACE = [
  [0.1, 0.07, 0],
  [0.12, 0.05, 0.018],
  [0.12, 0.05, -0.018],
  [0.115, 0, 0.045],
  [0.115, 0, -0.045],
] as const;
/** How near a joint can come to what it rests on: flesh, or the heel below an ankle. */
const CLEARANCE = 0.055;
const ANKLE_CLEARANCE = 0.039;
const FIRST_ANKLE = COCO_KEYPOINTS.indexOf("left_ankle");
/** Joints that bear the body; arms and head give way. */
const BEARING = new Set(["shoulder", "hip", "knee", "ankle"].flatMap((name) => [`left_${name}`, `right_${name}`]));

const SIDES = [
  [0, 1],
  [1, -1],
] as const;

/** Forward kinematics of a stick figure that rests on the floor, or `lift` above it, where `stance` says. */
export function skeletonOf(posture: Posture, stance: Stance): Skeleton {
  const joints = bodyJoints(posture).map((joint) => turned(joint, posture));
  const { stature, heading } = stance;
  const clearance = (joint: number): number => (joint >= FIRST_ANKLE ? ANKLE_CLEARANCE : CLEARANCE);
  const floor = Math.max(...joints.map(({ z }, i) => (BEARING.has(COCO_KEYPOINTS[i] ?? "") ? clearance(i) - z : -1)));
  const ankles = joints.slice(FIRST_ANKLE);
  const x0 = ankles.reduce((sum, { x }) => sum + x / ankles.length, 0);
  const y0 = ankles.reduce((sum, { y }) => sum + y / ankles.length, 0);
  const [cos, sin] = [Math.cos(heading), Math.sin(heading)];
  return joints.map(({ x, y, z }, i) => ({
    x: stance.x + stature * (cos * (x - x0) - sin * (y - y0)),
    y: stance.y + stature * (sin * (x - x0) + cos * (y - y0)),
    z: posture.lift + stature * Math.max(z + floor, clearance(i)),
  }));
}

/** x ahead, y to the left, z up, from between the hips, in statures; before the whole body is turned. */
function bodyJoints({ lean, hips, knees, shoulders, elbows, spread }: Posture): Place[] {
  const [ahead, up] = [Math.sin(lean), Math.cos(lean)];
  const alongTorso = (along: number, forward: number, left: number): Place => ({
    x: along * ahead + forward * up,
    y: left,
    z: along * up - forward * ahead,
  });
  const face = FACE.map(([along, forward, left]) => alongTorso(TORSO + along, forward, left));
  const shoulder = SIDES.map(([, left]) => alongTorso(TORSO, 0, left * HALF_SHOULDERS));
  const elbow = SIDES.map(([side, left]) =>
    from(shoulder[side], UPPER_ARM, { angle: shoulders[side] - lean, aside: left * spread }),
  );
  const wrist = SIDES.map(([side, left]) =>
    from(elbow[side], FOREARM, { angle: shoulders[side] - lean + elbows[side], aside: left * spread }),
  );
  const hip = SIDES.map(([, left]): Place => ({ x: 0, y: left * HALF_HIPS, z: 0 }));
  const knee = SIDES.map(([side]) => from(hip[side], THIGH, { angle: hips[side], aside: 0 }));
  const ankle = SIDES.map(([side]) => from(knee[side], SHANK, { angle: hips[side] - knees[side], aside: 0 }));
  return [...face, ...shoulder, ...elbow, ...wrist, ...hip, ...knee, ...ankle];
}

/** The end of a limb that hangs down at angle 0 and points ahead at π/2. */
function from(
  start: Place | undefined,
  length: number,
  { angle, aside }: { readonly angle: number; readonly aside: number },
): Place {
  const { x, y, z } = start ?? { x: 0, y: 0, z: 0 };
  return {
    x: x + length * Math.sin(angle) * Math.cos(aside),
    y: y + length * Math.sin(aside),
    z: z - length * Math.cos(angle) * Math.cos(aside),
  };
}

/** The whole body to its left by `roll`, then ahead by `pitch`. */
function turned({ x, y, z }: Place, { pitch, roll }: Posture): Place {
  const height = z * Math.cos(roll) - y * Math.sin(roll);
  return {
    x: x * Math.cos(pitch) + height * Math.sin(pitch),
    y: y * Math.cos(roll) + z * Math.sin(roll),
    z: height * Math.cos(pitch) - x * Math.sin(pitch),
  };
}
