import type { ModelDescription } from "@sensorium/model-import";
import type { Detections } from "@sensorium/protocol";
import { classNames } from "../labels.ts";
import { around, DetectionList, suppress } from "./boxes.ts";
import { bestClasses } from "./classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { logistic } from "./logistic.ts";
import { licenceOf } from "./metadata.ts";
import { onlyOutput, outputOf, pictureSize } from "./shapes.ts";

const STRIDE = 16;
const MAX_IOU = 0.45;

/**
 * FastestDet (dog-qiuqiu, 2022): one map [1, 5 + classes, rows, columns] of objectness, the box centre's offset from
 * its cell (through tanh), the box size as a part of the picture (through the logistic function), and class
 * probabilities. The score is objectness^0.6 · class^0.4.
 */
export const fastestdet: DetectorFamily = {
  task: "detect",
  name: "fastestdet",
  outputs: null,

  recognise(description: ModelDescription) {
    const { metadata } = description;
    const size = pictureSize(description);
    const [, values = 0, rows, columns, ...more] = onlyOutput(description) ?? [];
    if (!size || more.length > 0 || values < 6) return null;
    if (rows !== size.height / STRIDE || columns !== size.width / STRIDE) return null;
    return {
      task: "detect",
      family: "fastestdet",
      input: { ...size, fit: "stretch", pad: 0, order: "bgr", mean: [0, 0, 0], std: [255, 255, 255], layout: "nchw" },
      classes: classNames(values - 5, metadata),
      thresholds: { low: 0.45, high: 0.7, start: 0.75 },
      licence: licenceOf(metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const { data, shape } = outputOf(outputs, {
      family: "FastestDet",
      fits: (shape) => shape.length === 4 && (shape[1] ?? 0) >= 6,
    });
    const [, , rows = 0, columns = 0] = shape;
    const cells = rows * columns;
    const { width, height } = context.input;
    const { values, classes } = bestClasses(data.subarray(5 * cells), { cells, wanted: context.classes, least: 0 });
    const found = new DetectionList();
    values.forEach((value, cell) => {
      const [objectness = 0, dx = 0, dy = 0, w = 0, h = 0] = [0, 1, 2, 3, 4].map(
        (map) => data[map * cells + cell] ?? 0,
      );
      const score = objectness ** 0.6 * value ** 0.4;
      if (!(score >= context.minScore)) return;
      const centre = {
        x: (((cell % columns) + Math.tanh(dx)) / columns) * width,
        y: ((Math.floor(cell / columns) + Math.tanh(dy)) / rows) * height,
      };
      const size = { width: logistic(w) * width, height: logistic(h) * height };
      found.add(around(centre, size), score, classes[cell] ?? 0);
    });
    return suppress(found.inSource(context), MAX_IOU);
  },
};
