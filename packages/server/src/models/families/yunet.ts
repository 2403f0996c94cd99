import type { ModelDescription } from "@sensorium/model-import";
import { type Faces, SensoriumError } from "@sensorium/protocol";
import { around } from "./boxes.ts";
import { bestFaces, FACE_DETECTOR_CROP, faceList } from "./faces.ts";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { licenceOf } from "./metadata.ts";
import { RAW } from "./normalisation.ts";
import type { PointedBoxList } from "./pointed-boxes.ts";
import { pictureSize } from "./shapes.ts";

const STRIDES = [8, 16, 32];
const PARTS = ["cls", "obj", "bbox", "kps"] as const;
const LANDMARK_VALUES = 10;

/**
 * YuNet (Wu et al. 2023, doi 10.1007/s11633-023-1423-y): per stride the outputs cls and obj [1, cells, 1], whose
 * geometric mean is the score, bbox [1, cells, 4] of centre offset and log size in strides, and kps [1, cells, 10] of
 * five landmarks in strides from the cell.
 */
export const yunet: Family<"face-detect"> = {
  task: "face-detect",
  name: "yunet",
  outputs: null,

  recognise(description: ModelDescription) {
    const size = pictureSize(description);
    const names = new Set(description.outputs.map(({ name }) => name));
    if (!size || !STRIDES.every((stride) => PARTS.every((part) => names.has(`${part}_${stride}`)))) return null;
    return {
      task: "face-detect",
      family: "yunet",
      input: { ...size, fit: "contain-topleft", pad: 0, order: "bgr", ...RAW, layout: "nchw" },
      crop: FACE_DETECTOR_CROP,
      minScore: 0.6,
      licence: licenceOf(description.metadata),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Faces {
    const found = faceList();
    for (const stride of STRIDES) {
      const [cls, obj, bbox, kps] = PARTS.map((part) => outputs.get(`${part}_${stride}`)?.data);
      if (!cls || !obj || !bbox || !kps) {
        const names = [...outputs.keys()].join(", ");
        throw new SensoriumError("model-invalid", `the outputs ${names} are not those of a YuNet model`);
      }
      readMap({ cls, obj, bbox, kps, stride }, { found, context });
    }
    return bestFaces(found, context);
  },
};

interface FeatureMap {
  readonly cls: Float32Array;
  readonly obj: Float32Array;
  readonly bbox: Float32Array;
  readonly kps: Float32Array;
  readonly stride: number;
}

interface Reading {
  readonly found: PointedBoxList;
  readonly context: DecodeContext;
}

function readMap({ cls, obj, bbox, kps, stride }: FeatureMap, { found, context }: Reading): void {
  const columns = Math.ceil(context.input.width / stride);
  cls.forEach((likeness, cell) => {
    const score = Math.sqrt(probability(likeness) * probability(obj[cell] ?? 0));
    if (!(score >= context.minScore)) return;
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    const [x = 0, y = 0, width = 0, height = 0] = bbox.subarray(4 * cell, 4 * cell + 4);
    const centre = { x: (column + x) * stride, y: (row + y) * stride };
    const size = { width: Math.exp(width) * stride, height: Math.exp(height) * stride };
    const landmarks = kps
      .subarray(LANDMARK_VALUES * cell, LANDMARK_VALUES * (cell + 1))
      .map((offset, i) => (offset + (i % 2 === 0 ? column : row)) * stride);
    found.add(around(centre, size), score, landmarks);
  });
}

/** Its values may end a little outside 0 to 1. */
const probability = (value: number): number => Math.min(1, Math.max(0, value));
