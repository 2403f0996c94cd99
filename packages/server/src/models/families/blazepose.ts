import type { ModelDescription } from "@sensorium/model-import";
import { type Poses, SensoriumError } from "@sensorium/protocol";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { logistic } from "./logistic.ts";
import { UNIT } from "./normalisation.ts";
import { pictureSize } from "./shapes.ts";
import { singlePose } from "./single-pose.ts";

/** 33 landmarks of the body and 6 that help to find the next crop. */
const LANDMARKS = 39;
const VALUES = 5;

/** Which of the landmarks are COCO's keypoints, in COCO's order. */
const COCO_AMONG_LANDMARKS = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28];

/**
 * BlazePose (Bazarevsky et al. 2020, arXiv 2006.10204), its landmark network: one output [1, 195] of x, y, z in pixels
 * of the input, and visibility and presence before the logistic function, for 39 landmarks; another [1, 1] says how
 * sure it is of a person. COCO's keypoints are read of them; a keypoint's score is its visibility.
 */
export const blazepose: Family<"pose"> = {
  task: "pose",
  name: "blazepose",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    const has = (length: number): boolean => description.outputs.some(({ shape }) => shape?.join() === `1,${length}`);
    if (!size || !has(LANDMARKS * VALUES) || !has(1)) return null;
    return {
      task: "pose",
      family: "blazepose",
      input: { ...size, fit: "contain-centre", pad: 0, order: "rgb", ...UNIT, layout: "nchw" },
      crop: { margin: 0.15, square: false },
      minScore: 0.5,
      licence: "Apache-2.0",
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Poses {
    const tensors = [...outputs.values()];
    const landmarks = tensors.find(({ data }) => data.length === LANDMARKS * VALUES)?.data;
    const score = tensors.find(({ data }) => data.length === 1)?.data[0];
    if (!landmarks || score === undefined) {
      const shapes = tensors.map(({ shape }) => `[${shape}]`).join(", ");
      throw new SensoriumError("model-invalid", `the outputs ${shapes} are not those of a BlazePose model`);
    }
    const keypoints = COCO_AMONG_LANDMARKS.flatMap((landmark) => {
      const [x = 0, y = 0, , visibility = 0] = landmarks.subarray(landmark * VALUES, (landmark + 1) * VALUES);
      return [x, y, logistic(visibility)];
    });
    return singlePose(Float32Array.from(keypoints), score, context);
  },
};
