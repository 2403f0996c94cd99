import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import type { Task } from "./manifest.ts";
import { type FileOrigin, isCheckpoint, type ModelOrigin, type TfjsOrigin } from "./origin.ts";
import { findRegistered, registeredNames } from "./registry/records.ts";

export type { ModelOrigin } from "./origin.ts";

export interface BundledModel {
  readonly origin: ModelOrigin;
  readonly task: Task;
  readonly licence: string;
  readonly note: string;
}

export const DEFAULT_MODEL = "centernet";

/** The models that come with the installation and work offline. */
export function bundledModels(): BundledModel[] {
  const entry = createRequire(import.meta.url).resolve("@vladmandic/human");
  const folder = join(dirname(entry), "..", "models");
  const origin = (name: string, outputs: readonly string[]): TfjsOrigin => {
    return { kind: "tfjs", name, path: join(folder, `${name}.json`), outputs };
  };
  return [
    {
      origin: origin(DEFAULT_MODEL, ["tower_0/detections"]),
      task: "detect",
      licence: "MIT",
      note: "people, vehicles and 78 more classes; a start that needs nothing, with modest scores",
    },
    {
      origin: origin("movenet-lightning", ["Identity:0"]),
      task: "pose",
      licence: "Apache-2.0",
      note: "the 17 keypoints of one person in a crop",
    },
    {
      origin: origin("blazeface", ["Identity:0", "Identity_1:0", "Identity_2:0", "Identity_3:0"]),
      task: "face-detect",
      licence: "Apache-2.0",
      note: "faces near the camera, with eyes and nose",
    },
    {
      origin: origin("faceres", ["global_pooling/Mean"]),
      task: "face-embed",
      licence: "MIT",
      note: "a vector that is alike for one person's face",
    },
  ];
}

/**
 * The model that `name` means: a bundled one, one that was added under that name to the models in `folder`, or the path
 * of an .onnx or .pt file.
 * @throws SensoriumError "model-not-found" naming what was looked for.
 */
export function findModel(name: string, folder?: string): ModelOrigin {
  const bundled = bundledModels().find(({ origin }) => origin.name === name);
  if (bundled) return bundled.origin;
  const registered = folder === undefined ? undefined : findRegistered(folder, name);
  if (registered) return registered.origin;
  const path = resolve(name);
  if (existsSync(path)) return fileOrigin(path);
  const known = bundledModels().map(({ origin }) => origin.name);
  const why = `it is neither a file nor a bundled model (${known.join(", ")}), nor was one added under that name`;
  throw new SensoriumError("model-not-found", `there is no model ${name}: ${why}`);
}

/** The names of the detectors that cameras can name: bundled ones, and those added to the models in `folder`. */
export function detectorNames(folder: string): readonly string[] {
  const bundled = bundledModels().flatMap(({ origin, task }) => (task === "detect" ? [origin.name] : []));
  const added = registeredNames(folder).filter((name) => taskOf(folder, name) === "detect");
  return [...bundled, ...added];
}

/** Undefined for a model whose record is damaged. */
function taskOf(folder: string, name: string): Task | undefined {
  try {
    return findRegistered(folder, name)?.record.manifest.task;
  } catch {
    return undefined;
  }
}

/** A model file as it is, called by its file name; what it is tells its ending. */
export function fileOrigin(path: string): FileOrigin {
  const ending = extname(path);
  return { kind: isCheckpoint(path) ? "checkpoint" : "onnx", name: basename(path, ending), path };
}
