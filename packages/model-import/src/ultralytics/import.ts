import { readCheckpoint } from "../torch/checkpoint.ts";
import { convertUltralytics, type ImportedUltralytics } from "./convert.ts";

/**
 * Converts a checkpoint (`.pt`) of YOLOv5 6.x, YOLOv8 or YOLO11 to ONNX in float32. The graph takes `images` [batch, 3,
 * height, width], RGB from 0 to 1, in the size of the manifest, and gives `output0`, as Ultralytics' own exports do:
 * YOLOv5's detectors [batch, boxes, 5 + classes], other detectors [batch, 4 + classes, boxes] and pose networks the
 * same followed by the keypoints, all in input pixels; classifiers [batch, classes] of probabilities.
 *
 * Nothing of the file is run. Throws `model-unsupported` naming the module that cannot be converted and its place,
 * `model-invalid` when the file is no checkpoint or contradicts itself.
 */
export async function importUltralytics(bytes: Uint8Array): Promise<ImportedUltralytics> {
  const { root } = await readCheckpoint(bytes);
  return convertUltralytics(root);
}
