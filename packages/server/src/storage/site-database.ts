import { SensoriumError, type StreamPosition } from "@sensorium/protocol";
import type { Kysely } from "kysely";
import { type Backoff, supervise, systemClock } from "../flow/supervise.ts";
import type { EventLog } from "./log.ts";
import type { SinkState } from "./messages.ts";
import { migrate } from "./migrations.ts";
import { type PoseLog, poseCursor, takePoses } from "./pose-log.ts";
import { connectSite, postgresError } from "./postgres.ts";
import { project } from "./project.ts";
import type { Schema } from "./schema.ts";

const backoff: Backoff = { firstMs: 200, capMs: 30_000, healthyMs: 10_000 };
const DELIVERY_LIMIT = 500;

export interface SiteDatabaseOptions {
  readonly log: EventLog;
  readonly poses: PoseLog;
  readonly onState: (state: SinkState) => void;
}

/** Up to where PostgreSQL has this node's events and poses. */
interface Cursors {
  readonly events: number;
  readonly poses: number;
}

/**
 * Carries the log and the poses into PostgreSQL. Their cursors live there too and move in the transaction that
 * writes the rows: whatever breaks, each event ends up there exactly once. While PostgreSQL is away it lags.
 */
export class SiteDatabase implements AsyncDisposable {
  readonly #databaseUrl: string;
  readonly #log: EventLog;
  readonly #poses: PoseLog;
  readonly #onState: (state: SinkState) => void;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #state: SinkState = { name: "postgresql", state: "connecting", offset: 0, posesBehind: null, reason: null };
  #wake: (() => void) | undefined;

  constructor(databaseUrl: string, { log, poses, onState }: SiteDatabaseOptions) {
    this.#databaseUrl = databaseUrl;
    this.#log = log;
    this.#poses = poses;
    this.#onState = onState;
    this.#report({});
    this.#ended = this.#run();
  }

  /** There are more events or poses. */
  wake(): void {
    this.#wake?.();
  }

  /** Stops within a second or so; what PostgreSQL has not got by then it gets after the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const ended = await supervise((signal) => this.#follow(signal), {
      backoff,
      clock: systemClock,
      signal: this.#stop.signal,
      onRetry: (error) => this.#report({ state: "down", reason: error.message }),
    });
    if (ended.kind === "failed") this.#report({ state: "refused", reason: ended.error.message });
  }

  async #follow(signal: AbortSignal): Promise<void> {
    try {
      await using site = connectSite(this.#databaseUrl, signal);
      const until = AbortSignal.any([signal, site.lost]);
      until.addEventListener("abort", () => this.wake());
      await migrate(site.db);
      let events = await this.#cursor(site.db);
      let poses = await poseCursor(site.db, this.#log.epoch);
      while (!until.aborted) {
        events = await this.#deliver(site.db, events);
        poses = await this.#deliverPoses(site.db, poses);
        const posesBehind = Math.max(0, this.#poses.lastSeq - poses);
        this.#report({ state: "following", offset: events, posesBehind, reason: null });
        await this.#news({ events, poses }, until);
      }
      if (!signal.aborted) throw site.lost.reason;
    } catch (thrown) {
      throw postgresError(thrown, this.#databaseUrl);
    }
  }

  /** The offset up to which PostgreSQL has this log. */
  async #cursor(db: Kysely<Schema>): Promise<number> {
    const { epoch } = this.#log;
    const { log_offset } = await db
      .insertInto("cursors")
      .values({ epoch, log_offset: 0 })
      .onConflict((conflict) =>
        conflict.column("epoch").doUpdateSet((found) => ({ epoch: found.ref("cursors.epoch") })),
      )
      .returning("log_offset")
      .executeTakeFirstOrThrow();
    const position = { epoch, offset: log_offset };
    if ((await idAt(db, position)) === (await idAt(this.#log.db, position))) return log_offset;
    throw new SensoriumError(
      "store-failed",
      `PostgreSQL has another event at offset ${log_offset} of this log: an older copy of the log was put in its place`,
    );
  }

  /** Delivers the next events, if there are any, and returns the new cursor. */
  async #deliver(db: Kysely<Schema>, cursor: number): Promise<number> {
    const events = await this.#log.after(cursor, { limit: DELIVERY_LIMIT });
    const next = events.at(-1)?.position.offset;
    if (next === undefined) return cursor;
    await db.transaction().execute(async (trx) => {
      const moved = await trx
        .updateTable("cursors")
        .set({ log_offset: next })
        .where("epoch", "=", this.#log.epoch)
        .where("log_offset", "=", cursor)
        .executeTakeFirst();
      // The commit of a connection that was lost can still arrive after its successor has read the cursor.
      if (moved.numUpdatedRows !== 1n) {
        throw new SensoriumError("store-failed", "an earlier delivery arrived late", { retryable: true });
      }
      await project(trx, events);
    });
    return next;
  }

  /** Delivers the next poses, if there are any, and returns the new cursor. */
  async #deliverPoses(db: Kysely<Schema>, from: number): Promise<number> {
    const { rows, next: to } = await this.#poses.after(from, DELIVERY_LIMIT);
    if (rows.length === 0) return to;
    await db.transaction().execute((trx) => takePoses(trx, rows, { epoch: this.#log.epoch, from, to }));
    return to;
  }

  async #news({ events, poses }: Cursors, until: AbortSignal): Promise<void> {
    if (this.#log.lastOffset > events || this.#poses.lastSeq > poses || until.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  #report(change: Partial<SinkState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onState(this.#state);
  }
}

async function idAt(db: Kysely<Schema>, { epoch, offset }: StreamPosition): Promise<string | undefined> {
  const row = await db
    .selectFrom("event_log")
    .select("id")
    .where("epoch", "=", epoch)
    .where("log_offset", "=", offset)
    .executeTakeFirst();
  return row?.id;
}
