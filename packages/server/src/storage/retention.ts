import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";
import { environmentsOf } from "./scope.ts";

/** How old records may become, in milliseconds; undefined for ever. */
export interface Retention {
  /**
   * Crossings, stays in zones, periods of high traffic, occupancy, hours of analytics, and falls, alerts and
   * activities.
   */
  readonly crossingsMs: number | undefined;
  /** The log from which clients catch up. */
  readonly eventsMs: number | undefined;
  /** Poses, and the shorter windows of analytics. */
  readonly posesMs?: number | undefined;
  /** What somebody did to the server. */
  readonly auditMs?: number | undefined;
}

export interface PruneQuery extends Retention {
  readonly nowMs: number;
}

interface Pruning extends PruneQuery {
  /** The offset up to which every sink has the log. */
  readonly delivered: number;
}

/** The most rows of a table that go at once, so that nobody waits long for the database. */
export const PRUNED_AT_ONCE = 1000;

/**
 * Takes out some of what is older than it may be, and says whether there may be more. Credentials and signing keys go
 * when they have run out. The log keeps its newest event, by which its offsets go on, and whatever has not been
 * `delivered` to every sink yet; poses go whoever lacks them.
 */
export async function prune(db: Kysely<Schema>, pruning: Pruning): Promise<boolean> {
  const { crossingsMs, eventsMs, posesMs, auditMs, nowMs } = pruning;
  await db.deleteFrom("credentials").where("expires_ms", "<=", nowMs).execute();
  await db.deleteFrom("signing_keys").where("expires_ms", "<=", nowMs).execute();
  const gone: number[] = [];
  if (crossingsMs !== undefined) gone.push(...(await pruneRecords(db, nowMs - crossingsMs)));
  if (posesMs !== undefined) gone.push(...(await prunePoses(db, nowMs - posesMs)));
  if (auditMs !== undefined) gone.push(await pruneOldest(db, { ...AUDIT, before: nowMs - auditMs }));
  if (eventsMs !== undefined) gone.push(await pruneLog(db, { ...pruning, before: nowMs - eventsMs }));
  return gone.some((rows) => rows >= PRUNED_AT_ONCE);
}

/** A table by which column's age its rows go. */
type Aged =
  | { readonly table: "crossings" | "activity_events" | "occupancy_changes"; readonly column: "wall_ms" }
  | { readonly table: "traffic_events"; readonly column: "start_ms" }
  | { readonly table: "zone_visits"; readonly column: "left_ms" }
  | { readonly table: "audit"; readonly column: "at_ms" };

const RECORDS: readonly Aged[] = [
  { table: "crossings", column: "wall_ms" },
  { table: "traffic_events", column: "start_ms" },
  { table: "zone_visits", column: "left_ms" },
  { table: "activity_events", column: "wall_ms" },
  { table: "occupancy_changes", column: "wall_ms" },
];
const AUDIT: Aged = { table: "audit", column: "at_ms" };

async function pruneRecords(db: Kysely<Schema>, before: number): Promise<readonly number[]> {
  const gone = [await pruneWindows(db, ["1_hour"], before)];
  for (const aged of RECORDS) gone.push(await pruneOldest(db, { ...aged, before }));
  return gone;
}

/** All of them have an `id`, by which SQLite finds again what it has chosen by age. */
async function pruneOldest(db: Kysely<Schema>, { table, column, before }: Aged & { before: number }): Promise<number> {
  const { ref } = db.dynamic;
  const oldest = db
    .selectFrom(table)
    .select("id")
    .where(ref(column), "<", before)
    .orderBy(ref(column))
    .limit(PRUNED_AT_ONCE);
  return removed(await db.deleteFrom(table).where("id", "in", oldest).execute());
}

type Span = Schema["analytics_windows"]["span"];

async function pruneWindows(db: Kysely<Schema>, spans: readonly Span[], before: number): Promise<number> {
  const oldest = db.selectFrom("analytics_windows").select("id").where("span", "in", spans);
  const some = oldest.where("start_ms", "<", before).limit(PRUNED_AT_ONCE);
  return removed(await db.deleteFrom("analytics_windows").where("id", "in", some).execute());
}

async function prunePoses(db: Kysely<Schema>, before: number): Promise<readonly number[]> {
  const windows = await pruneWindows(db, ["1_minute", "5_minutes"], before);
  let gone = 0;
  for (const environment of await environmentsOf(db, "pose_history")) {
    const oldest = db
      .selectFrom("pose_history")
      .select(["epoch", "seq"])
      .where("environment", "=", environment)
      .where("wall_ms", "<", before)
      .orderBy("wall_ms")
      .limit(PRUNED_AT_ONCE - gone);
    const some = db
      .deleteFrom("pose_history")
      .where((row) => row(row.refTuple("epoch", "seq"), "in", oldest.$asTuple("epoch", "seq")));
    gone += removed(await some.execute());
    if (gone >= PRUNED_AT_ONCE) break;
  }
  return [windows, gone];
}

async function pruneLog(db: Kysely<Schema>, { before, delivered }: Pruning & { before: number }): Promise<number> {
  const newest = db.selectFrom("event_log").select((row) => row.fn.max("log_offset").as("newest"));
  const oldest = db
    .selectFrom("event_log")
    .select("id")
    .where("wall_ms", "<", before)
    .where("log_offset", "<=", delivered)
    .where("log_offset", "<", newest)
    .orderBy("wall_ms")
    .limit(PRUNED_AT_ONCE);
  return removed(await db.deleteFrom("event_log").where("id", "in", oldest).execute());
}

const removed = (results: readonly { readonly numDeletedRows: bigint }[]): number =>
  results.reduce((sum, { numDeletedRows }) => sum + Number(numDeletedRows), 0);
