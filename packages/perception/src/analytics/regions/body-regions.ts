import { COCO_KEYPOINTS, type Keypoint, micros } from "@sensorium/protocol";
import { between, type Point } from "../../geometry/point.ts";
import type { Polygon } from "../../geometry/polygon.ts";
import { measureBody } from "../body/body.ts";
import { type PeopleFrame, poseAt } from "../persons/people-frame.ts";

/** One part of a body as it lies in the picture. */
export interface BodyRegion {
  /** 1 to 24, as DensePose numbers parts (Güler, Neverova, Kokkinos 2018). */
  readonly part: number;
  /** In pixels; three corners or more. */
  readonly polygon: Polygon;
}

type Joint = (typeof COCO_KEYPOINTS)[number];
type Find = (joint: Joint) => Keypoint | undefined;

/** Keypoints with lower scores are guesses. */
const SEEN = 0.3;

/** A bone with flesh around it: half widths at its ends, in statures, and the parts left and right of it. */
interface Limb {
  readonly from: Joint;
  readonly to: Joint;
  readonly widths: readonly [number, number];
  readonly parts: readonly [number, number];
}

/** What continues a bone that is seen, as far as `length`, in statures. */
interface End extends Omit<Limb, "parts"> {
  readonly length: number;
  readonly part: number;
}

/** Half widths by the breadths of the 50th percentile in NASA-STD-3000. */
const LIMBS: readonly Limb[] = [
  { from: "right_hip", to: "right_knee", widths: [0.052, 0.036], parts: [7, 9] },
  { from: "left_hip", to: "left_knee", widths: [0.052, 0.036], parts: [8, 10] },
  { from: "right_knee", to: "right_ankle", widths: [0.034, 0.022], parts: [11, 13] },
  { from: "left_knee", to: "left_ankle", widths: [0.034, 0.022], parts: [12, 14] },
  { from: "left_shoulder", to: "left_elbow", widths: [0.032, 0.025], parts: [15, 17] },
  { from: "right_shoulder", to: "right_elbow", widths: [0.032, 0.025], parts: [16, 18] },
  { from: "left_elbow", to: "left_wrist", widths: [0.025, 0.017], parts: [19, 21] },
  { from: "right_elbow", to: "right_wrist", widths: [0.025, 0.017], parts: [20, 22] },
];

/** Lengths by Drillis and Contini 1966: the hand, and from the ankle to the floor. */
const ENDS: readonly End[] = [
  { from: "right_elbow", to: "right_wrist", widths: [0.017, 0.022], length: 0.108, part: 3 },
  { from: "left_elbow", to: "left_wrist", widths: [0.017, 0.022], length: 0.108, part: 4 },
  { from: "left_knee", to: "left_ankle", widths: [0.022, 0.03], length: 0.039, part: 5 },
  { from: "right_knee", to: "right_ankle", widths: [0.022, 0.03], length: 0.039, part: 6 },
];

const TORSO = [1, 2] as const;
const HEAD = [23, 24] as const;
const FACE: readonly Joint[] = ["nose", "left_eye", "right_eye", "left_ear", "right_ear"];
/** From the middle of the face up and down, and to the sides, in statures. */
const HALF_HEAD = 0.065;
const HALF_FACE = 0.045;

/**
 * The regions of the body of the person at `index`, by their skeleton alone: bones with average flesh around them. What
 * is not seen has no region, and a person whose torso is not seen has none at all. A skeleton does not tell front from
 * back, by which DensePose divides a part in two; here the two are the halves on either side of the bone: the lower
 * number is the body's right of torso and head, and of a limb the side to the right of who looks along it from the body.
 */
export function bodyRegions(frame: PeopleFrame, index: number): readonly BodyRegion[] {
  const points = poseAt(frame, index);
  const body = measureBody(frame, index, { at: micros(0), known: null, weight: 1 });
  if (!points || body.by !== "pose") return [];
  const find: Find = (joint) => {
    const point = points[COCO_KEYPOINTS.indexOf(joint)];
    return point && point.score >= SEEN ? point : undefined;
  };
  const stature = body.apparent;
  return [
    ...torso(find),
    ...head(find, body.shoulders, stature),
    ...LIMBS.flatMap((limb) => limbRegions(find, limb, stature)),
    ...ENDS.flatMap((end) => endRegion(find, end, stature)),
  ].toSorted((a, b) => a.part - b.part);
}

function torso(find: Find): BodyRegion[] {
  const [rightShoulder, leftShoulder] = [find("right_shoulder"), find("left_shoulder")];
  const [rightHip, leftHip] = [find("right_hip"), find("left_hip")];
  if (!rightShoulder || !leftShoulder || !rightHip || !leftHip) return [];
  const neck = between(rightShoulder, leftShoulder, 0.5);
  const crotch = between(rightHip, leftHip, 0.5);
  return [
    { part: TORSO[0], polygon: placesOf(neck, rightShoulder, rightHip, crotch) },
    { part: TORSO[1], polygon: placesOf(neck, crotch, leftHip, leftShoulder) },
  ];
}

/** An octagon around the face that stands on the line from the shoulders, cut along it. */
function head(find: Find, shoulders: Point, stature: number): BodyRegion[] {
  const seen = FACE.flatMap((joint) => find(joint) ?? []);
  if (seen.length < 2) return [];
  const middle = { x: mean(seen.map(({ x }) => x)), y: mean(seen.map(({ y }) => y)) };
  const { along, across } = axesOf(shoulders, middle);
  const at = (up: number, aside: number): Point => ({
    x: middle.x + stature * (up * HALF_HEAD * along.x + aside * HALF_FACE * across.x),
    y: middle.y + stature * (up * HALF_HEAD * along.y + aside * HALF_FACE * across.y),
  });
  const half = (side: 1 | -1): Polygon => [at(-1, 0), at(-0.6, 0.8 * side), at(0, side), at(0.6, 0.8 * side), at(1, 0)];
  const [left, right] = [find("left_shoulder"), find("right_shoulder")];
  // Who faces the camera has their left on the right of the picture.
  const toLeft = left && right ? (left.x - right.x) * across.x + (left.y - right.y) * across.y >= 0 : true;
  return [
    { part: HEAD[0], polygon: half(toLeft ? -1 : 1) },
    { part: HEAD[1], polygon: half(toLeft ? 1 : -1) },
  ];
}

function limbRegions(find: Find, { from, to, widths, parts }: Limb, stature: number): BodyRegion[] {
  const [a, b] = [find(from), find(to)];
  if (!a || !b) return [];
  const half = (side: 1 | -1): Polygon => {
    const [outerA, outerB] = edge({ a, b, widths, stature: side * stature });
    return placesOf(a, b, outerB, outerA);
  };
  return [
    { part: parts[0], polygon: half(1) },
    { part: parts[1], polygon: half(-1) },
  ];
}

function endRegion(find: Find, { from, to, widths, length, part }: End, stature: number): BodyRegion[] {
  const [before, a] = [find(from), find(to)];
  if (!before || !a) return [];
  const { along } = axesOf(before, a);
  const b = { x: a.x + length * stature * along.x, y: a.y + length * stature * along.y };
  const [rightA, rightB] = edge({ a, b, widths, stature });
  const [leftA, leftB] = edge({ a, b, widths, stature: -stature });
  return [{ part, polygon: [rightA, rightB, leftB, leftA] }];
}

interface Bone {
  readonly a: Point;
  readonly b: Point;
  readonly widths: readonly [number, number];
  /** Negative for the other side. */
  readonly stature: number;
}

/** The outline on one side of a bone. */
function edge({ a, b, widths, stature }: Bone): readonly [Point, Point] {
  const { across } = axesOf(a, b);
  const beside = ({ x, y }: Point, width: number): Point => ({
    x: x + width * stature * across.x,
    y: y + width * stature * across.y,
  });
  return [beside(a, widths[0]), beside(b, widths[1])];
}

/** Of length 1: from `a` to `b`, and to the right of that in a picture whose y points down. */
function axesOf(a: Point, b: Point): { readonly along: Point; readonly across: Point } {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const along = length > 0 ? { x: (b.x - a.x) / length, y: (b.y - a.y) / length } : { x: 0, y: 1 };
  return { along, across: { x: -along.y, y: along.x } };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Without the scores that keypoints have. */
const placesOf = (...points: readonly Point[]): Polygon => points.map(({ x, y }) => ({ x, y }));
