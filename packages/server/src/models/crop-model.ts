import type { Box } from "@sensorium/perception";
import { type CameraId, SensoriumError, type Size } from "@sensorium/protocol";
import type { PictureFormat } from "../capture/messages.ts";
import type { Frame, Picture } from "../flow/frame.ts";
import type { ModelInfo } from "./detector.ts";
import type { CropSpec, CropTask } from "./manifest.ts";
import type { ModelTimes, Results } from "./results.ts";

/** A part of a source's picture, scaled for a model. */
export interface Crop {
  /** Cameras take turns at the models. */
  readonly camera: CameraId;
  /** Stays the caller's until the answer is there. */
  readonly picture: Picture;
  /** What the picture shows, in source pixels. */
  readonly region: Box;
  /** The landmarks of the one face in it (`FACE_LANDMARKS`, source pixels), for models that need it aligned. */
  readonly landmarks?: Float32Array;
}

/** What a model says of one crop. */
export interface Answer<T extends CropTask> extends ModelTimes {
  /** Places are in source pixels. */
  readonly result: Results[T];
}

/** A model that looks at one part of a picture at a time: a person, a face, or the whole. */
export interface CropModel<T extends CropTask> extends AsyncDisposable {
  readonly model: ModelInfo<T>;
  /** What the model needs of a crop: its picture in this size, or within it. */
  readonly format: PictureFormat;
  /** Calls that gain from being under way at once. */
  readonly concurrency: number;
  /** What to cut out of a source for the object in `box`: never outside the source, and at least one pixel. */
  regionOf(box: Box, source: Size): Box;
  /** Takes no ownership of the picture. Fails with "worker-lost" (retryable) when its worker is gone. */
  run(crop: Crop): Promise<Answer<T>>;
}

/** Says what an object is. */
export type Classifier = CropModel<"classify">;
/** Finds the keypoints of people. */
export type PoseEstimator = CropModel<"pose">;
/** Finds where the places of people's skin are. */
export type DensePoseEstimator = CropModel<"dense-pose">;
/** Finds faces. */
export type FaceDetector = CropModel<"face-detect">;
/** Turns faces into vectors that are alike for one person. */
export type FaceEmbedder = CropModel<"face-embed">;
/** Turns people into vectors that are alike for one person in the same clothes. */
export type Reidentifier = CropModel<"reid">;

/** The whole of what a frame shows as a crop; the frame has to stay owned until the answer is there. */
export function wholeFrame({ camera, picture, region }: Frame): Crop {
  if (!picture) throw new SensoriumError("internal", "a frame without pixels was given to a model");
  return { camera, picture, region };
}

/** The region of a source around a box, in whole pixels, cut at the source's edges. */
export function cropRegion({ x1, y1, x2, y2 }: Box, source: Size, { margin, square }: CropSpec): Box {
  let width = (x2 - x1) * (1 + 2 * margin);
  let height = (y2 - y1) * (1 + 2 * margin);
  if (square) width = height = Math.max(width, height);
  const [left, right] = within((x1 + x2 - width) / 2, (x1 + x2 + width) / 2, source.width);
  const [top, bottom] = within((y1 + y2 - height) / 2, (y1 + y2 + height) / 2, source.height);
  return { x1: left, y1: top, x2: right, y2: bottom };
}

/** At least one pixel is left, whatever comes in. */
function within(from: number, to: number, length: number): readonly [number, number] {
  const start = Math.min(length - 1, Math.max(0, Math.floor(from) || 0));
  return [start, Math.min(length, Math.max(start + 1, Math.ceil(to) || 0))];
}
