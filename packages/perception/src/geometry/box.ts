import type { Detections, Size } from "@sensorium/protocol";
import type { Point } from "./point.ts";

/** Boxes as a struct of arrays: x1 y1 x2 y2 per item. */
export type Boxes = Pick<Detections, "count" | "boxes">;

/** The corners of one box, top-left and bottom-right. */
export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** The box at `index`. */
export const boxAt = ({ boxes }: Pick<Boxes, "boxes">, index: number): Box => ({
  x1: boxes[4 * index] ?? 0,
  y1: boxes[4 * index + 1] ?? 0,
  x2: boxes[4 * index + 2] ?? 0,
  y2: boxes[4 * index + 3] ?? 0,
});

/** Horizontal and vertical fraction of the box at which each anchor sits. */
const anchors = {
  "top-left": [0, 0],
  "top-centre": [0.5, 0],
  "top-right": [1, 0],
  "centre-left": [0, 0.5],
  centre: [0.5, 0.5],
  "centre-right": [1, 0.5],
  "bottom-left": [0, 1],
  "bottom-centre": [0.5, 1],
  "bottom-right": [1, 1],
} as const satisfies Record<string, readonly [number, number]>;

/** The point of a box that stands for the whole: `bottom-centre` is where a person's feet are. */
export type Anchor = keyof typeof anchors;

/** Every anchor, for parsers and menus. */
export const anchorNames = Object.keys(anchors) as readonly Anchor[];

/** The anchor of one box in pixels, moved into the picture because a box may end outside it. */
export function anchorOf(boxes: Boxes, index: number, { anchor, size }: { anchor: Anchor; size: Size }): Point {
  const [across, down] = anchors[anchor];
  const { x1, y1, x2, y2 } = boxAt(boxes, index);
  return {
    x: clamp(x1 + across * (x2 - x1), size.width),
    y: clamp(y1 + down * (y2 - y1), size.height),
  };
}

/** The middle of one box, which may be outside the picture. */
export function centreOf(boxes: Pick<Boxes, "boxes">, index: number): Point {
  const { x1, y1, x2, y2 } = boxAt(boxes, index);
  return { x: (x1 + x2) / 2, y: (y1 + y2) / 2 };
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(0, value));

/** Whether the box at `index` has finite corners in order and an area. */
export function hasArea(boxes: Boxes, index: number): boolean {
  const { x1, y1, x2, y2 } = boxAt(boxes, index);
  return x2 > x1 && y2 > y1 && Number.isFinite(x2 - x1) && Number.isFinite(y2 - y1);
}
