import { COCO_KEYPOINTS, type Poses } from "@sensorium/protocol";
import type { Corners } from "./boxes.ts";
import type { DecodeContext } from "./family.ts";
import { PointedBoxList } from "./pointed-boxes.ts";

/**
 * The pose of a model that looks for one person; none when its score is too low or a place is no number. `keypoints`
 * are x, y in pixels of the model's input, and score, in COCO's order.
 */
export function singlePose(keypoints: Float32Array, score: number, context: DecodeContext): Poses {
  const found = new PointedBoxList(COCO_KEYPOINTS.length, 3);
  if (score >= context.minScore && keypoints.every(Number.isFinite)) found.add(around(keypoints), score, keypoints);
  const { points, ...boxes } = found.best(context, 1);
  return { ...boxes, keypoints: points };
}

function around(keypoints: Float32Array): Corners {
  const along = (part: number): Float32Array => keypoints.filter((_, i) => i % 3 === part);
  const [x, y] = [along(0), along(1)];
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}
