import { COCO_KEYPOINTS, type Poses } from "@sensorium/protocol";
import type { Box } from "../geometry/box.ts";
import { keypointsIn, type PinholeCamera } from "./camera.ts";
import { normalAt, uniformAt } from "./random.ts";
import type { Spot } from "./script.ts";
import type { SimulatedPerson } from "./simulate-person.ts";
import type { Place, Skeleton } from "./skeleton.ts";

/** An upright board on the floor from `a` to `b`, so many metres high, as a table or a sofa back: it hides what is behind. */
export interface Screen {
  readonly a: Spot;
  readonly b: Spot;
  readonly height: number;
}

/** How badly a camera and its models see. */
export interface SeeingConditions {
  /** Standard deviation of a keypoint's place as a share of the stature as it appears; half of it stays for a while. */
  readonly noise: number;
  /** The chance of each keypoint not to be found, 0..1. */
  readonly dropout: number;
  /** The chance of a whole person not to be found for 0.3 s, 0..1; three times as high for who lies. */
  readonly missed: number;
  readonly screens?: readonly Screen[];
}

/** What one camera sees of a simulated person. */
export interface Observation {
  readonly camera: PinholeCamera;
  readonly conditions: SeeingConditions;
  /** Gives the noise; independent of the person's seed. */
  readonly seed: number;
}

const UNSEEN = 0.1;
/** How far a guess at a hidden joint is off, in terms of noise. */
const GUESS = 4;
const MISSED_FOR = 0.3;
const DRIFT_FOR = 0.5;

/**
 * What a pose model says of somebody at a time: their keypoints and the box around them, or nobody when they are
 * missed, hidden or outside the picture. The same question always gets the same answer.
 */
export function observePerson(person: SimulatedPerson, seconds: number, observation: Observation): Poses {
  const { camera, conditions, seed } = observation;
  const { skeleton } = person.at(seconds);
  const points = keypointsIn(camera, skeleton);
  if (!points) return nobody();
  const lies = isLow(skeleton, person.stature);
  const missed = conditions.missed * (lies ? 3 : 1);
  if (uniformAt(seed, Math.floor(seconds / MISSED_FOR), 7) < missed) return nobody();

  const noise = conditions.noise * apparentStature(points, skeleton, person.stature);
  const moment = Math.round(seconds * 1000);
  const hidden = skeleton.map((joint) => conditions.screens?.some((screen) => hides(screen, camera, joint)) ?? false);
  const seen = points.map(({ x, y }, joint) => {
    const lost = hidden[joint] || uniformAt(seed, joint, moment, 3) < conditions.dropout;
    const by = noise * (lost ? GUESS : 1);
    const score = lost
      ? 3 * UNSEEN * uniformAt(seed, joint, moment, 5)
      : 0.9 - (lies ? 0.25 : 0) * uniformAt(seed, joint, moment, 6);
    return { x: x + by * jitter(seed, [joint, 0], seconds), y: y + by * jitter(seed, [joint, 1], seconds), score };
  });
  return around(seen, { camera, visible: points.filter((_, joint) => !hidden[joint]), noise });
}

const nobody = (): Poses => ({
  count: 0,
  boxes: new Float32Array(0),
  scores: new Float32Array(0),
  keypoints: new Float32Array(0),
});

interface Point {
  readonly x: number;
  readonly y: number;
}

function around(
  seen: readonly (Point & { readonly score: number })[],
  {
    camera,
    visible,
    noise,
  }: { readonly camera: PinholeCamera; readonly visible: readonly Point[]; readonly noise: number },
): Poses {
  const box = boxAround(visible, camera);
  if (visible.length < 4 || !box) return nobody();
  const found = seen.filter(({ score }) => score > 3 * UNSEEN).length / COCO_KEYPOINTS.length;
  const first = seen[0] ?? { x: 0, y: 0 };
  // The box shakes with the model's uncertainty, of which the first keypoint's is as good a sample as any.
  const shake = ((first.x % 1) - 0.5) * noise;
  return {
    count: 1,
    boxes: Float32Array.of(box.x1 + shake, box.y1 - shake, box.x2 + shake, box.y2 + shake),
    scores: Float32Array.of(0.3 + 0.6 * found),
    keypoints: Float32Array.from(seen.flatMap(({ x, y, score }) => [x, y, score])),
  };
}

/** The box of flesh around joints, within the picture; undefined when nothing of it is in the picture. */
function boxAround(points: readonly Point[], { size }: PinholeCamera): Box | undefined {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top, right, bottom] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const margin = 0.07 * Math.max(right - left, bottom - top);
  const box = {
    x1: Math.max(0, left - margin),
    y1: Math.max(0, top - margin),
    x2: Math.min(size.width, right + margin),
    y2: Math.min(size.height, bottom + margin),
  };
  return box.x2 - box.x1 > 4 && box.y2 - box.y1 > 4 ? box : undefined;
}

/** White noise and a slow drift, of standard deviation 1 together. */
function jitter(seed: number, axis: readonly [number, number], seconds: number): number {
  const knot = Math.floor(seconds / DRIFT_FOR);
  const t = seconds / DRIFT_FOR - knot;
  const drift = (1 - t) * normalAt(seed, ...axis, knot) + t * normalAt(seed, ...axis, knot + 1);
  return Math.SQRT1_2 * (normalAt(seed, ...axis, Math.round(seconds * 1000), 11) + 1.2 * drift);
}

/** Pixels that the whole body would measure at this distance, by its longest bones. */
function apparentStature(points: readonly Point[], skeleton: Skeleton, stature: number): number {
  let scale = 0;
  for (const [from, to] of [
    [5, 11],
    [5, 6],
    [11, 13],
    [13, 15],
  ] as const) {
    const [a, b, p, q] = [points[from], points[to], skeleton[from], skeleton[to]];
    if (a && b && p && q) {
      scale = Math.max(scale, Math.hypot(a.x - b.x, a.y - b.y) / Math.hypot(p.x - q.x, p.y - q.y, p.z - q.z));
    }
  }
  return scale * stature;
}

const isLow = (skeleton: Skeleton, stature: number): boolean => (skeleton[0]?.z ?? stature) < 0.35 * stature;

/** Whether the straight way from the camera to a joint goes through the board. */
function hides({ a, b, height }: Screen, { place }: PinholeCamera, joint: Place): boolean {
  const [dx, dy] = [joint.x - place.x, joint.y - place.y];
  const [ex, ey] = [b.x - a.x, b.y - a.y];
  const crossing = dx * ey - dy * ex;
  if (crossing === 0) return false;
  const t = ((a.x - place.x) * ey - (a.y - place.y) * ex) / crossing;
  const along = ((a.x - place.x) * dy - (a.y - place.y) * dx) / crossing;
  return t > 0 && t < 1 && along >= 0 && along <= 1 && place.z + t * (joint.z - place.z) < height;
}
