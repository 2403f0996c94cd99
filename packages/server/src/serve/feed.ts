import { type Backoff, supervise, systemClock } from "../flow/supervise.ts";
import type { Log } from "../observe/log.ts";

/** What a feed reads and how it makes one message of each item for all listeners. */
export interface FeedOptions<Item, Message> {
  open(signal: AbortSignal): AsyncIterable<Item>;
  /** Called once per item, however many listen. */
  prepare(item: Item): Message;
  readonly log: Log;
}

const backoff: Backoff = { firstMs: 250, capMs: 5_000, healthyMs: 10_000 };

/** One iteration shared by all listeners: it runs while somebody listens and is opened again when it fails. */
export class Feed<Item, Message> implements AsyncDisposable {
  readonly #options: FeedOptions<Item, Message>;
  readonly #listeners = new Set<(message: Message) => void>();
  #stop: AbortController | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: FeedOptions<Item, Message>) {
    this.#options = options;
  }

  get idle(): boolean {
    return this.#listeners.size === 0;
  }

  /** Calls `listener` with every message from now on, until disposed. */
  listen(listener: (message: Message) => void): Disposable {
    // A function of its own per call: listening twice with one function is two listeners.
    const own = (message: Message): void => listener(message);
    this.#listeners.add(own);
    if (!this.#stop) this.#start();
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(own) && this.idle) this.#end();
      },
    };
  }

  /** Ends the iteration and waits until it has unwound. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listeners.clear();
    this.#end();
    await this.#running;
  }

  #start(): void {
    const stop = new AbortController();
    this.#stop = stop;
    const { log } = this.#options;
    const run = supervise((signal) => this.#deliver(signal), {
      backoff,
      clock: systemClock,
      signal: stop.signal,
      onRetry: (error, delayMs) => log.warn({ reason: error.message, delayMs }, "a feed failed and is opened again"),
    }).then((ended) => {
      if (ended.kind === "failed") log.error({ reason: ended.error.message }, "a feed failed for good");
    });
    this.#running = Promise.all([this.#running, run]);
  }

  #end(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #deliver(signal: AbortSignal): Promise<void> {
    for await (const item of this.#options.open(signal)) {
      if (signal.aborted) return;
      const message = this.#options.prepare(item);
      for (const listener of this.#listeners) listener(message);
    }
  }
}
