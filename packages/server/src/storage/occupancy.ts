import { SensoriumError } from "@sensorium/protocol";
import { type Kysely, sql } from "kysely";
import type { OccupancyBucket, OccupancyQuery, RecordedOccupancy } from "./history.ts";
import type { Schema } from "./schema.ts";
import { environmentsOf } from "./scope.ts";

/** The most steps a timeline may have. */
const BUCKETS_LIMIT = 10_000;

/** How many were in an environment when a span of time began. */
interface Start {
  readonly environment: string;
  readonly occupancy: number;
}

/** What changed in one step of a timeline. */
interface Changes {
  readonly bucket: number;
  /** When the first of them happened. */
  readonly firstMs: number;
  readonly change: number;
  /** The changes, each times how long it lasted until the end of the step. */
  readonly area: number;
  readonly peak: number;
  readonly peakMs: number;
}

/**
 * How many people were in the environments over a span of time, from the recorded changes.
 * @throws SensoriumError when the timeline would have more than 10 000 steps.
 */
export async function occupancy(db: Kysely<Schema>, query: OccupancyQuery): Promise<RecordedOccupancy> {
  const { fromMs, toMs, bucketMs } = query;
  const buckets = Math.ceil((toMs - fromMs) / bucketMs);
  if (!(buckets >= 1 && buckets <= BUCKETS_LIMIT))
    throw new SensoriumError("store-failed", `a timeline cannot have ${buckets} steps`);
  const environments = [...new Set(query.environments ?? (await environmentsOf(db, "occupancy_changes")))];
  const starts = await Promise.all(environments.map((environment) => startOf(db, environment, fromMs)));
  const changes = await changesIn(db, query, starts);
  return summed(query, new Map(changes.map((change) => [change.bucket, change])));
}

async function startOf(db: Kysely<Schema>, environment: string, fromMs: number): Promise<Start> {
  const row = await db
    .selectFrom("occupancy_changes")
    .select("occupancy")
    .where("environment", "=", environment)
    .where("zone", "is", null)
    .where("wall_ms", "<", fromMs)
    .orderBy("wall_ms", "desc")
    .orderBy("log_offset", "desc")
    .limit(1)
    .executeTakeFirst();
  return { environment, occupancy: row?.occupancy ?? 0 };
}

/** Steps in which nothing changed are absent. What changes in the same millisecond changes at once. */
async function changesIn(
  db: Kysely<Schema>,
  { fromMs, toMs, bucketMs }: OccupancyQuery,
  starts: readonly Start[],
): Promise<readonly Changes[]> {
  if (starts.length === 0) return [];
  const started = sql.join(
    starts.map(
      (start) => sql`(cast(${start.environment} as text), cast(${fromMs} as bigint), cast(-1 as bigint),
        cast(${start.occupancy} as bigint))`,
    ),
  );
  // What is bound may be taken for a fraction, and would then divide like one.
  const [from, step] = [fromMs, bucketMs].map((value) => sql`cast(${value} as bigint)`);
  const environments = sql.join(starts.map(({ environment }) => environment));
  const { rows } = await sql<Changes>`
    with held (environment, wall_ms, log_offset, occupancy) as (
      values ${started} union all
      select environment, wall_ms, log_offset, occupancy from occupancy_changes
      where environment in (${environments}) and zone is null and wall_ms >= ${fromMs} and wall_ms < ${toMs}
    ), changed as (
      select wall_ms, (wall_ms - ${from}) / ${step} as bucket,
        occupancy - lag(occupancy, 1, cast(0 as bigint))
          over (partition by environment order by wall_ms, log_offset) as change
      from held
    ), levels as (
      select wall_ms, bucket, change, sum(change) over (order by wall_ms) as level from changed
    ), peaks as (
      select wall_ms, bucket, change, level,
        first_value(wall_ms) over (partition by bucket order by level desc, wall_ms) as peak_ms
      from levels
    )
    select bucket, cast(sum(change) as bigint) as change, cast(max(level) as bigint) as peak,
      min(peak_ms) as "peakMs", min(wall_ms) as "firstMs",
      cast(sum(change * (${from} + (bucket + 1) * ${step} - wall_ms)) as bigint) as area
    from peaks group by bucket`.execute(db);
  return rows;
}

function summed(
  { fromMs, toMs, bucketMs }: OccupancyQuery,
  changesOf: ReadonlyMap<number, Changes>,
): RecordedOccupancy {
  const timeline: OccupancyBucket[] = [];
  let current = 0;
  let area = 0;
  let highest = { peak: 0, peakMs: fromMs };
  for (let bucket = 0; fromMs + bucket * bucketMs < toMs; bucket++) {
    const startMs = fromMs + bucket * bucketMs;
    const endMs = Math.min(startMs + bucketMs, toMs);
    const changes = changesOf.get(bucket);
    const after = current + (changes?.change ?? 0);
    // The last step may be cut short: what was counted beyond the end of the span is taken off again.
    const held = current * bucketMs + (changes?.area ?? 0) - after * (startMs + bucketMs - endMs);
    const peak = Math.max(changes?.firstMs === startMs ? 0 : current, changes?.peak ?? 0);
    if (changes && changes.peak > highest.peak) highest = changes;
    timeline.push({ startMs, average: held / (endMs - startMs), peak });
    area += held;
    current = after;
  }
  const { peak, peakMs } = highest;
  return { current, average: area / (toMs - fromMs), peak, peakMs, timeline };
}
