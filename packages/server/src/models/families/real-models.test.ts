import { readFileSync } from "node:fs";
import { describeModel } from "@sensorium/model-import";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { describe, expect, it } from "vitest";
import { settleShapes } from "../settle-shapes.ts";
import { COCO_CLASSES } from "./coco-classes.ts";
import { recognise } from "./index.ts";

async function recogniseFile(file: string, metadata: Readonly<Record<string, string>> = {}) {
  const onnx = readFileSync(sharedData(`models/${file}`));
  const described = describeModel(onnx);
  return recognise(await settleShapes(onnx, { ...described, metadata: { ...described.metadata, ...metadata } }));
}

describe.skipIf(!hasSharedData)("a model somebody brings", () => {
  it.each([
    ["detect/yolox_nano.onnx", "yolox", 416, 416],
    ["detect/FastestDet.onnx", "fastestdet", 352, 352],
    ["detect/nanodet_m.onnx", "nanodet", 416, 416],
    ["detect/yolov8n_int8.onnx", "yolov8", 640, 640],
    ["detect/yolo11n_int8.onnx", "yolov8", 320, 320],
    ["pt/yolov5n/yolov5n_fp16.onnx", "yolov5", 640, 640],
  ])("%s is a %s of %i×%i", async (file, family, width, height) => {
    const manifest = await recogniseFile(file);
    expect(manifest).toMatchObject({ family, input: { width, height }, classes: COCO_CLASSES });
  });

  it.each([
    ["pose/yolo11n-pose_int8.onnx", "pose", "yolo-pose", 640, 640],
    ["face/face_detection_yunet_2026may.onnx", "face-detect", "yunet", 640, 640],
    ["face/version-RFB-320_simplified.onnx", "face-detect", "ultra-light", 320, 240],
    ["face/mobilefacenet.onnx", "face-embed", "mobilefacenet", 112, 112],
    ["reid/osnet_x0_25_msmt17.onnx", "reid", "osnet", 128, 256],
  ])("%s is for %s, a %s of %i×%i", async (file, task, family, width, height) => {
    expect(await recogniseFile(file)).toMatchObject({ task, family, input: { width, height } });
  });

  it("is looked at in the size it was trained on when it takes any, else at 640", async () => {
    const yunet = "face/face_detection_yunet_2026may.onnx";
    expect((await recogniseFile(yunet, { imgsz: "[320, 480]" })).input).toMatchObject({ width: 480, height: 320 });
  });

  it("is refused when it only seems to take any size", async () => {
    const small = recogniseFile("pt/yolov5n/yolov5n_fp16.onnx", { imgsz: "[320, 480]" });
    await expect(small).rejects.toThrow("it does not open for pictures of 480×320: ");
  });

  it("brings its licence along", async () => {
    expect((await recogniseFile("detect/yolov8n_int8.onnx")).licence).toContain("AGPL-3.0");
  });
});
