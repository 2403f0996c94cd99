import { COCO_SKELETON } from "@sensorium/protocol";
import type { Point } from "./line.ts";

/** Below it, a keypoint is a guess. */
const SURE = 0.3;

/** The bones of a person that are seen at both ends, in the pixels of the keypoints (x, y, score for each of 17). */
export function bonesOf(keypoints: readonly number[]): (readonly [Point, Point])[] {
  const sure = (joint: number): Point | null => {
    const [x = 0, y = 0, score = 0] = keypoints.slice(3 * joint, 3 * joint + 3);
    return score >= SURE ? { x, y } : null;
  };
  return COCO_SKELETON.flatMap(([from, to]) => {
    const [a, b] = [sure(from), sure(to)];
    return a && b ? [[a, b] as const] : [];
  });
}
