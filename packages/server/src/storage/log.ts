import { randomBytes } from "node:crypto";
import type { Recorded, SensoriumEvent, StreamPosition } from "@sensorium/protocol";
import type { Kysely } from "kysely";
import { parseBody } from "./event-body.ts";
import { project } from "./project.ts";
import type { Schema } from "./schema.ts";

/** The most events one append or one read handles. */
export const BATCH_LIMIT = 1000;

export interface ReadQuery {
  /** All of them when absent. */
  readonly environment?: string | undefined;
  readonly after: StreamPosition;
  /** At most {@link BATCH_LIMIT} are returned at a time. */
  readonly limit: number;
}

/** What follows a position, or that the position is none of this log (any more): then the reader has to start afresh. */
export type ReadAnswer =
  | { readonly kind: "events"; readonly events: readonly Recorded[] }
  | { readonly kind: "unknown-position"; readonly epoch: string; readonly lastOffset: number };

/** The node's own durable log. Offsets start at 1 and grow by one within the epoch, which lasts as long as the file. */
export class EventLog {
  readonly db: Kysely<Schema>;
  readonly epoch: string;
  #lastOffset: number;

  private constructor(db: Kysely<Schema>, epoch: string, lastOffset: number) {
    this.db = db;
    this.epoch = epoch;
    this.#lastOffset = lastOffset;
  }

  /** Takes up the log in a migrated database, or begins one. */
  static async open(db: Kysely<Schema>): Promise<EventLog> {
    const found = await db.selectFrom("meta").select("value").where("key", "=", "epoch").executeTakeFirst();
    const epoch = found?.value ?? randomBytes(8).toString("hex");
    if (!found) await db.insertInto("meta").values({ key: "epoch", value: epoch }).execute();
    const last = await db
      .selectFrom("event_log")
      .select((row) => row.fn.max("log_offset").as("log_offset"))
      .where("epoch", "=", epoch)
      .executeTakeFirst();
    return new EventLog(db, epoch, last?.log_offset ?? 0);
  }

  /** The newest durable offset; 0 before the first. */
  get lastOffset(): number {
    return this.#lastOffset;
  }

  /** Commits the events that are new and returns the offset of each one given. One call at a time. */
  async append(events: readonly SensoriumEvent[]): Promise<readonly number[]> {
    const last = this.#lastOffset;
    const offsets = await this.#known(events);
    const fresh: Recorded[] = [];
    for (const event of events) {
      if (offsets.has(event.id)) continue;
      const offset = last + fresh.length + 1;
      offsets.set(event.id, offset);
      fresh.push({ event, position: { epoch: this.epoch, offset } });
    }
    if (fresh.length > 0) await this.db.transaction().execute((trx) => project(trx, fresh));
    this.#lastOffset = last + fresh.length;
    return events.map((event) => offsets.get(event.id) ?? 0);
  }

  /** The offsets of those events that are in the log already. */
  async #known(events: readonly SensoriumEvent[]): Promise<Map<string, number>> {
    const ids = events.map((event) => event.id);
    const rows = await this.db.selectFrom("event_log").select(["id", "log_offset"]).where("id", "in", ids).execute();
    return new Map(rows.map((row) => [row.id, row.log_offset]));
  }

  /** For a reader that resumes with a position it was given earlier. */
  async read({ environment, after, limit }: ReadQuery): Promise<ReadAnswer> {
    const known = after.epoch === this.epoch && after.offset <= this.#lastOffset;
    if (!known || after.offset + 1 < (await this.#firstOffset())) {
      return { kind: "unknown-position", epoch: this.epoch, lastOffset: this.#lastOffset };
    }
    return { kind: "events", events: await this.after(after.offset, { limit, environment }) };
  }

  /** Older ones have become too old to be kept. */
  async #firstOffset(): Promise<number> {
    const { first } = await this.db
      .selectFrom("event_log")
      .select((row) => row.fn.min("log_offset").as("first"))
      .where("epoch", "=", this.epoch)
      .executeTakeFirstOrThrow();
    return first ?? 0;
  }

  /** The events that follow an offset, oldest first. */
  async after(offset: number, { environment, limit }: Omit<ReadQuery, "after">): Promise<readonly Recorded[]> {
    const rows = await this.db
      .selectFrom("event_log")
      .select(["log_offset", "body"])
      .where("epoch", "=", this.epoch)
      .$if(environment !== undefined, (query) => query.where("environment", "=", environment ?? ""))
      .where("log_offset", ">", offset)
      .orderBy("log_offset")
      .limit(Math.min(limit, BATCH_LIMIT))
      .execute();
    return rows.map((row) => ({
      event: parseBody(row.body, `at offset ${row.log_offset} of the log`),
      position: { epoch: this.epoch, offset: row.log_offset },
    }));
  }
}
