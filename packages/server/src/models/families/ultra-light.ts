import type { ModelDescription } from "@sensorium/model-import";
import { type Faces, SensoriumError } from "@sensorium/protocol";
import { bestFaces, FACE_DETECTOR_CROP, faceList } from "./faces.ts";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { pictureSize } from "./shapes.ts";

const NO_LANDMARKS: readonly number[] = [];

/**
 * Ultra-Light-Fast-Generic-Face-Detector (Linzaer, 2019): an output [1, boxes, 2] of the probabilities of nothing and
 * of a face, and one [1, boxes, 4] of corners in parts of the input. It gives no landmarks.
 */
export const ultraLight: Family<"face-detect"> = {
  task: "face-detect",
  name: "ultra-light",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    if (!size || partsOf(description.outputs) === null) return null;
    return {
      task: "face-detect",
      family: "ultra-light",
      input: {
        ...size,
        fit: "stretch",
        pad: 0,
        order: "rgb",
        mean: [127, 127, 127],
        std: [128, 128, 128],
        layout: "nchw",
      },
      crop: FACE_DETECTOR_CROP,
      minScore: 0.7,
      licence: licenceOf(description.metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Faces {
    const tensors = [...outputs.values()];
    const parts = partsOf(tensors);
    if (!parts) {
      const shapes = tensors.map(({ shape }) => `[${shape}]`).join(", ");
      throw new SensoriumError("model-invalid", `the outputs ${shapes} are not those of an Ultra-Light face model`);
    }
    const { width, height } = context.input;
    const found = faceList();
    const [scores, boxes] = [parts.scores.data, parts.boxes.data];
    for (let box = 0; 2 * box < scores.length; box++) {
      const score = scores[2 * box + 1] ?? 0;
      if (!(score >= context.minScore)) continue;
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(4 * box, 4 * box + 4);
      found.add([x1 * width, y1 * height, x2 * width, y2 * height], score, NO_LANDMARKS);
    }
    return { ...bestFaces(found, context), landmarks: null };
  },
};

/** Scores and boxes by their shapes; null when there is anything else. */
function partsOf<Tensor extends { readonly shape: readonly (number | string)[] | null }>(tensors: readonly Tensor[]) {
  const of = (values: number): Tensor | undefined =>
    tensors.find(({ shape }) => shape?.length === 3 && shape[0] === 1 && shape[2] === values);
  const [scores, boxes] = [of(2), of(4)];
  if (tensors.length !== 2 || !scores || !boxes || scores.shape?.[1] !== boxes.shape?.[1]) return null;
  return { scores, boxes };
}
