import { COCO_KEYPOINTS, type Keypoint, type Micros } from "@sensorium/protocol";
import { type Box, boxAt } from "../../geometry/box.ts";
import { between, type Point } from "../../geometry/point.ts";
import { type PeopleFrame, poseAt } from "../persons/people-frame.ts";

/**
 * A body in one picture, measured in terms of itself, so that its distance from the camera makes no difference. A rise
 * is how much higher one end of a part is in the picture than the other, as a share of the part's length: 1 upright, 0
 * level, below 0 head down.
 */
export interface Body {
  readonly at: Micros;
  /** What it was measured by. A box tells less. */
  readonly by: "pose" | "box";
  /** How sure the models are of it, 0..1. */
  readonly score: number;
  /** Pixels that the whole body would measure at this distance if it were seen at full length. */
  readonly stature: number;
  /** The same as it looks in this picture alone; less where bones point at the camera. */
  readonly apparent: number;
  /** The same by the longest of its bones: all of a body never points at the camera. Null where shoulders are hidden. */
  readonly longest: number | null;
  /** Middles of the shoulders and the hips, in pixels; from a box, of its upper edge and of the whole. */
  readonly shoulders: Point;
  readonly hips: Point;
  readonly torsoRise: number;
  /** From the feet to the hips; null when the legs cannot be seen. */
  readonly legRise: number | null;
  /** From the knees to the hips; null when the thighs cannot be seen. */
  readonly thighRise: number | null;
  /**
   * How far the feet are from the shoulders, by how far the hips are: 1 for a straight body, less for one that crouches,
   * from wherever it is seen; null when it cannot be told.
   */
  readonly straightness: number | null;
  /** Middle of the ankles in pixels, and the left ankle from the right one in statures; null when they are not seen. */
  readonly feet: { readonly middle: Point; readonly apart: Point } | null;
  /** The left hip from the right one in statures; null when they are not seen. */
  readonly hipsApart: Point | null;
}

/** Lengths of parts as shares of the stature: Drillis and Contini 1966. */
const TORSO = 0.288;
const THIGH = 0.245;
const SHANK = 0.246;
const UPPER_ARM = 0.186;
/** Between the shoulder joints, as pose models place them. */
const SHOULDERS = 0.25;
/** Keypoints with lower scores are guesses. */
const SEEN = 0.3;
/** How sure a box is of a posture beside keypoints. */
const BOX_SURENESS = 0.7;
/** The height of the box around somebody upright, in statures. */
const UPRIGHT_BOX = 1.05;

type Name = (typeof COCO_KEYPOINTS)[number];
type Find = (name: Name) => Keypoint | undefined;

const INDEX = new Map(COCO_KEYPOINTS.map((name, i) => [name, i]));

/**
 * Measures the person at `index` by their keypoints, or by their box where the torso cannot be seen. `known` is the
 * stature from before: what is seen of it now counts for `weight`, 0..1.
 */
export function measureBody(
  frame: PeopleFrame,
  index: number,
  { at, known, weight }: { readonly at: Micros; readonly known: number | null; readonly weight: number },
): Body {
  const points = poseAt(frame, index);
  const find: Find = (name) => {
    const point = points?.[INDEX.get(name) ?? -1];
    return point && point.score >= SEEN ? point : undefined;
  };
  const blend = (now: number): number => (known === null ? now : known + weight * (now - known));
  const [shoulders, hips] = [middle(find, "shoulder"), middle(find, "hip")];
  if (shoulders && hips) return fromPose(find, { at, shoulders, hips, blend });
  return fromBox(boxAt(frame.tracked, index), { at, score: frame.tracked.scores[index] ?? 0, known });
}

interface Torso {
  readonly at: Micros;
  readonly shoulders: Keypoint;
  readonly hips: Keypoint;
  readonly blend: (stature: number) => number;
}

function fromPose(find: Find, { at, shoulders, hips, blend }: Torso): Body {
  const bones = bonesOf(find, { shoulders, hips });
  const apparent = apparentStature(bones);
  const stature = blend(apparent);
  const [knees, ankles] = [middle(find, "knee"), middle(find, "ankle")];
  const rise = (low: Point | undefined, high: Point, length: number): number | null =>
    low ? (low.y - high.y) / (length * stature) : null;
  const [left, right] = [find("left_ankle"), find("right_ankle")];
  const apart = (a: Point, b: Point): Point => ({ x: (a.x - b.x) / stature, y: (a.y - b.y) / stature });
  const [leftHip, rightHip] = [find("left_hip"), find("right_hip")];
  return {
    at,
    by: "pose",
    score: Math.min(shoulders.score, hips.score),
    stature,
    apparent,
    longest: find("left_shoulder") && find("right_shoulder") ? (bones[0] ?? null) : null,
    shoulders,
    hips,
    torsoRise: rise(hips, shoulders, TORSO) ?? 0,
    legRise: rise(ankles, hips, THIGH + SHANK),
    thighRise: rise(knees, hips, THIGH),
    straightness: ankles ? straightness({ shoulders, hips, ankles, stature }) : null,
    feet: left && right ? { middle: between(left, right, 0.5), apart: apart(left, right) } : null,
    hipsApart: leftHip && rightHip ? apart(leftHip, rightHip) : null,
  };
}

/** A box as high as the person is upright; one much lower is of somebody down. Sitting and standing look alike. */
function fromBox(
  { x1, y1, x2, y2 }: Box,
  { at, score, known }: { readonly at: Micros; readonly score: number; readonly known: number | null },
): Body {
  const [width, height] = [x2 - x1, y2 - y1];
  const longest = Math.max(width, height) / UPRIGHT_BOX;
  const stature = Math.max(longest, known ?? 0);
  const rise = Math.min(1, height / stature / UPRIGHT_BOX);
  const x = (x1 + x2) / 2;
  // A box of 0.35 statures is flat, one of 0.8 upright.
  const torsoRise = (rise - 0.35) / 0.45;
  return {
    at,
    by: "box",
    score: BOX_SURENESS * score,
    stature,
    apparent: longest,
    longest: null,
    shoulders: { x, y: y1 },
    hips: { x, y: (y1 + y2) / 2 },
    torsoRise: width > height ? Math.min(0.2, torsoRise) : Math.min(1, torsoRise),
    legRise: null,
    thighRise: null,
    straightness: null,
    feet: null,
    hipsApart: null,
  };
}

interface Trunk {
  readonly shoulders: Point;
  readonly hips: Point;
  readonly ankles: Point;
  readonly stature: number;
}

/** A torso that points at the camera is taken to be longer than it looks: else any noise in it would be straightness. */
function straightness({ shoulders, hips, ankles, stature }: Trunk): number {
  const whole = Math.hypot(ankles.x - shoulders.x, ankles.y - shoulders.y) / (TORSO + THIGH + SHANK);
  const torso = Math.hypot(hips.x - shoulders.x, hips.y - shoulders.y) / TORSO;
  return Math.min(1.3, whole / Math.max(torso, 0.2 * stature));
}

/** The middle of a pair of joints; where one is hidden, the other; undefined where both are. */
function middle(find: Find, joint: "shoulder" | "hip" | "knee" | "ankle"): Keypoint | undefined {
  const [left, right] = [find(`left_${joint}`), find(`right_${joint}`)];
  if (!left || !right) return left ?? right;
  return { ...between(left, right, 0.5), score: Math.min(left.score, right.score) };
}

/** Pixels that the whole body would measure by each of its bones, the longest first; 0 for those that are not seen. */
function bonesOf(find: Find, { shoulders, hips }: { shoulders: Point; hips: Point }): readonly number[] {
  return [
    Math.hypot(shoulders.x - hips.x, shoulders.y - hips.y) / TORSO,
    length(find, ["left_shoulder", "right_shoulder"]) / SHOULDERS,
    ...(["left", "right"] as const).flatMap((side) => [
      length(find, [`${side}_hip`, `${side}_knee`]) / THIGH,
      length(find, [`${side}_knee`, `${side}_ankle`]) / SHANK,
      length(find, [`${side}_shoulder`, `${side}_elbow`]) / UPPER_ARM,
    ]),
  ].toSorted((a, b) => b - a);
}

/**
 * Bones that point at the camera look short and none looks long, so the longest for what they are say how large the
 * body is, however it lies. The second longest: one keypoint may be wrong.
 */
const apparentStature = ([first = 0, second = 0]: readonly number[]): number => Math.max(1, second || first);

/** Pixels between two keypoints; 0 when one is not seen. */
function length(find: Find, [from, to]: readonly [Name, Name]): number {
  const [a, b] = [find(from), find(to)];
  return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
}
