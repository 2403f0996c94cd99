import { type CameraId, SensoriumError } from "@sensorium/protocol";
import type { PictureFormat } from "../../capture/messages.ts";
import type { Crop } from "../crop-model.ts";
import type { ModelInfo } from "../detector.ts";
import { type ManifestOf, type ModelManifest, manifestFor, type Task } from "../manifest.ts";
import type { PreparedModel } from "../prepare.ts";
import { type ModelTimes, type Results, resultFor } from "../results.ts";
import type { RunAnswer, RunRequest } from "./messages.ts";

/** Where a loaded model runs. */
export interface Runner {
  readonly threads: number;
  /** What models run on, for people: "CPU". */
  readonly provider: string;
  run(camera: CameraId, request: RunRequest): Promise<RunAnswer>;
  /** Gives up one hold on a model; the model is unloaded with the last. Never rejects. */
  release(key: string): Promise<void>;
}

/** A hold on a model of a known task that every thread of a pool has loaded. */
export class LoadedModel<T extends Task> implements AsyncDisposable {
  readonly manifest: ManifestOf<T>;
  readonly threads: number;
  readonly #task: T;
  readonly #key: string;
  readonly #runner: Runner;
  readonly #underWay = new Set<Promise<RunAnswer>>();
  #releasing: Promise<void> | undefined;

  /** @throws SensoriumError "model-unsupported" when the model is for another task. */
  constructor(runner: Runner, { key, manifest }: PreparedModel, task: T) {
    this.manifest = manifestFor(task, manifest);
    this.threads = runner.threads;
    this.#task = task;
    this.#key = key;
    this.#runner = runner;
  }

  get info(): ModelInfo<T> {
    const manifest: ModelManifest = this.manifest;
    const { name, licence } = manifest;
    const provider = `${this.#runner.provider}, ${this.threads} ${this.threads === 1 ? "thread" : "threads"}`;
    const classes = "classes" in manifest ? manifest.classes : [];
    const likeness = "minLikeness" in manifest ? { minLikeness: manifest.minLikeness } : {};
    return { name, task: this.#task, family: this.manifest.family, provider, classes, licence, ...likeness };
  }

  /** What it needs of a picture. A face to be aligned comes larger than the input, so that turning does not blur it. */
  get format(): PictureFormat {
    const manifest: ModelManifest = this.manifest;
    const { width, height, fit } = manifest.input;
    if ("alignment" in manifest && manifest.alignment !== "none") {
      return { width: 2 * width, height: 2 * height, fit: "contain" };
    }
    return { width, height, fit: fit === "stretch" ? "stretch" : "contain" };
  }

  async run(
    { camera, picture, region, landmarks }: Crop,
    wanted: Pick<RunRequest, "minScore" | "classes">,
  ): Promise<ModelTimes & { readonly result: Results[T] }> {
    const answer = await this.#answer(camera, { key: this.#key, picture, region, landmarks, ...wanted });
    const { inferenceMs, decodeMs } = answer;
    return { result: resultFor(this.#task, answer), inferenceMs, decodeMs };
  }

  /** Waits for what is under way; whoever asks afterwards fails with "cancelled". A second call changes nothing. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#releasing ??= Promise.allSettled(this.#underWay).then(() => this.#runner.release(this.#key));
    return this.#releasing;
  }

  async #answer(camera: CameraId, request: RunRequest): Promise<RunAnswer> {
    if (this.#releasing !== undefined)
      throw new SensoriumError("cancelled", `the model ${this.manifest.name} was given back`);
    const running = this.#runner.run(camera, request);
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }
}
