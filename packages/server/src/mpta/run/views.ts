import type { Box } from "@sensorium/perception";
import type { Size } from "@sensorium/protocol";
import { fitPicture } from "../../capture/tap.ts";
import type { PictureFormat } from "../../flow/frame.ts";
import type { View } from "./node-model.ts";

/** A part of a source, and the exact size to which it is scaled. */
export interface Cut {
  readonly region: Box;
  readonly format: PictureFormat;
}

/** A view as a detector takes it: in the proportions that were asked for, as large as the model's input allows. */
export function cutToFit({ region, resize = sizeOf(region) }: View, input: PictureFormat): Cut {
  return { region, format: { ...fitPicture(resize, input), fit: "stretch" } };
}

/**
 * A view as a classifier takes it: the middle of it, in the proportions of the model's input, as classifiers are trained
 * and as Ultralytics runs them.
 *
 *     ┌──┬─────┬──┐
 *     │  │ cut │  │
 *     └──┴─────┴──┘
 */
export function cutMiddle({ region, resize = sizeOf(region) }: View, input: PictureFormat): Cut {
  const { width, height } = input;
  const wider = (resize.width * height) / (resize.height * width);
  const [across, down] = [Math.min(1, 1 / wider), Math.min(1, wider)];
  const [x1, x2] = middleOf(region.x1, region.x2, across);
  const [y1, y2] = middleOf(region.y1, region.y2, down);
  return { region: { x1, y1, x2, y2 }, format: { width, height, fit: "stretch" } };
}

/** At least one pixel, however small the part. */
function middleOf(from: number, to: number, part: number): readonly [number, number] {
  const length = Math.max(1, Math.round((to - from) * part));
  const start = from + Math.floor((to - from - length) / 2);
  return [start, start + length];
}

/** The whole pixels of a box that lie inside of a view; undefined when there are none. */
export function boxWithin(box: Box, view: Box): Box | undefined {
  const x1 = Math.max(view.x1, Math.floor(box.x1));
  const y1 = Math.max(view.y1, Math.floor(box.y1));
  const x2 = Math.min(view.x2, Math.ceil(box.x2));
  const y2 = Math.min(view.y2, Math.ceil(box.y2));
  return x2 > x1 && y2 > y1 ? { x1, y1, x2, y2 } : undefined;
}

const sizeOf = ({ x1, y1, x2, y2 }: Box): Size => ({ width: x2 - x1, height: y2 - y1 });
