import { FACE_LANDMARKS, type Faces } from "@sensorium/protocol";
import type { CropSpec } from "../manifest.ts";
import type { DecodeContext } from "./family.ts";
import { PointedBoxList } from "./pointed-boxes.ts";

/** Faces of two people overlap less than those that a model finds twice. */
const MAX_IOU = 0.3;

/** How a face is looked for in a part of a picture: the part as it is. */
export const FACE_DETECTOR_CROP: CropSpec = { margin: 0, square: false };

/** Collects faces with their five landmarks. */
export const faceList = (): PointedBoxList => new PointedBoxList(FACE_LANDMARKS.length, 2);

/** The best faces with their landmarks, in source pixels. */
export function bestFaces(found: PointedBoxList, context: DecodeContext): Faces {
  const { points, ...faces } = found.best(context, MAX_IOU);
  return { ...faces, landmarks: points };
}
