import { Worker } from "node:worker_threads";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { Calls } from "../../flow/calls.ts";
import { fromWireError } from "../../flow/thread-error.ts";
import type { PreparedModel } from "../prepare.ts";
import type { FromInference, Reply, RunAnswer, RunRequest, ThreadData, ToInference } from "./messages.ts";

/** Little lives long in these threads: a small nursery keeps their garbage from piling up. */
const THREAD_MEMORY = { maxYoungGenerationSizeMb: 8 };

/** One place in the pool: a worker thread, and its successor when it dies. */
export class InferenceThread {
  readonly #script: URL;
  readonly #data: ThreadData;
  readonly #onIdle: () => void;
  readonly #calls = new Calls<Reply>();
  #worker: Worker | undefined;
  #under = 0;

  constructor({ script, ...data }: ThreadData & { readonly script: URL }, onIdle: () => void) {
    this.#script = script;
    this.#data = data;
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

  /** A model that is not there, or a thread that is being replaced, is unloaded already. */
  async unload(key: string): Promise<void> {
    if (this.#worker) await this.#call((call) => ({ type: "unload", call, key }));
  }

  async run(request: RunRequest): Promise<RunAnswer> {
    this.#under++;
    try {
      const reply = await this.#call((call) => ({ type: "run", call, request }));
      if (reply.type !== "answer") throw new SensoriumError("internal", `unexpected answer ${reply.type}`);
      return reply.answer;
    } finally {
      this.#under--;
      this.#onIdle();
    }
  }

  #start(): Worker {
    const options = { name: "inference", resourceLimits: THREAD_MEMORY, workerData: this.#data };
    const worker = new Worker(this.#script, options);
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
