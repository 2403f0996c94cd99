import type { ModelDescription } from "@sensorium/model-import";
import { COCO_KEYPOINTS, type Poses, SensoriumError } from "@sensorium/protocol";
import { around, cellCount } from "./boxes.ts";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { licenceOf, stridesOf } from "./metadata.ts";
import { PointedBoxList } from "./pointed-boxes.ts";
import { pictureSize } from "./shapes.ts";
import { ultralyticsInput } from "./ultralytics-input.ts";

const POINTS = COCO_KEYPOINTS.length;
const VALUES = 5 + 3 * POINTS;
const MAX_IOU = 0.6;

/**
 * YOLOv8-pose, YOLO11-pose and their like as Ultralytics exports them: one output [1, 56, cells], the rows being box
 * centre and size in input pixels, the person's score, then x, y and score of COCO's 17 keypoints. A manifest may name
 * four outputs instead, for files whose joint output is damaged: boxes [1, 4, cells], scores [1, 1, cells], places
 * [1, 17, 2, cells] and keypoint scores [1, 17, 1, cells].
 */
export const yoloPose: Family<"pose"> = {
  task: "pose",
  name: "yolo-pose",
  outputs: null,

  recognise(description: ModelDescription) {
    const { metadata, outputs } = description;
    const size = pictureSize(description);
    const [output, ...others] = outputs;
    const [, values, cells, ...more] = output?.shape ?? [];
    const { kpt_shape: shape = `[${POINTS}, 3]` } = metadata;
    if (!size || !output || more.length > 0 || cells !== cellCount(size, stridesOf(metadata))) return null;
    if (shape.replaceAll(/\s/g, "") !== `[${POINTS},3]`) {
      throw new SensoriumError(
        "model-unsupported",
        `its keypoints are ${shape}; COCO's 17 of x, y and score are needed`,
      );
    }
    if (values !== VALUES) return null;
    return {
      task: "pose",
      family: "yolo-pose",
      input: ultralyticsInput(size),
      crop: { margin: 0.1, square: false },
      minScore: 0.25,
      licence: licenceOf(metadata),
      ...(others.length > 0 ? { outputs: [output.name] } : {}),
    };
  },

  decode(outputs: ReadonlyMap<string, OutputTensor>, context: DecodeContext): Poses {
    const rows = rowsOf([...outputs.values()]);
    const found = new PointedBoxList(POINTS, 3);
    rows[4]?.forEach((score, cell) => {
      if (!(score >= context.minScore)) return;
      const [x = 0, y = 0, width = 0, height = 0, , ...keypoints] = rows.map((row) => row[cell] ?? Number.NaN);
      if (keypoints.every(Number.isFinite)) found.add(around({ x, y }, { width, height }), score, keypoints);
    });
    const { points, ...boxes } = found.best(context, MAX_IOU);
    return { ...boxes, keypoints: points };
  },
};

/** Box, score and keypoints as the joint output has them, one row over all cells for each value. */
function rowsOf(tensors: readonly OutputTensor[]): Float32Array[] {
  const cells = tensors[0]?.shape.at(-1) ?? 0;
  const rowsIn = ({ data }: OutputTensor): Float32Array[] =>
    Array.from({ length: data.length / cells }, (_, row) => data.subarray(row * cells, (row + 1) * cells));
  const [boxes = [], scores = [], places = [], certainties = []] = tensors.map(rowsIn);
  if (tensors.length === 1 && boxes.length === VALUES) return boxes;
  if (tensors.length === 4 && places.length === 2 * POINTS && certainties.length === POINTS) {
    const keypoints = certainties.flatMap((certainty, point) => [...places.slice(2 * point, 2 * point + 2), certainty]);
    return [...boxes, ...scores, ...keypoints];
  }
  const shapes = tensors.map(({ shape }) => `[${shape}]`).join(", ");
  throw new SensoriumError("model-invalid", `the outputs ${shapes} are not those of a YOLO-pose model`);
}
