import { type CameraId, SensoriumError } from "@sensorium/protocol";
import { type Backoff, type Clock, supervise, systemClock } from "../../flow/supervise.ts";
import type { Log } from "../../observe/log.ts";
import type { ModelOrigin } from "../catalogue.ts";
import type { CropModel } from "../crop-model.ts";
import type { Detector } from "../detector.ts";
import { type ChosenProvider, CPU } from "../device.ts";
import type { CropTask, ModelManifest, Task } from "../manifest.ts";
import type { PreparedModel } from "../prepare.ts";
import { prepareApart } from "../prepare-apart.ts";
import { OnnxCropModel } from "./crop-model.ts";
import { OnnxDetector, type Wanted } from "./detector.ts";
import { FairQueue } from "./fair-queue.ts";
import { InferenceThread } from "./inference-thread.ts";
import { LoadedModel, type Runner } from "./loaded-model.ts";
import type { RunAnswer, RunRequest } from "./messages.ts";

const threadBackoff: Backoff = { firstMs: 100, capMs: 10_000, healthyMs: 60_000 };

/** One runs, one waits in the thread itself, so that it never stands still while this thread decides what is next. */
const JOBS_PER_THREAD = 2;

export interface PoolOptions {
  /** Threads, each with a single-threaded session of every model. */
  readonly threads: number;
  /** Where prepared models are kept. */
  readonly cacheFolder: string;
  readonly log: Log;
  /** What models run on; the CPU when absent. */
  readonly provider?: ChosenProvider;
  readonly clock?: Clock;
  /** What the threads run and how models are prepared; tests put scripted ones here. */
  readonly script?: URL;
  readonly prepare?: typeof prepareApart;
}

interface Job {
  readonly request: RunRequest;
  resolve(answer: RunAnswer): void;
  reject(error: Error): void;
}

/** Inference threads under supervision. One that dies is replaced; its callers hear of it at once. */
export class InferencePool implements Runner, AsyncDisposable {
  /** What models run on, for people. */
  readonly provider: string;
  readonly #options: PoolOptions;
  readonly #inferenceThreads: InferenceThread[];
  readonly #models = new Map<string, PreparedModel>();
  readonly #queue = new FairQueue<CameraId, Job>();
  readonly #stop = new AbortController();
  readonly #supervised: Promise<unknown>[];

  constructor(options: PoolOptions) {
    this.#options = options;
    const { script = new URL("./thread.ts", import.meta.url), provider = CPU } = options;
    const { title, executionProviders } = provider;
    this.provider = title;
    this.#inferenceThreads = Array.from(
      { length: options.threads },
      () => new InferenceThread({ script, executionProviders }, () => this.#dispatch()),
    );
    this.#supervised = this.#inferenceThreads.map((thread) => this.#keepAlive(thread));
  }

  get threads(): number {
    return this.#inferenceThreads.length;
  }

  /** How many of the threads are there to work. */
  get alive(): number {
    return this.#inferenceThreads.filter((thread) => thread.alive).length;
  }

  /** How many pictures and crops wait for a thread. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** How many models every thread holds. */
  get loaded(): number {
    return this.#models.size;
  }

  /** What is known of a model, before it is loaded; prepares it. */
  async manifestOf(origin: ModelOrigin): Promise<ModelManifest> {
    return (await this.#prepare(origin)).manifest;
  }

  /** Prepares and loads a detector on every thread, once whatever the number of callers. */
  async load(origin: ModelOrigin, wanted: Wanted): Promise<Detector> {
    return new OnnxDetector(await this.#loadFor("detect", origin), wanted);
  }

  /** As `load`, a model of another task. Fails with "model-unsupported" when it is for none or another one. */
  async loadModel<T extends CropTask>(task: T, origin: ModelOrigin): Promise<CropModel<T>> {
    return new OnnxCropModel(await this.#loadFor(task, origin));
  }

  async #loadFor<T extends Task>(task: T, origin: ModelOrigin): Promise<LoadedModel<T>> {
    const prepared = await this.#prepare(origin);
    const loaded = new LoadedModel(this, prepared, task);
    await Promise.all(this.#inferenceThreads.map((thread) => thread.load(prepared)));
    this.#models.set(prepared.key, prepared);
    return loaded;
  }

  #prepare(origin: ModelOrigin): Promise<PreparedModel> {
    const { prepare = prepareApart, cacheFolder } = this.#options;
    return prepare(origin, cacheFolder);
  }

  /** Runs when a thread is free; cameras take turns. */
  run(camera: CameraId, request: RunRequest): Promise<RunAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#stop.signal.aborted) {
        reject(new SensoriumError("cancelled", "the inference pool is closed"));
        return;
      }
      this.#queue.put(camera, { request, resolve, reject });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (;;) {
      const ready = this.#inferenceThreads.filter((thread) => thread.alive && thread.under < JOBS_PER_THREAD);
      const thread = ready.sort((one, other) => one.under - other.under)[0];
      const job = thread && this.#queue.take();
      if (!job) return;
      void thread.run(job.request).then(job.resolve, job.reject);
    }
  }

  #keepAlive(thread: InferenceThread): Promise<unknown> {
    const { log, clock = systemClock } = this.#options;
    return supervise((signal) => thread.live(signal, [...this.#models.values()]), {
      backoff: threadBackoff,
      clock,
      signal: this.#stop.signal,
      onRetry: (error, delayMs) => log.error({ reason: error.message, delayMs }, "an inference thread is replaced"),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const job of this.#queue.clear()) job.reject(new SensoriumError("cancelled", "the inference pool is closed"));
    await Promise.all(this.#supervised);
  }
}
