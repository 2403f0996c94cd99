import type { ModelDescription } from "@sensorium/model-import";
import { SensoriumError } from "@sensorium/protocol";
import type { FamilyName, ModelManifest } from "../manifest.ts";
import { centernet } from "./centernet.ts";
import type { DetectorFamily } from "./family.ts";
import { yolox } from "./yolox.ts";

const FAMILIES: Readonly<Record<FamilyName, DetectorFamily>> = { yolox, centernet };

export const familyOf = (name: FamilyName): DetectorFamily => FAMILIES[name];

/**
 * What a file's shapes and metadata tell of it.
 * @throws SensoriumError "model-unsupported" saying what was found and what is known.
 */
export function recognise(description: ModelDescription): Omit<ModelManifest, "name" | "source"> {
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
