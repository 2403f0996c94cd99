import { SensoriumError } from "@sensorium/protocol";

interface Waiting<T, R> {
  readonly items: readonly T[];
  resolve(results: readonly R[]): void;
  reject(error: unknown): void;
}

export interface AppendQueueOptions<T, R> {
  /** Makes items durable and returns a result for each; never called while an earlier call is under way. */
  readonly commit: (items: readonly T[]) => Promise<readonly R[]>;
  /** The most items one commit is given. */
  readonly batchLimit: number;
  /** The most items that may wait for the disk. */
  readonly queueLimit: number;
  /** What the items are, for messages: events. */
  readonly noun: string;
}

/**
 * Group commit: what arrives while a commit is under way shares the next one, in the order of the calls.
 * So one disk flush serves however many callers are waiting, and nobody waits for a timer.
 */
export class AppendQueue<T, R> {
  readonly #options: AppendQueueOptions<T, R>;
  readonly #waiting: Waiting<T, R>[] = [];
  #queued = 0;
  #refused = 0;
  #running: Promise<void> | undefined;

  constructor(options: AppendQueueOptions<T, R>) {
    this.#options = options;
  }

  /** Items not yet durable. */
  get length(): number {
    return this.#queued;
  }

  /** Items refused because the queue was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Resolves with one result per item once all are durable; at most `batchLimit` items a call. */
  append(items: readonly T[]): Promise<readonly R[]> {
    if (this.#queued + items.length > this.#options.queueLimit) {
      this.#refused += items.length;
      const full = `${this.#queued} ${this.#options.noun} are waiting for the disk, more are refused`;
      return Promise.reject(new SensoriumError("store-failed", full, { retryable: true }));
    }
    this.#queued += items.length;
    const results = new Promise<readonly R[]>((resolve, reject) => this.#waiting.push({ items, resolve, reject }));
    this.#running ??= this.#run();
    return results;
  }

  /** Resolves when nothing is waiting any more. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) {
      const items = group.flatMap((waiting) => waiting.items);
      try {
        share(await this.#options.commit(items), group);
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
      this.#queued -= items.length;
    }
    this.#running = undefined;
  }

  #nextGroup(): readonly Waiting<T, R>[] {
    let size = 0;
    const end = this.#waiting.findIndex((waiting) => {
      size += waiting.items.length;
      return size > this.#options.batchLimit;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(end, 1));
  }
}

function share<R>(results: readonly R[], group: readonly Waiting<unknown, R>[]): void {
  let from = 0;
  for (const { items, resolve } of group) {
    resolve(results.slice(from, from + items.length));
    from += items.length;
  }
}
