import type { ModelDescription } from "@sensorium/model-import";
import type { Detections } from "@sensorium/protocol";
import { classNames } from "../labels.ts";
import { around, type Corners, cellCount, DetectionList, suppress } from "./boxes.ts";
import { bestClass } from "./classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { licenceOf, stridesOf } from "./metadata.ts";
import { onlyOutput, outputOf, pictureSize } from "./shapes.ts";
import { ultralyticsInput } from "./ultralytics-input.ts";

const ANCHORS = 3;
const MAX_IOU = 0.6;

/**
 * YOLOv5 and YOLOv7 as Ultralytics exports them: one output [1, 3 · cells, 5 + classes] of box centre and size in input
 * pixels, objectness and class probabilities; three anchors per cell.
 */
export const yolov5: DetectorFamily = {
  task: "detect",
  name: "yolov5",
  outputs: null,

  recognise(description: ModelDescription) {
    const { metadata } = description;
    const size = pictureSize(description);
    const [, rows, values = 0, ...more] = onlyOutput(description) ?? [];
    if (!size || more.length > 0 || values < 6 || rows !== ANCHORS * cellCount(size, stridesOf(metadata))) return null;
    return {
      task: "detect",
      family: "yolov5",
      input: ultralyticsInput(size),
      classes: classNames(values - 5, metadata),
      thresholds: { low: 0.1, high: 0.3, start: 0.35 },
      licence: licenceOf(metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const { data, shape } = outputOf(outputs, {
      family: "YOLOv5",
      fits: (shape) => shape.length === 3 && (shape[2] ?? 0) >= 6,
    });
    const values = shape[2] ?? 0;
    const found = new DetectionList();
    for (const at of rowsWithObjects(data, { values, minScore: context.minScore })) {
      const { classIndex, value } = bestClass(data.subarray(at + 5, at + values), context.classes);
      const score = (data[at + 4] ?? 0) * value;
      if (classIndex >= 0 && score >= context.minScore) found.add(boxIn(data, at), score, classIndex);
    }
    return suppress(found.inSource(context), MAX_IOU);
  },
};

/** Where the few rows begin that have an objectness worth looking at: a loop of its own, for 25 200 rows at 640×640. */
function rowsWithObjects(data: Float32Array, { values, minScore }: Rows): number[] {
  const rows: number[] = [];
  for (let at = 4; at < data.length; at += values) {
    if ((data[at] ?? 0) >= minScore) rows.push(at - 4);
  }
  return rows;
}

interface Rows {
  /** In each row. */
  readonly values: number;
  readonly minScore: number;
}

/** The box of the row that begins at `at`. */
function boxIn(data: Float32Array, at: number): Corners {
  const centre = { x: data[at] ?? 0, y: data[at + 1] ?? 0 };
  return around(centre, { width: data[at + 2] ?? 0, height: data[at + 3] ?? 0 });
}
