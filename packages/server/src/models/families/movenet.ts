import type { ModelDescription } from "@sensorium/model-import";
import { COCO_KEYPOINTS, type Poses } from "@sensorium/protocol";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { RAW } from "./normalisation.ts";
import { onlyOutput, outputOf, pictureSize } from "./shapes.ts";
import { singlePose } from "./single-pose.ts";

const POINTS = COCO_KEYPOINTS.length;

/**
 * MoveNet for one person (Votel and Li 2021, Google): one output [1, 1, 17, 3] of y, x as parts of the input, and
 * score, per keypoint of COCO. It wants the person in the middle of the picture, with some room.
 */
export const movenet: Family<"pose"> = {
  task: "pose",
  name: "movenet",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    const [, one, points, values, ...more] = onlyOutput(description) ?? [];
    if (!size || more.length > 0 || one !== 1 || points !== POINTS || values !== 3) return null;
    return {
      task: "pose",
      family: "movenet",
      input: { ...size, fit: "contain-centre", pad: 0, order: "rgb", ...RAW, layout: "nchw" },
      crop: { margin: 0.15, square: false },
      minScore: 0.2,
      licence: "Apache-2.0",
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Poses {
    const { data } = outputOf(outputs, { family: "MoveNet", fits: (shape) => shape.join() === `1,1,${POINTS},3` });
    const { width, height } = context.input;
    const keypoints = new Float32Array(3 * POINTS);
    let total = 0;
    for (let at = 0; at < keypoints.length; at += 3) {
      const [y = 0, x = 0, score = 0] = data.subarray(at, at + 3);
      keypoints.set([x * width, y * height, score], at);
      total += score / POINTS;
    }
    return singlePose(keypoints, total, context);
  },
};
