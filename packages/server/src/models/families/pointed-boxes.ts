import { pickDetections } from "@sensorium/protocol";
import { type Corners, DetectionList, survivors } from "./boxes.ts";
import type { DecodeContext } from "./family.ts";
import { placement } from "./placement.ts";

/** Boxes with points that belong to each: a face's landmarks, a body's keypoints. */
export interface PointedBoxes {
  readonly count: number;
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly points: Float32Array;
}

/** Collects boxes with as many points each; all in pixels of the model's input. */
export class PointedBoxList {
  readonly #found = new DetectionList();
  readonly #points: number[] = [];
  readonly #valuesPerPoint: 2 | 3;
  readonly #size: number;

  /** Each box has `count` points of x, y and perhaps a third value that is left as it is. */
  constructor(count: number, valuesPerPoint: 2 | 3) {
    this.#valuesPerPoint = valuesPerPoint;
    this.#size = count * valuesPerPoint;
  }

  /** As `DetectionList.add`. */
  add(corners: Corners, score: number, points: ArrayLike<number>): void {
    if (!this.#found.add(corners, score, 0)) return;
    for (let i = 0; i < this.#size; i++) this.#points.push(points[i] ?? Number.NaN);
  }

  /** In source pixels, of boxes that overlap by more than `maxIou` the best. */
  best(context: DecodeContext, maxIou: number): PointedBoxes {
    const detections = this.#found.inSource(context);
    const kept = survivors(detections, maxIou);
    const { count, boxes, scores } = pickDetections(detections, kept);
    const { toX, toY } = placement(context);
    const size = this.#size;
    const points = new Float32Array(count * size);
    kept.forEach((from, to) => {
      for (let i = 0; i < size; i++) {
        const value = this.#points[from * size + i] ?? Number.NaN;
        const part = i % this.#valuesPerPoint;
        points[to * size + i] = part === 0 ? toX(value) : part === 1 ? toY(value) : value;
      }
    });
    return { count, boxes, scores, points };
  }
}
