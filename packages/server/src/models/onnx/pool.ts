import { type CameraId, SensoriumError } from "@sensorium/protocol";
import { type Backoff, type Clock, supervise, systemClock } from "../../flow/supervise.ts";
import type { Log } from "../../observe/log.ts";
import type { ModelOrigin } from "../catalogue.ts";
import type { CropModel } from "../crop-model.ts";
import type { Detector } from "../detector.ts";
import { type ChosenProvider, CPU } from "../device.ts";
import type { CropTask, ModelManifest } from "../manifest.ts";
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

interface Held {
  readonly prepared: PreparedModel;
  holds: number;
}

interface Job {
  readonly request: RunRequest;
  resolve(answer: RunAnswer): void;
  reject(error: Error): void;
}

/**
 * Inference threads under supervision. One that dies is replaced; its callers hear of it at once. What is loaded is held
 * until it is disposed: a model stays on the threads for as long as somebody holds it.
 */
export class InferencePool implements Runner, AsyncDisposable {
  /** What models run on, for people. */
  readonly provider: string;
  readonly #options: PoolOptions;
  readonly #inferenceThreads: InferenceThread[];
  readonly #held = new Map<string, Held>();
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

  /** How many models every thread has loaded. */
  get loaded(): number {
    return this.#held.size;
  }

  get #models(): readonly PreparedModel[] {
    return [...this.#held.values()].map(({ prepared }) => prepared);
  }

  /** What is known of a model, before it is loaded; prepares it. */
  async manifestOf(origin: ModelOrigin): Promise<ModelManifest> {
    return (await this.#prepare(origin)).manifest;
  }

  /** Prepares and loads a detector on every thread, once whatever the number of callers. */
  async load(origin: ModelOrigin, wanted: Wanted): Promise<Detector> {
    const prepared = await this.#prepare(origin);
    const detector = new OnnxDetector(new LoadedModel(this, prepared, "detect"), wanted);
    await this.#hold(prepared);
    return detector;
  }

  /** As `load`, a model of another task. Fails with "model-unsupported" when it is for none or another one. */
  async loadModel<T extends CropTask>(task: T, origin: ModelOrigin): Promise<CropModel<T>> {
    const prepared = await this.#prepare(origin);
    const model = new OnnxCropModel(new LoadedModel(this, prepared, task));
    await this.#hold(prepared);
    return model;
  }

  async release(key: string): Promise<void> {
    const held = this.#held.get(key);
    if (!held || --held.holds > 0) return;
    this.#held.delete(key);
    // A thread that is lost meanwhile has let go as well.
    await Promise.allSettled(this.#inferenceThreads.map((thread) => thread.unload(key)));
  }

  /** Counts before it loads: whoever gives the model up meanwhile does not unload it. */
  async #hold(prepared: PreparedModel): Promise<void> {
    const held = this.#held.get(prepared.key) ?? { prepared, holds: 0 };
    held.holds++;
    this.#held.set(prepared.key, held);
    try {
      await Promise.all(this.#inferenceThreads.map((thread) => thread.load(prepared)));
    } catch (thrown) {
      await this.release(prepared.key);
      throw thrown;
    }
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
    return supervise((signal) => thread.live(signal, this.#models), {
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
