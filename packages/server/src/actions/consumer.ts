import { SensoriumError } from "@sensorium/protocol";
import { type Backoff, type Clock, supervise } from "../flow/supervise.ts";
import type { Log } from "../observe/log.ts";
import type { ActionRecords, Backlog, WaitingAction } from "../storage/actions.ts";
import { placeOf, type SinkAddress } from "./address.ts";
import type { Delivery } from "./delivery.ts";
import type { SinkHealth, SinkTotals } from "./health.ts";
import type { Connect, Sink } from "./sink.ts";

const backoff: Backoff = { firstMs: 200, capMs: 10_000, healthyMs: 5_000 };
/** What one read of the backlog brings. */
const BATCH = { limit: 64, maxBytes: 8 * 1024 * 1024 };
/** A message or picture that a sink at work could not be brought to take so often is refused. */
const MAX_TRIES = 20;
/** How long a message waits for the picture it names, when that is for another sink. */
const FOLLOWS_MS = 5_000;
const FOLLOWS_POLL_MS = 20;
/** A connection that nobody has needed for so long is closed. */
const IDLE_MS = 600_000;

export interface ConsumerOptions {
  readonly key: string;
  readonly address: SinkAddress;
  readonly records: ActionRecords;
  readonly connect: Connect;
  /** How long a sink may keep us waiting for an answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly backlog: Backlog;
}

/** Brings one sink what waits for it, in order, one at a time, for as long as it takes. */
export class SinkConsumer {
  /** Resolves when it has stopped, or has had nothing to do for long. Never rejects. */
  readonly ended: Promise<void>;
  readonly #options: ConsumerOptions;
  readonly #place: string;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #totals: Record<keyof SinkTotals, number> = { delivered: 0, refused: 0, gaveUp: 0, expired: 0, retries: 0 };
  #address: SinkAddress;
  #backlog: Backlog;
  #state: SinkHealth["state"] = "connecting";
  #reason: string | null = null;
  #oldestMs: number | null = null;
  #tries = { id: "", count: 0 };
  #news = false;
  #wake: (() => void) | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#address = options.address;
    this.#backlog = options.backlog;
    this.#place = placeOf(options.address);
    this.#log = options.log.child({ sink: this.#place });
    this.ended = this.#run();
  }

  health(): SinkHealth {
    const { waiting, bytes } = this.#backlog;
    const oldestMs = waiting > 0 ? this.#oldestMs : null;
    return {
      name: this.#place,
      state: this.#state,
      reason: this.#reason,
      waiting,
      bytes,
      oldestMs,
      totals: { ...this.#totals },
    };
  }

  /** More waits; an address may hold a new password. */
  added(address: SinkAddress, backlog: Backlog): void {
    this.#address = address;
    this.#backlog = backlog;
    this.#news = true;
    this.#wake?.();
  }

  /** So many messages were given up to make room. */
  gaveUp(count: number): void {
    if (this.#totals.gaveUp === 0)
      this.#log.warn({ count }, "too much waits for a sink: its oldest messages are given up");
    this.#totals.gaveUp += count;
  }

  /** What came in the moment it ended by itself. */
  get leftBehind(): { readonly address: SinkAddress; readonly backlog: Backlog } | null {
    return this.#news && !this.#stop.signal.aborted ? { address: this.#address, backlog: this.#backlog } : null;
  }

  /** Stops within a second or so; what is not delivered by then is after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async #run(): Promise<void> {
    const ended = await supervise((signal) => this.#follow(signal), {
      backoff,
      clock: this.#options.clock,
      signal: this.#stop.signal,
      onRetry: ({ message }) => this.#report("down", message),
    });
    if (ended.kind === "failed") this.#report("down", ended.error.message);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { connect, timeoutMs } = this.#options;
    await using sink = await connect(this.#address, { signal, timeoutMs });
    const until = AbortSignal.any([signal, sink.lost]);
    while (!until.aborted) {
      this.#news = false;
      const batch = await this.#options.records.nextActions({ sink: this.#options.key, ...BATCH });
      this.#oldestMs = batch[0]?.dueMs ?? null;
      if (batch.length > 0) await this.#deliverAll(batch, { sink, until });
      this.#report("following", null);
      if (batch.length === 0 && !(await this.#moreComes(until))) return;
    }
    if (!signal.aborted) throw sink.lost.reason;
  }

  /** False when nothing has come for long. */
  async #moreComes(until: AbortSignal): Promise<boolean> {
    if (this.#news || until.aborted) return true;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#options.clock.sleep(IDLE_MS, AbortSignal.any([woken.signal, until]));
    this.#wake = undefined;
    return this.#news || until.aborted;
  }

  async #deliverAll(batch: readonly WaitingAction[], { sink, until }: Delivering): Promise<void> {
    const settled: number[] = [];
    const refused: { seq: number; reason: string; atMs: number }[] = [];
    try {
      for (const action of batch) {
        if (until.aborted) break;
        await this.#waitFor(action, until);
        const outcome = await this.#deliver(action, { sink, until });
        settled.push(action.seq);
        if (outcome !== "done") refused.push({ seq: action.seq, reason: outcome.refused, atMs: this.#options.now() });
      }
    } finally {
      if (settled.length > 0) {
        this.#backlog = await this.#options.records.settleActions({ sink: this.#options.key, settled, refused });
      }
    }
  }

  /** @throws SensoriumError when it has to be tried again. */
  async #deliver(action: WaitingAction, { sink, until }: Delivering): Promise<"done" | { readonly refused: string }> {
    const { id, picture, expiresMs, kept } = action;
    if (expiresMs !== null && expiresMs <= this.#options.now()) {
      this.#totals.expired++;
      return "done";
    }
    const delivery: Delivery = JSON.parse(action.body);
    const outcome = await sink.deliver({ id, delivery, picture, expiresMs }, until);
    if (outcome === "done") {
      this.#totals.delivered++;
      return outcome;
    }
    if ("failed" in outcome && (kept || this.#triesOf(id) < MAX_TRIES)) {
      throw new SensoriumError("store-failed", `${this.#place}: ${outcome.failed}`, { retryable: true });
    }
    const reason = "failed" in outcome ? `${MAX_TRIES} tries failed: ${outcome.failed}` : outcome.refused;
    this.#totals.refused++;
    this.#log.warn({ action: delivery.type, id, reason }, "a sink refuses an action");
    return { refused: reason };
  }

  #triesOf(id: string): number {
    this.#tries = { id, count: this.#tries.id === id ? this.#tries.count + 1 : 1 };
    return this.#tries.count;
  }

  /** A message had better come after the picture it names, but not wait for a Redis that is away. */
  async #waitFor({ follows, dueMs }: WaitingAction, until: AbortSignal): Promise<void> {
    const { records, clock, now } = this.#options;
    if (follows === null) return;
    while (now() < dueMs + FOLLOWS_MS && !until.aborted && (await records.actionWaits({ id: follows }))) {
      await clock.sleep(FOLLOWS_POLL_MS, until);
    }
  }

  #report(state: "following" | "down", reason: string | null): void {
    if (state === "down") this.#totals.retries++;
    if (state === this.#state && reason === this.#reason) return;
    this.#state = state;
    this.#reason = reason;
    if (state === "down") this.#log.warn({ state, reason }, "a sink is away");
    else this.#log.info({ state }, "a sink is well");
  }
}

interface Delivering {
  readonly sink: Sink;
  readonly until: AbortSignal;
}
