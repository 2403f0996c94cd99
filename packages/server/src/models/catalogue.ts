import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, resolve } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import type { GivenManifest } from "./given-manifest.ts";

/** Where a model comes from, before anything of it has been read. */
export type ModelOrigin =
  | {
      /** An ONNX file, or a checkpoint of Ultralytics' (`.pt`), converted on first use. */
      readonly kind: "onnx" | "checkpoint";
      readonly name: string;
      readonly path: string;
      /** What is known better than the file tells. */
      readonly given?: GivenManifest;
    }
  /** A TensorFlow.js graph model: a JSON file with its weights beside it; converted on first use. */
  | { readonly kind: "tfjs"; readonly name: string; readonly path: string; readonly outputs: readonly string[] };

export interface BundledModel {
  readonly origin: ModelOrigin;
  readonly task: "detect";
  readonly licence: string;
  readonly note: string;
}

export const DEFAULT_MODEL = "centernet";

/** The models that come with the installation and work offline. */
export function bundledModels(): BundledModel[] {
  const entry = createRequire(import.meta.url).resolve("@vladmandic/human");
  const folder = join(dirname(entry), "..", "models");
  return [
    {
      origin: {
        kind: "tfjs",
        name: DEFAULT_MODEL,
        path: join(folder, "centernet.json"),
        outputs: ["tower_0/detections"],
      },
      task: "detect",
      licence: "MIT",
      note: "people, vehicles and 78 more classes; a start that needs nothing, with modest scores",
    },
  ];
}

/**
 * The model that `name` means: a bundled one's name or the path of an .onnx or .pt file.
 * @throws SensoriumError "model-not-found" naming what was looked for.
 */
export function findModel(name: string): ModelOrigin {
  const bundled = bundledModels().find(({ origin }) => origin.name === name);
  if (bundled) return bundled.origin;
  const path = resolve(name);
  if (!existsSync(path)) {
    const known = bundledModels()
      .map(({ origin }) => origin.name)
      .join(", ");
    throw new SensoriumError(
      "model-not-found",
      `there is no model ${name}: it is neither a file nor a bundled model (${known})`,
    );
  }
  return fileOrigin(path);
}

/** A model file as it is, called by its file name; what it is tells its ending. */
export function fileOrigin(path: string): Exclude<ModelOrigin, { kind: "tfjs" }> {
  const ending = extname(path);
  return { kind: /^\.pth?$/i.test(ending) ? "checkpoint" : "onnx", name: basename(path, ending), path };
}
