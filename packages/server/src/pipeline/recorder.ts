import { type Recorded, reasonOf } from "@sensorium/protocol";
import { SensoriumEvent } from "@sensorium/protocol/wire";
import { type Backoff, type Clock, supervise } from "../flow/supervise.ts";
import type { Log } from "../observe/log.ts";

/** What the pipeline needs of a store. */
export interface EventLog {
  append(events: readonly SensoriumEvent[]): Promise<readonly Recorded[]>;
}

export interface RecorderOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Told of every event once it is durable, in order. */
  onRecorded(recorded: Recorded): void;
}

/** Events that may wait for a store that does not answer; beyond it the oldest are given up, counted and logged. */
const WAITING_LIMIT = 10_000;
const BATCH = 500;
/** How long events that still wait may take when everything closes. */
const LAST_CHANCE_MS = 2_000;
const storeBackoff: Backoff = { firstMs: 200, capMs: 10_000, healthyMs: 10_000 };

/**
 * Between the pipeline, which must not wait, and the log, which must not lose: events become durable in order, and
 * only then is anyone told. A log that fails is tried again until it takes them; the second time is harmless, because
 * an event's id makes it the same event.
 */
export class Recorder implements AsyncDisposable {
  readonly #events: EventLog;
  readonly #options: RecorderOptions;
  readonly #waiting: SensoriumEvent[] = [];
  readonly #stop = new AbortController();
  #writing: Promise<void> | undefined;
  #lost = 0;
  #failing = false;
  #writtenMs: number | null = null;

  constructor(events: EventLog, options: RecorderOptions) {
    this.#events = events;
    this.#options = options;
  }

  /** Events given up because the log did not take them in time. */
  get lost(): number {
    return this.#lost;
  }

  /** Events that are not durable yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** When the log last took events, in Unix milliseconds; null before that. */
  get writtenMs(): number | null {
    return this.#writtenMs;
  }

  /** Whether the log did not take what it was given last: nobody is told anything until it does. */
  get failing(): boolean {
    return this.#failing;
  }

  record(...events: readonly SensoriumEvent[]): void {
    this.#waiting.push(...events.filter((event) => this.#isValid(event)));
    const excess = this.#waiting.length - WAITING_LIMIT;
    if (excess > 0) {
      this.#waiting.splice(0, excess);
      this.#lost += excess;
      this.#options.log.error({ lost: this.#lost }, "events are lost: the log does not take them");
    }
    if (this.#waiting.length > 0) this.#start();
  }

  #start(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      // What came between the last look and now has found nobody to write it.
      if (this.#waiting.length > 0 && !this.#stop.signal.aborted) this.#start();
    });
  }

  /** One event that can never be written must not hold back all that follow. */
  #isValid(event: SensoriumEvent): boolean {
    const { success, error } = SensoriumEvent.safeParse(event);
    if (!success)
      this.#options.log.error({ event: event.id, reason: reasonOf(error.issues[0]?.message) }, "an event is not valid");
    return success;
  }

  async #write(): Promise<void> {
    const { clock, log } = this.#options;
    await supervise(
      async () => {
        while (this.#waiting.length > 0) await this.#writeBatch();
      },
      {
        backoff: storeBackoff,
        clock,
        signal: this.#stop.signal,
        onRetry: (error, delayMs) => {
          this.#failing = true;
          log.error({ reason: error.message, delayMs }, "events wait for the log");
        },
      },
    );
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting.slice(0, BATCH);
    const recorded = await this.#events.append(batch).catch((thrown: unknown) => {
      throw new Error(reasonOf(thrown), { cause: thrown });
    });
    this.#failing = false;
    this.#writtenMs = Date.now();
    // Only now: what failed stays in front of what came since.
    const written = new Set(batch);
    while (this.#waiting[0] && written.has(this.#waiting[0])) this.#waiting.shift();
    for (const each of recorded) this.#options.onRecorded(each);
  }

  /** Writes what still waits, unless the log keeps failing. */
  async [Symbol.asyncDispose](): Promise<void> {
    const writing = this.#writing;
    await Promise.race([writing, this.#options.clock.sleep(LAST_CHANCE_MS, this.#stop.signal)]);
    this.#stop.abort();
    await writing;
  }
}
