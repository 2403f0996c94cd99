import type { ModelDescription } from "@sensorium/model-import";
import { SensoriumError } from "@sensorium/protocol";
import type { FamilyName, ModelManifest } from "../manifest.ts";
import { centernet } from "./centernet.ts";
import { end2end } from "./end2end.ts";
import type { DetectorFamily } from "./family.ts";
import { fastestdet } from "./fastestdet.ts";
import { nanodet } from "./nanodet.ts";
import { yolov5 } from "./yolov5.ts";
import { yolov8 } from "./yolov8.ts";
import { yolox } from "./yolox.ts";

/** In the order in which they are asked: the last one's shape is the least telling. */
const FAMILIES: Readonly<Record<FamilyName, DetectorFamily>> = {
  centernet,
  yolox,
  yolov5,
  yolov8,
  nanodet,
  fastestdet,
  end2end,
};

export const familyOf = (name: FamilyName): DetectorFamily => FAMILIES[name];

/**
 * What a file's shapes and metadata tell of it.
 * @throws SensoriumError "model-unsupported" saying what was found and what is known.
 */
export function recognise(description: ModelDescription): Omit<ModelManifest, "name" | "source"> {
  const { task = "detect" } = description.metadata;
  if (task !== "detect") {
    throw new SensoriumError("model-unsupported", `its metadata names the task ${task}: it is not a detector`);
  }
  for (const family of Object.values(FAMILIES)) {
    const manifest = family.recognise(description);
    if (manifest) return manifest;
  }
  const shapes = (list: ModelDescription["inputs"]): string =>
    list.map(({ name, type, shape }) => `${name} ${type}[${shape?.join(",") ?? "?"}]`).join(", ") || "none";
  const found = `it takes ${shapes(description.inputs)} and gives ${shapes(description.outputs)}`;
  throw new SensoriumError(
    "model-unsupported",
    `it is not a detector of a known family (${Object.keys(FAMILIES).join(", ")}): ${found}`,
  );
}
