import { Worker } from "node:worker_threads";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { Calls } from "../flow/calls.ts";
import { fromWireError } from "../flow/thread-error.ts";
import type { CallName, FromWorker, InputOf, OutputOf, ToWorker } from "./messages.ts";

export interface WorkerLinkOptions {
  readonly script: URL;
  readonly workerData: unknown;
  /** Hears what the worker says unasked. */
  readonly onNotice: (notice: Extract<FromWorker, { kind: "sink" }>) => void;
}

type Ready = Extract<FromWorker, { kind: "ready" }>;

/** The main thread's end of a store worker: typed calls, and no caller left waiting when the thread is gone. */
export class WorkerLink {
  /** Settles once the worker is ready for calls, or has said why it never will be. */
  readonly ready: Promise<Ready>;
  /** Resolves when the thread is gone, with the error if nobody had asked it to go. Never rejects. */
  readonly exited: Promise<SensoriumError | undefined>;
  readonly #worker: Worker;
  readonly #calls = new Calls<unknown>();
  readonly #onNotice: WorkerLinkOptions["onNotice"];
  readonly #opened = Promise.withResolvers<Ready>();
  #lost: SensoriumError | undefined;
  #closing = false;

  constructor({ script, workerData, onNotice }: WorkerLinkOptions) {
    this.#onNotice = onNotice;
    this.ready = this.#opened.promise;
    this.ready.catch(() => undefined); // whoever opened it awaits it
    this.#worker = new Worker(script, { workerData });
    this.#worker.on("message", (message: FromWorker) => this.#hear(message));
    this.#worker.on("error", (thrown) => {
      this.#fail(new SensoriumError("worker-lost", `the store's worker crashed: ${reasonOf(thrown)}`));
    });
    this.exited = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        if (this.#closing) this.#fail(new SensoriumError("store-failed", "the store is closed"));
        else this.#fail(new SensoriumError("worker-lost", `the store's worker exited with code ${code}`));
        resolve(this.#closing ? undefined : this.#lost);
      });
    });
  }

  /** Rejects with what the worker said, or with `worker-lost` as soon as the thread is gone. */
  async call<K extends CallName>(kind: K, input: InputOf<K>): Promise<OutputOf<K>> {
    if (this.#lost) throw this.#lost;
    const { id, reply } = this.#calls.open();
    this.#worker.postMessage({ kind, id, input });
    return (await reply) as OutputOf<K>;
  }

  /** Asks the worker to finish and waits until it has gone by itself: a busy thread is never cut off. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker.postMessage({ kind: "close" } satisfies ToWorker);
    await this.exited;
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        this.#opened.resolve(message);
        break;
      case "refused":
        this.#closing = true;
        this.#opened.reject(fromWireError(message.error));
        break;
      case "answer":
        this.#calls.settle(message.id, message.output);
        break;
      case "failure":
        this.#calls.fail(message.id, fromWireError(message.error));
        break;
      case "sink":
        this.#onNotice(message);
        break;
    }
  }

  /** From here on every call fails, those under way included. */
  #fail(error: SensoriumError): void {
    this.#lost ??= error;
    this.#opened.reject(this.#lost);
    this.#calls.failAll(this.#lost);
  }
}
