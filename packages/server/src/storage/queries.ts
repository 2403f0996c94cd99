import type { CrossingEvent, Direction } from "@sensorium/protocol";
import type { Kysely } from "kysely";
import type { CrossingRow, Schema } from "./schema.ts";

/** Crossings of one line of a camera. */
export interface LineCounts {
  readonly line: string;
  readonly in: number;
  readonly out: number;
}

export interface Since {
  readonly camera: string;
  /** Unix milliseconds, inclusive. */
  readonly sinceMs: number;
}

/** Crossings of a camera per line, ordered by line; a line nobody crossed is absent. */
export async function counts(db: Kysely<Schema>, { camera, sinceMs }: Since): Promise<readonly LineCounts[]> {
  const rows = await db
    .selectFrom("crossings")
    .select((row) => ["line", "direction", row.fn.countAll<number>().as("crossed")])
    .where("camera", "=", camera)
    .where("wall_ms", ">=", sinceMs)
    .groupBy(["line", "direction"])
    .execute();
  const of = (line: string, direction: Direction): number =>
    rows.find((row) => row.line === line && row.direction === direction)?.crossed ?? 0;
  const lines = [...new Set(rows.map((row) => row.line))].sort();
  return lines.map((line) => ({ line, in: of(line, "in"), out: of(line, "out") }));
}

export interface CrossingsQuery {
  readonly camera: string;
  /** Unix milliseconds, inclusive. */
  readonly fromMs: number;
  /** Unix milliseconds, exclusive. */
  readonly toMs: number;
  readonly limit: number;
}

/** The crossings of a camera in a span of time, newest first. */
export async function crossings(db: Kysely<Schema>, query: CrossingsQuery): Promise<readonly CrossingEvent[]> {
  const rows = await db
    .selectFrom("crossings")
    .selectAll()
    .where("camera", "=", query.camera)
    .where("wall_ms", ">=", query.fromMs)
    .where("wall_ms", "<", query.toMs)
    .orderBy("wall_ms", "desc")
    .orderBy("id", "desc")
    .limit(query.limit)
    .execute();
  return rows.map(crossingEvent);
}

function crossingEvent(row: CrossingRow): CrossingEvent {
  return {
    type: "crossing",
    id: row.id,
    environment: row.environment,
    camera: row.camera,
    wallMs: row.wall_ms,
    ...(row.model === null ? {} : { model: row.model }),
    simulated: row.simulated === 1,
    line: row.line,
    direction: row.direction,
    track: row.track,
    className: row.class_name,
    score: row.score,
    at: row.media_us,
    point: { x: row.x, y: row.y },
  };
}

/** A period of high traffic. `endMs` and `countIn` are null when it has not ended, or its end was never recorded. */
export interface TrafficPeriod {
  readonly startMs: number;
  readonly endMs: number | null;
  readonly countIn: number | null;
}

export interface Traffic {
  /** The periods that began in the span asked for, oldest first; one that is still open is among them. */
  readonly periods: readonly TrafficPeriod[];
  /** The period going on now, whenever it began, with the people counted in since then. */
  readonly open: { readonly startMs: number; readonly countIn: number } | null;
}

/** The periods of high traffic of a camera. */
export async function traffic(db: Kysely<Schema>, { camera, sinceMs }: Since): Promise<Traffic> {
  const all = db
    .selectFrom("traffic_events")
    .select((row) => ["start_ms", row.fn.max("end_ms").as("end_ms"), row.fn.max("count_in").as("count_in")])
    .where("camera", "=", camera)
    .groupBy("start_ms");
  const rows = await all.where("start_ms", ">=", sinceMs).orderBy("start_ms").execute();
  // Only the newest can be open: one before it whose end was never recorded was cut off, not left open.
  const newest = await all.orderBy("start_ms", "desc").limit(1).executeTakeFirst();
  const open = newest?.end_ms === null ? newest.start_ms : undefined;
  return {
    periods: rows.map((row) => ({ startMs: row.start_ms, endMs: row.end_ms, countIn: row.count_in })),
    open: open === undefined ? null : { startMs: open, countIn: await countedIn(db, { camera, sinceMs: open }) },
  };
}

async function countedIn(db: Kysely<Schema>, since: Since): Promise<number> {
  const lines = await counts(db, since);
  return lines.reduce((sum, line) => sum + line.in, 0);
}
