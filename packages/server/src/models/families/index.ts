import type { ModelDescription } from "@sensorium/model-import";
import { SensoriumError } from "@sensorium/protocol";
import type { FamilyName, ManifestDraft, ModelManifest, Task } from "../manifest.ts";
import type { TaskResult } from "../results.ts";
import { centernet } from "./centernet.ts";
import { end2end } from "./end2end.ts";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { fastestdet } from "./fastestdet.ts";
import { nanodet } from "./nanodet.ts";
import { yolov5 } from "./yolov5.ts";
import { yolov8 } from "./yolov8.ts";
import { yolox } from "./yolox.ts";

/** Every family, as one of its task. */
type AnyFamily<T extends Task = Task> = { [K in T]: Family<K> }[T];

/** In the order in which they are asked: end2end's shape is the least telling of the detectors'. */
const FAMILIES: Readonly<Partial<Record<FamilyName, AnyFamily>>> = {
  centernet,
  yolox,
  yolov5,
  yolov8,
  nanodet,
  fastestdet,
  end2end,
};

export function familyOf(name: FamilyName): AnyFamily {
  const family = FAMILIES[name];
  if (!family) throw new SensoriumError("model-unsupported", `models of the family ${name} cannot be used yet`);
  return family;
}

/** What a model's outputs say, read as its family has it. */
export function decode(
  { family }: Pick<ModelManifest, "family">,
  outputs: ReadonlyMap<string, OutputTensor>,
  context: DecodeContext,
): TaskResult {
  return decodeAs(familyOf(family), outputs, context);
}

function decodeAs<T extends Task>(
  family: AnyFamily<T>,
  outputs: ReadonlyMap<string, OutputTensor>,
  context: DecodeContext,
): TaskResult<T> {
  return { task: family.task, result: family.decode(outputs, context) };
}

/**
 * What a file's shapes and metadata tell of it.
 * @throws SensoriumError "model-unsupported" saying what was found and what is known.
 */
export function recognise(description: ModelDescription): ManifestDraft {
  const { task } = description.metadata;
  const asked = Object.values(FAMILIES).filter((family) => task === undefined || family.task === task);
  if (asked.length === 0) {
    throw new SensoriumError("model-unsupported", `its metadata names the task ${task}, for which no family is known`);
  }
  for (const family of asked) {
    const manifest = family.recognise(description);
    if (manifest) return manifest;
  }
  const shapes = (list: ModelDescription["inputs"]): string =>
    list.map(({ name, type, shape }) => `${name} ${type}[${shape?.join(",") ?? "?"}]`).join(", ") || "none";
  const found = `it takes ${shapes(description.inputs)} and gives ${shapes(description.outputs)}`;
  const known = asked.map(({ name }) => name).join(", ");
  throw new SensoriumError("model-unsupported", `it is not a model of a known family (${known}): ${found}`);
}
