import type { CameraConfig } from "../config/config.ts";
import { findModel } from "../models/catalogue.ts";
import type { CropModel } from "../models/crop-model.ts";
import type { Detector } from "../models/detector.ts";
import type { CropTask } from "../models/manifest.ts";
import type { InferencePool } from "../models/onnx/pool.ts";
import { SimulatedDetector } from "../models/simulated.ts";
import type { CameraModels } from "./finders.ts";

/** Whatever a pool loads, and where the models are that were added. */
export interface ModelSource {
  readonly pool: Pick<InferencePool, "load" | "loadModel">;
  readonly folder: string;
}

/** One model for all cameras that want the same of it; each simulated room is its own. */
export class ModelShelf {
  readonly #source: ModelSource;
  readonly #detectors = new Loaded<Detector>();
  readonly #poses = new Loaded<CropModel<"pose">>();
  readonly #densePoses = new Loaded<CropModel<"dense-pose">>();
  readonly #reidentifiers = new Loaded<CropModel<"reid">>();

  constructor(source: ModelSource) {
    this.#source = source;
  }

  /** The models that a camera names, loaded where they are not; fails when one of them cannot be used. */
  async modelsFor({ source, model, classes, pose, densePose, reid }: CameraConfig): Promise<CameraModels> {
    if (source.kind === "simulated") {
      return {
        detector: new SimulatedDetector(source.seed),
        ...{ poses: undefined, densePoses: undefined, reidentifier: undefined },
      };
    }
    const [detector, poses, densePoses, reidentifier] = await Promise.all([
      this.#detector(model, classes),
      this.#cropModel("pose", pose, this.#poses),
      this.#cropModel("dense-pose", densePose, this.#densePoses),
      this.#cropModel("reid", reid, this.#reidentifiers),
    ]);
    return { detector, poses, densePoses, reidentifier };
  }

  /** Gives back every model that none of these cameras uses, whoever asked for it. */
  async keepOnly(cameras: Iterable<CameraModels>): Promise<void> {
    const used = new Set<unknown>();
    for (const models of cameras) {
      const { detector, poses, densePoses, reidentifier } = models;
      for (const model of [detector, poses, densePoses, reidentifier]) used.add(model);
    }
    const all = [this.#detectors, this.#poses, this.#densePoses, this.#reidentifiers];
    await Promise.all(all.map((loaded) => loaded.keepOnly(used)));
  }

  #detector(model: string, classes: readonly string[]): Promise<Detector> {
    const { pool, folder } = this.#source;
    const load = async (): Promise<Detector> => pool.load(findModel(model, folder), { classes });
    return this.#detectors.get(JSON.stringify([model, classes]), load);
  }

  async #cropModel<T extends CropTask>(
    task: T,
    name: string | undefined,
    loaded: Loaded<CropModel<T>>,
  ): Promise<CropModel<T> | undefined> {
    if (name === undefined) return undefined;
    const { pool, folder } = this.#source;
    return loaded.get(name, async () => pool.loadModel(task, findModel(name, folder)));
  }
}

/** What takes time to load, once for all. What failed is tried again the next time: it may have been mended. */
class Loaded<T extends AsyncDisposable> {
  readonly #known = new Map<string, Promise<T>>();
  /** Those of them that are loaded. */
  readonly #ready = new Map<string, T>();

  get(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const loading = load();
    this.#known.set(key, loading);
    loading.then(
      (model) => this.#ready.set(key, model),
      () => this.#known.delete(key),
    );
    return loading;
  }

  async keepOnly(used: ReadonlySet<unknown>): Promise<void> {
    const unused = [...this.#ready].filter(([, model]) => !used.has(model));
    for (const [key] of unused) {
      this.#known.delete(key);
      this.#ready.delete(key);
    }
    await Promise.all(unused.map(([, model]) => model[Symbol.asyncDispose]()));
  }
}
