import type { ModelDescription } from "@sensorium/model-import";
import type { Detections } from "@sensorium/protocol";
import { classNames } from "../labels.ts";
import { around, cellCount, DetectionList, suppress } from "./boxes.ts";
import { bestClasses } from "./classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { licenceOf, stridesOf } from "./metadata.ts";
import { onlyOutput, outputOf, pictureSize } from "./shapes.ts";
import { ultralyticsInput } from "./ultralytics-input.ts";

const MAX_IOU = 0.6;

/**
 * YOLOv8, YOLO11 and their like as Ultralytics exports them: one output [1, 4 + classes, cells], the rows being box
 * centre and size in input pixels, then the probability of each class.
 */
export const yolov8: DetectorFamily = {
  task: "detect",
  name: "yolov8",
  outputs: null,

  recognise(description: ModelDescription) {
    const { metadata } = description;
    const size = pictureSize(description);
    const [, values = 0, cells, ...more] = onlyOutput(description) ?? [];
    if (!size || more.length > 0 || values < 5 || cells !== cellCount(size, stridesOf(metadata))) return null;
    return {
      task: "detect",
      family: "yolov8",
      input: ultralyticsInput(size),
      classes: classNames(values - 4, metadata),
      thresholds: { low: 0.1, high: 0.25, start: 0.35 },
      licence: licenceOf(metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const { data, shape } = outputOf(outputs, {
      family: "YOLOv8",
      fits: (shape) => shape.length === 3 && (shape[1] ?? 0) >= 5,
    });
    const cells = shape[2] ?? 0;
    const { minScore } = context;
    const { values, classes } = bestClasses(data.subarray(4 * cells), {
      cells,
      wanted: context.classes,
      least: minScore,
    });
    const found = new DetectionList();
    for (let cell = 0; cell < cells; cell++) {
      const score = values[cell] ?? 0;
      if (!(score >= minScore)) continue;
      const centre = { x: data[cell] ?? 0, y: data[cells + cell] ?? 0 };
      const size = { width: data[2 * cells + cell] ?? 0, height: data[3 * cells + cell] ?? 0 };
      found.add(around(centre, size), score, classes[cell] ?? 0);
    }
    return suppress(found.inSource(context), MAX_IOU);
  },
};
