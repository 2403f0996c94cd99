import type { ModelDescription } from "@sensorium/model-import";
import { type Detections, SensoriumError } from "@sensorium/protocol";
import { cellCount, DetectionList, suppress } from "./boxes.ts";
import { COCO_CLASSES } from "./coco-classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";

const STRIDES = [8, 16, 32];
const MAX_IOU = 0.65;

/**
 * YOLOX (Ge et al. 2021, arXiv 2107.08430), exported without its grid: one output [1, cells, 5 + classes] of
 * x, y offsets and log sizes in strides, then objectness and class probabilities.
 */
export const yolox: DetectorFamily = {
  name: "yolox",
  outputs: null,

  recognise({ inputs, outputs }: ModelDescription) {
    const [, channels, height, width] = inputs[0]?.shape ?? [];
    const [, cells, values] = outputs[0]?.shape ?? [];
    if (inputs.length !== 1 || outputs.length !== 1 || outputs[0]?.shape?.length !== 3) return null;
    if (channels !== 3 || typeof height !== "number" || typeof width !== "number") return null;
    if (typeof values !== "number" || values < 6 || cells !== cellCount({ width, height }, STRIDES)) return null;
    const count = values - 5;
    return {
      task: "detect",
      family: "yolox",
      input: {
        width,
        height,
        fit: "contain-topleft",
        pad: 114,
        order: "bgr",
        mean: [0, 0, 0],
        std: [1, 1, 1],
        layout: "nchw",
      },
      classes:
        count === COCO_CLASSES.length ? [...COCO_CLASSES] : Array.from({ length: count }, (_, i) => `class ${i}`),
      thresholds: { low: 0.1, high: 0.45, start: 0.5 },
      licence: "as its publisher states",
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const [output] = outputs.values();
    const { width, height } = context.input;
    const [, cells, values] = output?.shape ?? [];
    if (!output || values === undefined || cells !== cellCount({ width, height }, STRIDES)) {
      throw new SensoriumError("model-invalid", `the output [${output?.shape ?? ""}] is not that of a YOLOX model`);
    }
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
  let best = -1;
  let score = context.minScore;
  for (const classIndex of context.classes) {
    const candidate = objectness * (values[5 + classIndex] ?? 0);
    if (!(candidate >= score)) continue;
    score = candidate;
    best = classIndex;
  }
  if (best < 0) return;
  const { stride, columns } = map;
  const x = ((cell % columns) + dx) * stride;
  const y = (Math.floor(cell / columns) + dy) * stride;
  const halfWidth = (Math.exp(dw) * stride) / 2;
  const halfHeight = (Math.exp(dh) * stride) / 2;
  found.add([x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight], score, best);
}
