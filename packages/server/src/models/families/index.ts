import type { ModelDescription } from "@sensorium/model-import";
import { SensoriumError } from "@sensorium/protocol";
import type { FamilyName, ManifestDraft, ModelManifest, Task } from "../manifest.ts";
import type { TaskResult } from "../results.ts";
import { blazeface } from "./blazeface.ts";
import { blazepose } from "./blazepose.ts";
import { centernet } from "./centernet.ts";
import { classifier } from "./classifier.ts";
import { densepose } from "./densepose.ts";
import { end2end } from "./end2end.ts";
import { faceres } from "./faceres.ts";
import type { DecodeContext, Family, OutputTensor } from "./family.ts";
import { fastestdet } from "./fastestdet.ts";
import { mobilefacenet } from "./mobilefacenet.ts";
import { movenet } from "./movenet.ts";
import { nanodet } from "./nanodet.ts";
import { osnet } from "./osnet.ts";
import { ultraLight } from "./ultra-light.ts";
import { yoloPose } from "./yolo-pose.ts";
import { yolov5 } from "./yolov5.ts";
import { yolov8 } from "./yolov8.ts";
import { yolox } from "./yolox.ts";
import { yunet } from "./yunet.ts";

/** Every family, as one of its task. */
type AnyFamily<T extends Task = Task> = { [K in T]: Family<K> }[T];

/** In the order in which they are asked: end2end's shape is the least telling of the detectors', a classifier's of all. */
const FAMILIES: Readonly<Record<FamilyName, AnyFamily>> = {
  centernet,
  yolox,
  yolov5,
  yolov8,
  nanodet,
  fastestdet,
  end2end,
  movenet,
  "yolo-pose": yoloPose,
  blazepose,
  densepose,
  blazeface,
  yunet,
  "ultra-light": ultraLight,
  faceres,
  mobilefacenet,
  osnet,
  classifier,
};

export const familyOf = (name: FamilyName): AnyFamily => FAMILIES[name];

/** What a model's outputs say, read as its family has it. */
export function decode(
  { family }: Pick<ModelManifest, "family">,
  outputs: ReadonlyMap<string, OutputTensor>,
  context: DecodeContext,
): TaskResult {
  return decodeAs(FAMILIES[family], outputs, context);
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
