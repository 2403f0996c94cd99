import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sharedData } from "@sensorium/testkit";

const branch = { triggerClasses: ["car"], minConfidence: 0.4, crop: true, parallel: true };

/** The documented pipeline with models that can be had: `car` stands for Car and Frontal. */
export const forecourtPipeline = (more: object = {}, connections: object = {}) => ({
  ...connections,
  pipeline: {
    modelId: "car_frontal_detection_v1",
    modelFile: "yolov5n.pt",
    triggerClasses: ["car"],
    minConfidence: 0.4,
    multiClass: true,
    expectedClasses: ["car"],
    actions: [
      {
        type: "redis_save_image",
        region: "car",
        key: "inference:{display_id}:{timestamp}:{session_id}:{filename}",
        expire_seconds: 600,
      },
      { type: "redis_publish", channel: "car_detections", message: '{"event":"frontal_detected"}' },
    ],
    branches: [
      { ...branch, modelId: "car_brand_cls_v1", modelFile: "brands.pt" },
      { ...branch, modelId: "car_bodytype_cls_v1", modelFile: "vehicles.pt" },
    ],
    parallelActions: [
      {
        type: "postgresql_update_combined",
        table: "car_frontal_info",
        key_field: "session_id",
        key_value: "{session_id}",
        waitForBranches: ["car_brand_cls_v1", "car_bodytype_cls_v1"],
        fields: { car_brand: "{car_brand_cls_v1.brand}", car_body_type: "{car_bodytype_cls_v1.body_type}" },
      },
    ],
    ...more,
  },
});

const MODELS = {
  "yolov5n.pt": "models/pt/yolov5n/yolov5n.pt",
  "brands.pt": "models/pt/cls-cars/best.pt",
  "vehicles.pt": "models/pt/cls11-vehicles/best.pt",
};

/** Puts a bundle's pipeline and its real models into a folder. */
export async function putForecourt(folder: string, pipeline: object = forecourtPipeline()): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "pipeline.json"), JSON.stringify(pipeline));
  for (const [name, path] of Object.entries(MODELS)) await copyFile(sharedData(path), join(folder, name));
}

/** Pictures of images/coco128 in which a car is well to be seen. */
export const carPicture = (name: string): string => sharedData(`images/coco128/val2017/${name}.jpg`);
