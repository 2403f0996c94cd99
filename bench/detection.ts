import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { hasSharedData, sharedData } from "@sensorium/testkit";
import { readCoco } from "../packages/server/src/cli/coco.ts";
import { judgeDetector } from "../packages/server/src/cli/judge-detector.ts";
import { DEFAULT_MODEL } from "../packages/server/src/models/catalogue.ts";
import { fixed, machine, printTable, type Rows } from "./table.ts";

const MODELS = [
  DEFAULT_MODEL,
  "detect/yolox_nano.onnx",
  "detect/FastestDet.onnx",
  "detect/nanodet_m.onnx",
  "detect/yolov8n_int8.onnx",
  "detect/yolo11n_int8.onnx",
  "pt/yolov5n/yolov5n_fp16.onnx",
];

/** COCO's average precision of each detector on coco128, and the time of the model alone with all cores at work. */
export async function detection(): Promise<Rows> {
  if (!hasSharedData) return [["detection", "–", "needs the shared pictures and models"]];
  const set = await readCoco(sharedData("images/coco128"));
  const cacheFolder = await mkdtemp(join(tmpdir(), "sensorium-bench-models-"));
  const threads = availableParallelism();
  const rows: [string, string, string][] = [];
  try {
    for (const name of MODELS) {
      const model = name === DEFAULT_MODEL ? name : sharedData(`models/${name}`);
      const { precision, inferenceMs } = await judgeDetector(set, { model, threads, cacheFolder });
      const person = precision.classes.find(({ classIndex }) => set.classes[classIndex] === "person");
      const note = [
        `AP50 ${figure(precision.ap50)}`,
        `person ${figure(person?.ap)}, at 50 ${figure(person?.ap50)}`,
        fixed(inferenceMs, 1, "ms"),
      ].join("; ");
      rows.push([name, figure(precision.ap), note]);
    }
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
  return rows;
}

const figure = (value: number | null | undefined): string => (typeof value === "number" ? fixed(value, 3) : "–");

if (import.meta.main) printTable(`AP on coco128 · ${machine()}`, await detection());
