/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * What a detector found in one picture, as a struct of arrays of equal length `count`.
 * Boxes are x1 y1 x2 y2 per item in source pixels, origin top-left, y down; they may end outside the picture.
 */
export interface Detections {
  readonly count: number;
  /** 4 · count values. */
  readonly boxes: Float32Array;
  /** 0..1 per item. */
  readonly scores: Float32Array;
  /** Index into the model's class names, per item. */
  readonly classes: Uint16Array;
}

/** Detections that have an identity over time: `tracks[i]` is positive and never reused within a stream. */
export interface Tracked extends Detections {
  readonly tracks: Int32Array;
}

export const noDetections = (): Detections => ({
  count: 0,
  boxes: new Float32Array(0),
  scores: new Float32Array(0),
  classes: new Uint16Array(0),
});

/** The items of `detections` at `indices`, in that order. */
export function pickDetections(detections: Detections, indices: readonly number[]): Detections {
  const boxes = new Float32Array(4 * indices.length);
  indices.forEach((from, to) => {
    boxes.set(detections.boxes.subarray(4 * from, 4 * from + 4), 4 * to);
  });
  return {
    count: indices.length,
    boxes,
    scores: Float32Array.from(indices, (i) => detections.scores[i] ?? 0),
    classes: Uint16Array.from(indices, (i) => detections.classes[i] ?? 0),
  };
}

/** The 17 body keypoints of COCO, in its order; left and right are the person's own. */
export const COCO_KEYPOINTS = [
  "nose",
  "left_eye",
  "right_eye",
  "left_ear",
  "right_ear",
  "left_shoulder",
  "right_shoulder",
  "left_elbow",
  "right_elbow",
  "left_wrist",
  "right_wrist",
  "left_hip",
  "right_hip",
  "left_knee",
  "right_knee",
  "left_ankle",
  "right_ankle",
] as const;

/** Pairs of indices into `COCO_KEYPOINTS` that a drawn skeleton joins. */
export const COCO_SKELETON: readonly (readonly [from: number, to: number])[] = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [5, 6],
  [5, 7],
  [7, 9],
  [6, 8],
  [8, 10],
  [5, 11],
  [6, 12],
  [11, 12],
  [11, 13],
  [13, 15],
  [12, 14],
  [14, 16],
];

/** People's poses in one picture, as a struct of arrays of `count` items. */
export interface Poses {
  readonly count: number;
  /** x1 y1 x2 y2 per person in source pixels: the model's own box where it gives one, else around the keypoints. */
  readonly boxes: Float32Array;
  /** 0..1 per person. */
  readonly scores: Float32Array;
  /**
   * x, y, score per keypoint, those of one person after the other, in the order of `COCO_KEYPOINTS`: 3 · 17 · count
   * values. x and y in source pixels, possibly outside the picture; score 0..1.
   */
  readonly keypoints: Float32Array;
}

/** One keypoint of a pose: a place in source pixels and how sure the model is of it, 0..1. */
export interface Keypoint {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** A keypoint of the person at `person`; `index` as in `COCO_KEYPOINTS`. */
export function keypointAt({ keypoints }: Pick<Poses, "keypoints">, person: number, index: number): Keypoint {
  const at = 3 * (person * COCO_KEYPOINTS.length + index);
  return { x: keypoints[at] ?? 0, y: keypoints[at + 1] ?? 0, score: keypoints[at + 2] ?? 0 };
}

/** The five landmarks of a face in their usual order; left and right are the person's own. */
export const FACE_LANDMARKS = ["right_eye", "left_eye", "nose", "right_mouth", "left_mouth"] as const;

/** Faces in one picture, as a struct of arrays of `count` items. */
export interface Faces {
  readonly count: number;
  /** x1 y1 x2 y2 per face in source pixels; they may end outside the picture. */
  readonly boxes: Float32Array;
  /** 0..1 per face. */
  readonly scores: Float32Array;
  /**
   * x, y per landmark in source pixels, in the order of `FACE_LANDMARKS`: 10 · count values, not a number where the
   * model does not give a landmark. Null when it gives none at all.
   */
  readonly landmarks: Float32Array | null;
}

/** What a classifier takes one picture for. */
export interface Classification {
  /** The best class: an index into the model's class names. */
  readonly classIndex: number;
  /** Its probability. */
  readonly score: number;
  /** The probability of every class. */
  readonly scores: Float32Array;
}

/** A face's or person's appearance as a vector of length 1: the more alike, the larger the scalar product of two. */
export type Embedding = Float32Array;
