import { Worker } from "node:worker_threads";
import { type CameraId, reasonOf, SensoriumError } from "@sensorium/protocol";
import type { PictureFormat } from "../../capture/messages.ts";
import { Calls } from "../../flow/calls.ts";
import type { Frame } from "../../flow/frame.ts";
import { type Backoff, type Clock, supervise, systemClock } from "../../flow/supervise.ts";
import { fromWireError } from "../../flow/thread-error.ts";
import type { Log } from "../../observe/log.ts";
import type { ModelOrigin } from "../catalogue.ts";
import type { Detector, Inference, ModelInfo } from "../detector.ts";
import type { PreparedModel } from "../prepare.ts";
import { prepareApart } from "../prepare-apart.ts";
import { FairQueue } from "./fair-queue.ts";
import type { FromInference, Reply, RunRequest, ToInference } from "./messages.ts";

const threadBackoff: Backoff = { firstMs: 100, capMs: 10_000, healthyMs: 60_000 };

/** Little lives long in these threads: a small nursery keeps their garbage from piling up. */
const THREAD_MEMORY = { maxYoungGenerationSizeMb: 8 };

/** One runs, one waits in the thread itself, so that it never stands still while this thread decides what is next. */
const JOBS_PER_THREAD = 2;

export interface PoolOptions {
  /** Threads, each with a single-threaded session of every model. */
  readonly threads: number;
  /** Where prepared models are kept. */
  readonly cacheFolder: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** What the threads run and how models are prepared; tests put scripted ones here. */
  readonly script?: URL;
  readonly prepare?: typeof prepareApart;
}

/** What somebody wants of a model. */
export interface Wanted {
  /** Names of classes; the others are not looked for. */
  readonly classes: readonly string[];
  /** Detections below it are left out (the low threshold of the model's manifest). */
  readonly minScore?: number;
}

interface Job {
  readonly request: RunRequest;
  resolve(inference: Inference): void;
  reject(error: Error): void;
}

/** Inference threads under supervision. One that dies is replaced; its callers hear of it at once. */
export class InferencePool implements AsyncDisposable {
  readonly #options: PoolOptions;
  readonly #threads: InferenceThread[];
  readonly #models = new Map<string, PreparedModel>();
  readonly #queue = new FairQueue<CameraId, Job>();
  readonly #stop = new AbortController();
  readonly #supervised: Promise<unknown>[];

  constructor(options: PoolOptions) {
    this.#options = options;
    const script = options.script ?? new URL("./thread.ts", import.meta.url);
    this.#threads = Array.from({ length: options.threads }, () => new InferenceThread(script, () => this.#dispatch()));
    this.#supervised = this.#threads.map((thread) => this.#keepAlive(thread));
  }

  /** Prepares and loads the model on every thread, once whatever the number of callers. */
  async load(origin: ModelOrigin, wanted: Wanted): Promise<Detector> {
    const prepare = this.#options.prepare ?? prepareApart;
    const prepared = await prepare(origin, this.#options.cacheFolder);
    await Promise.all(this.#threads.map((thread) => thread.load(prepared)));
    this.#models.set(prepared.key, prepared);
    return new OnnxDetector(this, prepared, { threads: this.#options.threads, ...wanted });
  }

  /** Runs when a thread is free; cameras take turns. */
  run(camera: CameraId, request: RunRequest): Promise<Inference> {
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
      const ready = this.#threads.filter((thread) => thread.alive && thread.under < JOBS_PER_THREAD);
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

/** One place in the pool: a worker thread, and its successor when it dies. */
class InferenceThread {
  readonly #script: URL;
  readonly #onIdle: () => void;
  readonly #calls = new Calls<Reply>();
  #worker: Worker | undefined;
  #under = 0;

  constructor(script: URL, onIdle: () => void) {
    this.#script = script;
    this.#onIdle = onIdle;
    this.#start();
  }

  get alive(): boolean {
    return this.#worker !== undefined;
  }

  /** Jobs given and not yet answered. */
  get under(): number {
    return this.#under;
  }

  /** Resolves when the signal aborts and the thread has ended cooperatively; rejects when it ends otherwise. */
  async live(signal: AbortSignal, models: readonly PreparedModel[]): Promise<void> {
    const worker = this.#worker ?? this.#start();
    let failure = "it ended unexpectedly";
    worker.once("error", (error) => {
      failure = reasonOf(error);
    });
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    const stop = (): void => worker.postMessage({ type: "shutdown" } satisfies ToInference);
    signal.addEventListener("abort", stop, { once: true });
    for (const model of models) void this.load(model).catch(() => undefined);
    this.#onIdle();
    await exited;
    signal.removeEventListener("abort", stop);
    this.#worker = undefined;
    const lost = new SensoriumError("worker-lost", `an inference thread was lost: ${failure}`, { retryable: true });
    this.#calls.failAll(lost);
    if (!signal.aborted) throw lost;
  }

  async load(model: PreparedModel): Promise<void> {
    await this.#call((call) => ({ type: "load", call, model }));
  }

  async run(request: RunRequest): Promise<Inference> {
    this.#under++;
    try {
      const reply = await this.#call((call) => ({ type: "run", call, request }));
      if (reply.type !== "found") throw unexpected(reply);
      return reply;
    } finally {
      this.#under--;
      this.#onIdle();
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { name: "inference", resourceLimits: THREAD_MEMORY });
    worker.on("message", (message: FromInference) => {
      if ("reply" in message) this.#calls.settle(message.call, message.reply);
      else this.#calls.fail(message.call, fromWireError(message.error));
    });
    this.#worker = worker;
    return worker;
  }

  #call(message: (call: number) => ToInference): Promise<Reply> {
    const { id, reply } = this.#calls.open();
    if (this.#worker) this.#worker.postMessage(message(id));
    else
      this.#calls.fail(
        id,
        new SensoriumError("worker-lost", "the inference thread is being replaced", { retryable: true }),
      );
    return reply;
  }
}

const unexpected = (reply: Reply): SensoriumError => new SensoriumError("internal", `unexpected answer ${reply.type}`);

interface OnnxDetectorOptions extends Wanted {
  readonly threads: number;
}

/** A loaded model as a detector of some of its classes. */
class OnnxDetector implements Detector {
  readonly model: ModelInfo;
  readonly format: PictureFormat;
  readonly concurrency: number;
  readonly #pool: InferencePool;
  readonly #key: string;
  readonly #classes: readonly number[];
  readonly #minScore: number;

  constructor(pool: InferencePool, { key, manifest }: PreparedModel, options: OnnxDetectorOptions) {
    const { name, family, input, thresholds, licence } = manifest;
    const { threads, classes, minScore = thresholds.low } = options;
    this.#pool = pool;
    this.#key = key;
    this.#minScore = minScore;
    this.#classes = classes.map((wanted) => classIndex(manifest.classes, wanted, name));
    this.concurrency = threads;
    this.format = { width: input.width, height: input.height, fit: input.fit === "stretch" ? "stretch" : "contain" };
    const provider = `CPU, ${threads} ${threads === 1 ? "thread" : "threads"}`;
    this.model = { name, family, provider, classes: manifest.classes, thresholds, licence };
  }

  async detect(frame: Frame): Promise<Inference> {
    const { picture, size: source } = frame;
    if (!picture) throw new SensoriumError("internal", "a frame without pixels was given to a model");
    const wanted = { minScore: this.#minScore, classes: this.#classes };
    return await this.#pool.run(frame.camera, { key: this.#key, picture, source, ...wanted });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The session belongs to the pool, which keeps it for the next camera that wants it.
  }
}

function classIndex(known: readonly string[], wanted: string, model: string): number {
  const index = known.indexOf(wanted);
  if (index >= 0) return index;
  const some = known.slice(0, 12).join(", ");
  throw new SensoriumError(
    "config-invalid",
    `the model ${model} knows no class "${wanted}"; it knows ${some}${known.length > 12 ? ", …" : ""}`,
  );
}
