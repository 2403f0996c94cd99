import type { CameraConfig } from "../config/config.ts";
import { findModel } from "../models/catalogue.ts";
import type { CropModel } from "../models/crop-model.ts";
import type { Detector } from "../models/detector.ts";
import type { CropTask } from "../models/manifest.ts";
import type { InferencePool } from "../models/onnx/pool.ts";
import { SimulatedDetector } from "../models/simulated.ts";
import type { CameraModels } from "./finders.ts";

/** Loads the models that a camera names; fails when one of them cannot be used. */
export type LoadModels = (camera: CameraConfig) => Promise<CameraModels>;

/** Whatever a pool loads, and where the models are that were added. */
export interface ModelShelf {
  readonly pool: Pick<InferencePool, "load" | "loadModel">;
  readonly folder: string;
}

/** One model for all cameras that want the same of it; each simulated room is its own. */
export function modelsFrom({ pool, folder }: ModelShelf): LoadModels {
  const detectors = new Loaded<Detector>();
  const poses = cropModels("pose", { pool, folder });
  const densePoses = cropModels("dense-pose", { pool, folder });
  const reidentifiers = cropModels("reid", { pool, folder });
  return async ({ source, model, classes, pose, densePose, reid }) => {
    if (source.kind === "simulated") {
      return {
        detector: new SimulatedDetector(source.seed),
        ...{ poses: undefined, densePoses: undefined, reidentifier: undefined },
      };
    }
    const [detector, estimator, denseEstimator, reidentifier] = await Promise.all([
      detectors.get(JSON.stringify([model, classes]), async () => pool.load(findModel(model, folder), { classes })),
      poses(pose),
      densePoses(densePose),
      reidentifiers(reid),
    ]);
    return { detector, poses: estimator, densePoses: denseEstimator, reidentifier };
  };
}

/** The models of one task, by name; none where none is named. */
function cropModels<T extends CropTask>(task: T, { pool, folder }: ModelShelf) {
  const loaded = new Loaded<CropModel<T>>();
  return async (name: string | undefined): Promise<CropModel<T> | undefined> =>
    name === undefined ? undefined : loaded.get(name, async () => pool.loadModel(task, findModel(name, folder)));
}

/** What takes time to load, once for all. What failed is tried again the next time: it may have been mended. */
class Loaded<T> {
  readonly #known = new Map<string, Promise<T>>();

  get(key: string, load: () => Promise<T>): Promise<T> {
    const loading = this.#known.get(key) ?? load();
    this.#known.set(key, loading);
    loading.catch(() => this.#known.delete(key));
    return loading;
  }
}
