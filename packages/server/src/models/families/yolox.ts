import type { ModelDescription } from "@sensorium/model-import";
import type { Detections } from "@sensorium/protocol";
import { classNames } from "../labels.ts";
import { around, cellCount, DetectionList, suppress } from "./boxes.ts";
import { bestClass } from "./classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { RAW } from "./normalisation.ts";
import { onlyOutput, outputOf, pictureSize } from "./shapes.ts";

const STRIDES = [8, 16, 32];
const MAX_IOU = 0.6;

/**
 * YOLOX (Ge et al. 2021, arXiv 2107.08430), exported without its grid: one output [1, cells, 5 + classes] of
 * x, y offsets and log sizes in strides, then objectness and class probabilities.
 */
export const yolox: DetectorFamily = {
  task: "detect",
  name: "yolox",
  outputs: null,

  recognise(description: ModelDescription) {
    const { metadata } = description;
    const size = pictureSize(description);
    const [, cells, values = 0, ...more] = onlyOutput(description) ?? [];
    if (!size || more.length > 0 || values < 6 || cells !== cellCount(size, STRIDES)) return null;
    return {
      task: "detect",
      family: "yolox",
      input: { ...size, fit: "contain-topleft", pad: 114, order: "bgr", ...RAW, layout: "nchw" },
      classes: classNames(values - 5, metadata),
      thresholds: { low: 0.1, high: 0.45, start: 0.5 },
      licence: licenceOf(metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const { width, height } = context.input;
    const output = outputOf(outputs, {
      family: "YOLOX",
      fits: (shape) => shape.length === 3 && shape[1] === cellCount({ width, height }, STRIDES),
    });
    const values = output.shape[2] ?? 0;
    const found = new DetectionList();
    let first = 0;
    for (const stride of STRIDES) {
      const map: FeatureMap = { stride, columns: Math.ceil(width / stride), first };
      first += map.columns * Math.ceil(height / stride);
      for (let row = map.first; row < first; row++) {
        // Almost all cells are empty: they cost one comparison.
        if ((output.data[row * values + 4] ?? 0) < context.minScore) continue;
        readCell(output.data.subarray(row * values, (row + 1) * values), row - map.first, { map, context, found });
      }
    }
    return suppress(found.inSource(context), MAX_IOU);
  },
};

/** One of the maps of cells that the rows of the output stand for. */
interface FeatureMap {
  /** Input pixels per cell. */
  readonly stride: number;
  readonly columns: number;
  /** Row of its first cell. */
  readonly first: number;
}

interface Reading {
  readonly map: FeatureMap;
  readonly context: DecodeContext;
  readonly found: DetectionList;
}

function readCell(values: Float32Array, cell: number, { map, context, found }: Reading): void {
  const [dx = 0, dy = 0, dw = 0, dh = 0, objectness = 0] = values;
  const { classIndex, value } = bestClass(values.subarray(5), context.classes);
  const score = objectness * value;
  if (classIndex < 0 || !(score >= context.minScore)) return;
  const { stride, columns } = map;
  const centre = { x: ((cell % columns) + dx) * stride, y: (Math.floor(cell / columns) + dy) * stride };
  found.add(around(centre, { width: Math.exp(dw) * stride, height: Math.exp(dh) * stride }), score, classIndex);
}
