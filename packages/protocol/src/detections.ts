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
