import { type CrossingEvent, type Recorded, reasonOf, SensoriumError } from "@sensorium/protocol";
import { SensoriumEvent } from "@sensorium/protocol/wire";
import type { Ended } from "../flow/supervise.ts";
import { type Log, silentLog } from "../observe/log.ts";
import type { AccessRecords } from "./access.ts";
import { accessOver } from "./access-link.ts";
import type { ActionRecords } from "./actions.ts";
import { AppendQueue } from "./append-queue.ts";
import type { AuditRecords } from "./audit.ts";
import { checkDatabaseUrl } from "./database-url.ts";
import type { HistoryRecords } from "./history.ts";
import { historyOver } from "./history-link.ts";
import { BATCH_LIMIT, type ReadAnswer, type ReadQuery } from "./log.ts";
import type { SinkState, WorkerInit } from "./messages.ts";
import type { CrossingsQuery, LineCounts, Since, Traffic } from "./queries.ts";
import type { Retention } from "./retention.ts";
import { WorkerLink } from "./worker-link.ts";

export interface StoreOptions {
  /** Where the database lies; made if absent. One store at a time has it. */
  readonly folder: string;
  /** `postgresql://…` of the shared site database that follows this log. */
  readonly databaseUrl?: string | undefined;
  readonly log?: Log;
}

/** A consumer of the log, and how many events it still lacks: until it was reached once, the most it can lack. */
export interface SinkHealth extends SinkState {
  readonly lag: number;
}

export interface StoreHealth {
  /** Events waiting to become durable. */
  readonly queued: number;
  /** Events refused because too many were waiting. */
  readonly refused: number;
  /** The newest durable offset; 0 before the first. */
  readonly lastOffset: number;
  readonly sinks: readonly SinkHealth[];
}

interface StoreInit {
  readonly link: WorkerLink;
  readonly log: Log;
  readonly epoch: string;
  readonly lastOffset: number;
  readonly interrupted: readonly string[];
  readonly sinks: Map<string, SinkState>;
}

/** The most events that may wait for the disk. */
const QUEUE_LIMIT = 10_000;
const PRUNE_EVERY_MS = 3_600_000;

/**
 * The node's durable log and its tables. All SQL runs in a worker of its own; this handle only asks.
 * Errors are `store-failed` with a clear sentence, or `worker-lost` when the worker is gone.
 */
export class Store implements AsyncDisposable {
  /** Of the database file: positions of another epoch mean nothing here. */
  readonly epoch: string;
  /** The environments whose sensing had not ended when the server ended that had the store before. */
  readonly interrupted: readonly string[];
  /** Resolves when the store is gone, on request or not. Never rejects. */
  readonly ended: Promise<Ended>;
  /** Who may connect. */
  readonly access: AccessRecords;
  /** What somebody did to the server. */
  readonly audit: AuditRecords;
  /** What is due elsewhere. */
  readonly actions: ActionRecords;
  /** What has been recorded of people and environments. */
  readonly history: HistoryRecords;
  readonly #link: WorkerLink;
  readonly #queue: AppendQueue<SensoriumEvent, number>;
  readonly #sinks: Map<string, SinkState>;
  #lastOffset: number;
  readonly #log: Log;
  #pruning: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  private constructor(init: StoreInit) {
    this.#log = init.log;
    this.#link = init.link;
    this.epoch = init.epoch;
    this.interrupted = init.interrupted;
    this.#lastOffset = init.lastOffset;
    this.access = accessOver(init.link);
    this.audit = auditOver(init.link);
    this.actions = actionsOver(init.link);
    this.history = historyOver(init.link);
    this.#sinks = init.sinks;
    this.#queue = new AppendQueue({
      commit: (events) => this.#commit(events),
      batchLimit: BATCH_LIMIT,
      queueLimit: QUEUE_LIMIT,
      noun: "events",
    });
    this.ended = init.link.exited.then((error) => (error ? { kind: "failed", error } : { kind: "stopped" }));
  }

  /** @throws SensoriumError when the folder, the database file or the address is not usable, and which it is. */
  static async open({ folder, databaseUrl, log = silentLog }: StoreOptions): Promise<Store> {
    if (databaseUrl !== undefined) checkDatabaseUrl(databaseUrl);
    const sinks = new Map<string, SinkState>();
    const link = new WorkerLink({
      script: new URL("./worker.ts", import.meta.url),
      workerData: { folder, databaseUrl } satisfies WorkerInit,
      onNotice: ({ sink }) => {
        logChange(log, sinks.get(sink.name), sink);
        sinks.set(sink.name, sink);
      },
    });
    try {
      const { epoch, lastOffset, interrupted } = await link.ready;
      return new Store({ link, log, epoch, lastOffset, interrupted, sinks });
    } catch (thrown) {
      await link.exited;
      throw thrown;
    }
  }

  /**
   * Resolves when the events are on the disk, which is before anyone may be told of them. Calls keep their order.
   * An event that was appended before keeps its first position. At most 1000 events a call.
   */
  async append<E extends SensoriumEvent>(events: readonly E[]): Promise<readonly Recorded<E>[]> {
    if (this.#closed !== undefined) throw new SensoriumError("store-failed", "the store is closed");
    if (events.length === 0) return [];
    if (events.length > BATCH_LIMIT) {
      throw new SensoriumError("store-failed", `${events.length} events in one call, ${BATCH_LIMIT} is the most`);
    }
    const offsets = await this.#queue.append(events.map(checked));
    return events.map((event, i) => ({ event, position: { epoch: this.epoch, offset: offsets[i] ?? 0 } }));
  }

  /** What follows a position, oldest first; says so when the position is not one of this log. */
  read(query: ReadQuery): Promise<ReadAnswer> {
    return this.#link.call("read", query);
  }

  /** Crossings of a camera per line since an instant; a line nobody crossed is absent. */
  counts(since: Since): Promise<readonly LineCounts[]> {
    return this.#link.call("counts", since);
  }

  /** The crossings of a camera in a span of time, newest first. */
  crossings(query: CrossingsQuery): Promise<readonly CrossingEvent[]> {
    return this.#link.call("crossings", query);
  }

  /** The periods of high traffic since an instant, and the one going on. */
  traffic(since: Since): Promise<Traffic> {
    return this.#link.call("traffic", since);
  }

  /** Takes out what is older than it may be, now and every hour from now on. */
  keepFor(retention: Retention): void {
    clearInterval(this.#pruning);
    this.#pruning = setInterval(() => void this.#prune(retention), PRUNE_EVERY_MS).unref();
    void this.#prune(retention);
  }

  health(): StoreHealth {
    const lastOffset = this.#lastOffset;
    return {
      queued: this.#queue.length,
      refused: this.#queue.refused,
      lastOffset,
      sinks: [...this.#sinks.values()].map((sink) => ({ ...sink, lag: Math.max(0, lastOffset - sink.offset) })),
    };
  }

  /** Makes durable what was appended, then closes the database. Sinks catch up after the next start. */
  close(): Promise<void> {
    clearInterval(this.#pruning);
    this.#closed ??= this.#queue.drain().then(() => this.#link.close());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #prune(retention: Retention): Promise<void> {
    try {
      // Piece by piece: whoever waits for the database gets it in between.
      while (await this.#link.call("prune", { ...retention, nowMs: Date.now() })) {}
    } catch (thrown) {
      if (this.#closed === undefined)
        this.#log.warn({ reason: reasonOf(thrown) }, "old records could not be taken out");
    }
  }

  async #commit(events: readonly SensoriumEvent[]): Promise<readonly number[]> {
    const offsets = await this.#link.call("append", events);
    this.#lastOffset = Math.max(this.#lastOffset, ...offsets);
    return offsets;
  }
}

function auditOver(link: WorkerLink): AuditRecords {
  return {
    addAudit: (row) => link.call("addAudit", row),
    findAudit: (search) => link.call("findAudit", search),
  };
}

function actionsOver(link: WorkerLink): ActionRecords {
  return {
    addActions: (added) => link.call("addActions", added),
    nextActions: (from) => link.call("nextActions", from),
    settleActions: (done) => link.call("settleActions", done),
    actionWaits: (which) => link.call("actionWaits", which),
    refusedActions: (page) => link.call("refusedActions", page),
    waitingSinks: () => link.call("waitingSinks", undefined),
  };
}

/** Refuses here, for its sender alone, what would fail the whole group it is committed with. */
function checked(event: SensoriumEvent): SensoriumEvent {
  const result = SensoriumEvent.safeParse(event);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new SensoriumError("internal", `event ${event.id}: ${issue?.path.join(".")}: ${issue?.message}`);
}

function logChange(log: Log, before: SinkState | undefined, { name, state, offset, reason }: SinkState): void {
  if (state === before?.state && reason === before.reason) return;
  if (state === "down" || state === "refused") log.warn({ sink: name, state, reason }, "a sink lags");
  else log.info({ sink: name, state, offset }, "a sink is well");
}
