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

  it("is looked at in the size it was trained on when it takes any, else at 640", async () => {
    const yunet = "face/face_detection_yunet_2026may.onnx";
    await expect(recogniseFile(yunet, { imgsz: "[320, 480]" })).rejects.toThrow("gives cls_8 float32[1,2400,1], ");
    await expect(recogniseFile(yunet)).rejects.toThrow("gives cls_8 float32[1,6400,1], ");
  });

  it("is refused when it only seems to take any size", async () => {
    const small = recogniseFile("pt/yolov5n/yolov5n_fp16.onnx", { imgsz: "[320, 480]" });
    await expect(small).rejects.toThrow("it does not open for pictures of 480×320: ");
  });

  it("brings its licence along", async () => {
    expect((await recogniseFile("detect/yolov8n_int8.onnx")).licence).toContain("AGPL-3.0");
  });

  it.each([
    ["pose/yolo11n-pose_int8.onnx", "its metadata names the task pose"],
    ["face/face_detection_yunet_2026may.onnx", "kps_32 float32[1,400,10]"],
    ["face/version-RFB-320_simplified.onnx", "gives scores float32[1,4420,2], boxes float32[1,4420,4]"],
    ["face/mobilefacenet.onnx", "gives embeddings float32[1,128]"],
    ["reid/osnet_x0_25_msmt17.onnx", "gives output float32[1,512]"],
  ])("%s is not taken for a detector", async (file, found) => {
    await expect(recogniseFile(file)).rejects.toThrow(found);
  });
});
