import type { ModelDescription } from "@sensorium/model-import";
import { type Faces, SensoriumError, type Size } from "@sensorium/protocol";
import { around, type Corners } from "./boxes.ts";
import { bestFaces, FACE_DETECTOR_CROP, faceList } from "./faces.ts";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { pictureSize } from "./shapes.ts";

const NO_LANDMARKS: readonly number[] = [];

/** Its maps, and the sides in input pixels of the square anchors in the centre of each cell. */
const MAPS = [
  { stride: 8, sides: [10, 16, 24] },
  { stride: 16, sides: [32, 48] },
  { stride: 32, sides: [64, 96] },
  { stride: 64, sides: [128, 192, 256] },
] as const;
/** By which offsets and log sizes are scaled, as in SSD (Liu et al. 2016, arXiv 1512.02325). */
const VARIANCES = { centre: 0.1, size: 0.2 };

/**
 * Ultra-Light-Fast-Generic-Face-Detector (Linzaer, 2019): an output [1, boxes, 2] of the probabilities of nothing and
 * of a face, and one [1, boxes, 4] of centre offset and log size from an anchor, or in exports that decode by
 * themselves, of corners in parts of the input. It gives no landmarks.
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
    const { input, minScore } = context;
    const boxes = parts.boxes.data;
    const read = areCorners(boxes) ? (box: number) => cornersAt(boxes, box, input) : anchored(boxes, input);
    const found = faceList();
    parts.scores.data.forEach((score, at) => {
      if (at % 2 === 1 && score >= minScore) found.add(read((at - 1) / 2), score, NO_LANDMARKS);
    });
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

/** Whether every box ends to the right of and below its beginning: offsets from anchors do not. */
function areCorners(boxes: Float32Array): boolean {
  for (let at = 0; at < boxes.length; at += 4) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(at, at + 4);
    if (!(x2 >= x1 && y2 >= y1)) return false;
  }
  return true;
}

function cornersAt(boxes: Float32Array, box: number, { width, height }: Size): Corners {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes.subarray(4 * box, 4 * box + 4);
  return [x1 * width, y1 * height, x2 * width, y2 * height];
}

/** Reads boxes from their anchors, which lie map by map, row by row, cell by cell. */
function anchored(boxes: Float32Array, { width, height }: Size): (box: number) => Corners {
  const anchors = MAPS.flatMap(({ stride, sides }) => {
    const [columns, rows] = [Math.ceil(width / stride), Math.ceil(height / stride)];
    return Array.from({ length: rows * columns }, (_, cell) => cell).flatMap((cell) => {
      const centre = { x: ((cell % columns) + 0.5) * stride, y: (Math.floor(cell / columns) + 0.5) * stride };
      return sides.map((side) => ({ ...centre, side }));
    });
  });
  return (box) => {
    const { x, y, side } = anchors[box] ?? { x: Number.NaN, y: Number.NaN, side: Number.NaN };
    const [dx = 0, dy = 0, dw = 0, dh = 0] = boxes.subarray(4 * box, 4 * box + 4);
    const centre = { x: x + dx * VARIANCES.centre * side, y: y + dy * VARIANCES.centre * side };
    return around(centre, {
      width: side * Math.exp(dw * VARIANCES.size),
      height: side * Math.exp(dh * VARIANCES.size),
    });
  };
}
