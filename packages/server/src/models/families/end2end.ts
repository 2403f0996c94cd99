import type { ModelDescription } from "@sensorium/model-import";
import type { Detections } from "@sensorium/protocol";
import { parseClassNames } from "../labels.ts";
import { DetectionList } from "./boxes.ts";
import { COCO_CLASSES } from "./coco-classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { licenceOf, picksBoxes } from "./metadata.ts";
import { outputOf, pictureSize } from "./shapes.ts";
import { ultralyticsInput } from "./ultralytics-input.ts";

const VALUES = 6;
const MOST_ROWS = 1000;

/**
 * Detectors that need no suppression: YOLOv10, YOLO26 and Ultralytics exports with `nms=True`. One output [1, 300, 6]
 * of x1 y1 x2 y2 in input pixels, score, class; rows without an object have score 0.
 */
export const end2end: DetectorFamily = {
  task: "detect",
  name: "end2end",
  outputs: null,

  recognise(description: ModelDescription) {
    const { metadata, outputs } = description;
    const size = pictureSize(description);
    const [, rows = 0, values, ...more] = outputs[0]?.shape ?? [];
    if (!size || outputs.length !== 1 || more.length > 0 || values !== VALUES) return null;
    if (typeof rows === "number" ? rows > MOST_ROWS : !picksBoxes(metadata)) return null;
    return {
      task: "detect",
      family: "end2end",
      input: ultralyticsInput(size),
      classes: metadata.names === undefined ? [...COCO_CLASSES] : parseClassNames(metadata.names),
      thresholds: { low: 0.1, high: 0.25, start: 0.35 },
      licence: licenceOf(metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const { data } = outputOf(outputs, {
      family: "NMS-free",
      fits: (shape) => shape.length === 3 && shape[2] === VALUES,
    });
    const found = new DetectionList();
    for (let at = 0; at + VALUES <= data.length; at += VALUES) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, classIndex = 0] = data.subarray(at, at + VALUES);
      if (score >= context.minScore && context.classes.has(classIndex)) found.add([x1, y1, x2, y2], score, classIndex);
    }
    return found.inSource(context);
  },
};
