import { type Detections, SensoriumError } from "@sensorium/protocol";
import { DetectionList, suppress } from "./boxes.ts";
import { COCO_CLASSES } from "./coco-classes.ts";
import type { DecodeContext, DetectorFamily, OutputTensor } from "./family.ts";
import { RAW } from "./normalisation.ts";

const OUTPUT = "tower_0/detections";
const VALUES = 6;
const MAX_IOU = 0.5;

/**
 * CenterNet (Zhou et al. 2019, arXiv 1904.07850) on MobileNetV3 with its peaks already picked inside the graph: one
 * output [1, 100, 6] of x1 y1 x2 y2 in input pixels, score, class. It repeats a box under several classes and its
 * boxes may end outside the picture.
 */
export const centernet: DetectorFamily = {
  task: "detect",
  name: "centernet",
  outputs: [OUTPUT],

  recognise({ inputs, outputs }) {
    if (inputs.length !== 1 || !outputs.some(({ name }) => name === OUTPUT)) return null;
    return {
      task: "detect",
      family: "centernet",
      input: { width: 512, height: 512, fit: "stretch", pad: 0, order: "rgb", ...RAW, layout: "nchw" },
      classes: [...COCO_CLASSES],
      // Lower than for other families (33, 66 and 77 % right): at theirs it misses people whom it places well.
      thresholds: { low: 0.1, high: 0.2, start: 0.25 },
      licence: "MIT",
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Detections {
    const output = outputs.get(OUTPUT);
    if (!output || output.shape.at(-1) !== VALUES) {
      throw new SensoriumError("model-invalid", `the output ${OUTPUT} [1,100,${VALUES}] of a CenterNet is missing`);
    }
    const found = new DetectionList();
    for (let at = 0; at + VALUES <= output.data.length; at += VALUES) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0, score = 0, classIndex = 0] = output.data.subarray(at, at + VALUES);
      if (score >= context.minScore && context.classes.has(classIndex)) found.add([x1, y1, x2, y2], score, classIndex);
    }
    return suppress(found.inSource(context), MAX_IOU);
  },
};
