import { type Box, boxAt, iou } from "@sensorium/perception";
import { type Detections, pickDetections, type Size } from "@sensorium/protocol";
import type { DecodeContext } from "./family.ts";

/** Collects detections whose number is not known beforehand; boxes in pixels of the model's input. */
export class DetectionList {
  readonly #boxes: number[] = [];
  readonly #scores: number[] = [];
  readonly #classes: number[] = [];

  /** Boxes without area or with values that are no numbers are left out. */
  add(box: readonly [number, number, number, number], score: number, classIndex: number): void {
    const [x1, y1, x2, y2] = box;
    if (!(x2 > x1 && y2 > y1 && Number.isFinite(x2 - x1 + y2 - y1 + score))) return;
    this.#boxes.push(x1, y1, x2, y2);
    this.#scores.push(score);
    this.#classes.push(classIndex);
  }

  /** The detections in source pixels. */
  inSource(context: DecodeContext): Detections {
    const { scaleX, scaleY, left, top } = placement(context);
    return {
      count: this.#scores.length,
      boxes: Float32Array.from(this.#boxes, (value, i) =>
        i % 2 === 0 ? (value - left) * scaleX : (value - top) * scaleY,
      ),
      scores: Float32Array.from(this.#scores),
      classes: Uint16Array.from(this.#classes),
    };
  }
}

/** How the source lies in the model's input: source = (input − offset) · scale. */
function placement({ input, picture, source }: DecodeContext) {
  const centred = input.fit === "contain-centre";
  const free = (whole: number, part: number): number => (centred ? Math.floor((whole - part) / 2) : 0);
  return {
    scaleX: source.width / picture.width,
    scaleY: source.height / picture.height,
    left: free(input.width, picture.width),
    top: free(input.height, picture.height),
  };
}

/** Greedy non-maximum suppression within each class: of boxes that overlap by more than `maxIou` the best stays. */
export function suppress(detections: Detections, maxIou: number): Detections {
  const order = Array.from({ length: detections.count }, (_, i) => i);
  order.sort((one, other) => (detections.scores[other] ?? 0) - (detections.scores[one] ?? 0));
  const kept: number[] = [];
  const boxes = order.map((i) => boxAt(detections, i));
  const keptBoxes: { readonly box: Box; readonly classIndex: number | undefined }[] = [];
  order.forEach((index, rank) => {
    const box = boxes[rank];
    const classIndex = detections.classes[index];
    if (!box || keptBoxes.some((other) => other.classIndex === classIndex && iou(other.box, box) > maxIou)) return;
    kept.push(index);
    keptBoxes.push({ box, classIndex });
  });
  return pickDetections(detections, kept);
}

/** The number of cells of feature maps at `strides` over an input. */
export function cellCount({ width, height }: Size, strides: readonly number[]): number {
  return strides.reduce((sum, stride) => sum + Math.ceil(width / stride) * Math.ceil(height / stride), 0);
}
