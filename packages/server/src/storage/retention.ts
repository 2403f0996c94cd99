import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** How old records may become, in milliseconds; undefined for ever. */
export interface Retention {
  /** Crossings, stays in zones and periods of high traffic. */
  readonly crossingsMs: number | undefined;
  /** The log from which clients catch up. */
  readonly eventsMs: number | undefined;
  /** What somebody did to the server. */
  readonly auditMs?: number | undefined;
}

export interface PruneQuery extends Retention {
  readonly nowMs: number;
}

/**
 * Takes out what is older than it may be, and credentials and signing keys that have run out. The log keeps its newest event, by which its offsets go on, and whatever has
 * not been `delivered` to every sink yet.
 */
export async function prune(
  db: Kysely<Schema>,
  { crossingsMs, eventsMs, auditMs, nowMs, delivered }: PruneQuery & { readonly delivered: number },
): Promise<void> {
  if (crossingsMs !== undefined) {
    const before = nowMs - crossingsMs;
    await db.deleteFrom("crossings").where("wall_ms", "<", before).execute();
    await db.deleteFrom("traffic_events").where("start_ms", "<", before).execute();
    await db.deleteFrom("zone_visits").where("left_ms", "<", before).execute();
  }
  if (auditMs !== undefined)
    await db
      .deleteFrom("audit")
      .where("at_ms", "<", nowMs - auditMs)
      .execute();
  await db.deleteFrom("credentials").where("expires_ms", "<=", nowMs).execute();
  await db.deleteFrom("signing_keys").where("expires_ms", "<=", nowMs).execute();
  if (eventsMs === undefined) return;
  const newest = db.selectFrom("event_log").select((row) => row.fn.max("log_offset").as("newest"));
  await db
    .deleteFrom("event_log")
    .where("wall_ms", "<", nowMs - eventsMs)
    .where("log_offset", "<=", delivered)
    .where("log_offset", "<", newest)
    .execute();
}
