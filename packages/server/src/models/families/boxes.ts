import { type Box, boxAt, iou } from "@sensorium/perception";
import { type Detections, pickDetections, type Size } from "@sensorium/protocol";
import type { DecodeContext } from "./family.ts";
import { placement } from "./placement.ts";

/** Left, top, right and bottom in pixels of the model's input. */
export type Corners = readonly [x1: number, y1: number, x2: number, y2: number];

/** No box of a picture reaches farther; it also keeps what is no number out. */
const FARTHEST = 1e6;
/** One picture gives no more: it bounds what a model gone wrong costs. */
const MOST = 300;

/** Collects detections whose number is not known beforehand; boxes in pixels of the model's input. */
export class DetectionList {
  readonly #boxes: number[] = [];
  readonly #scores: number[] = [];
  readonly #classes: number[] = [];

  /** Boxes without area or with values that are no numbers are left out; whether it was taken. */
  add([x1, y1, x2, y2]: Corners, score: number, classIndex: number): boolean {
    if (!(x2 > x1 && y2 > y1 && Math.max(-x1, -y1, x2, y2) < FARTHEST && Number.isFinite(score))) return false;
    this.#boxes.push(x1, y1, x2, y2);
    this.#scores.push(Math.min(1, score));
    this.#classes.push(classIndex);
    return true;
  }

  /** The detections in source pixels. */
  inSource(context: DecodeContext): Detections {
    const { toX, toY } = placement(context);
    return {
      count: this.#scores.length,
      boxes: new Float32Array(this.#boxes.map((value, i) => (i % 2 === 0 ? toX(value) : toY(value)))),
      scores: new Float32Array(this.#scores),
      classes: new Uint16Array(this.#classes),
    };
  }
}

/** The box of a size around its centre. */
export function around({ x, y }: { readonly x: number; readonly y: number }, { width, height }: Size): Corners {
  return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
}

/**
 * Greedy non-maximum suppression within each class: of boxes that overlap by more than `maxIou` the best stays. The
 * best 300 are kept.
 */
export function suppress(detections: Detections, maxIou: number): Detections {
  return pickDetections(detections, survivors(detections, maxIou));
}

/** The indices of the boxes that `suppress` keeps, the best first. */
export function survivors(detections: Detections, maxIou: number): number[] {
  const { scores, classes, count } = detections;
  const order = Array.from({ length: count }, (_, i) => i);
  order.sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0));
  const kept: number[] = [];
  const keptOf = new Map<number, Box[]>();
  for (const index of order) {
    if (kept.length === MOST) break;
    const classIndex = classes[index] ?? 0;
    const box = boxAt(detections, index);
    const others = keptOf.get(classIndex) ?? [];
    if (others.some((other) => iou(other, box) > maxIou)) continue;
    others.push(box);
    keptOf.set(classIndex, others);
    kept.push(index);
  }
  return kept;
}

/** The number of cells of feature maps at `strides` over an input. */
export function cellCount({ width, height }: Size, strides: readonly number[]): number {
  return strides.reduce((sum, stride) => sum + Math.ceil(width / stride) * Math.ceil(height / stride), 0);
}
