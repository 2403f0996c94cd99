import { SensoriumError, type SensoriumEvent } from "@sensorium/protocol";

/** The most events that may wait for the disk. */
export const QUEUE_LIMIT = 10_000;

interface Waiting {
  readonly events: readonly SensoriumEvent[];
  resolve(offsets: readonly number[]): void;
  reject(error: unknown): void;
}

export interface AppendQueueOptions {
  /** Makes events durable and returns their offsets; never called while an earlier call is under way. */
  readonly commit: (events: readonly SensoriumEvent[]) => Promise<readonly number[]>;
  /** The most events one commit is given. */
  readonly batchLimit: number;
}

/**
 * Group commit: what arrives while a commit is under way shares the next one, in the order of the calls.
 * So one disk flush serves however many callers are waiting, and nobody waits for a timer.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  readonly #waiting: Waiting[] = [];
  #queued = 0;
  #refused = 0;
  #running: Promise<void> | undefined;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
  }

  /** Events not yet durable. */
  get length(): number {
    return this.#queued;
  }

  /** Events refused because the queue was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Resolves with one offset per event once all are durable; at most `batchLimit` events a call. */
  append(events: readonly SensoriumEvent[]): Promise<readonly number[]> {
    if (this.#queued + events.length > QUEUE_LIMIT) {
      this.#refused += events.length;
      const full = `${this.#queued} events are waiting for the disk, more are refused`;
      return Promise.reject(new SensoriumError("store-failed", full, { retryable: true }));
    }
    this.#queued += events.length;
    const offsets = new Promise<readonly number[]>((resolve, reject) =>
      this.#waiting.push({ events, resolve, reject }),
    );
    this.#running ??= this.#run();
    return offsets;
  }

  /** Resolves when nothing is waiting any more. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) {
      const events = group.flatMap((waiting) => waiting.events);
      try {
        share(await this.#options.commit(events), group);
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
      this.#queued -= events.length;
    }
    this.#running = undefined;
  }

  #nextGroup(): readonly Waiting[] {
    let size = 0;
    const end = this.#waiting.findIndex((waiting) => {
      size += waiting.events.length;
      return size > this.#options.batchLimit;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(end, 1));
  }
}

function share(offsets: readonly number[], group: readonly Waiting[]): void {
  let from = 0;
  for (const { events, resolve } of group) {
    resolve(offsets.slice(from, from + events.length));
    from += events.length;
  }
}
