import { SensoriumError } from "@sensorium/protocol";
import { type Kysely, sql } from "kysely";
import type { OccupancyBucket, OccupancyQuery, RecordedOccupancy } from "./history.ts";
import type { Schema } from "./schema.ts";
import { environmentsOf } from "./scope.ts";
import { type Stretch, watched } from "./watched.ts";

/** The most steps a timeline may have. */
const BUCKETS_LIMIT = 10_000;

/** How many were in an environment when a stretch of time began. */
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

/** What is known of one step of a timeline. */
interface Step {
  readonly watchedMs: number;
  /** People, each times how long they were there. */
  readonly area: number;
  readonly peak: number;
}

/**
 * How many people were in the environments over a span of time, from the recorded changes; time in which nobody watched
 * is left out.
 * @throws SensoriumError when the timeline would have more than 10 000 steps.
 */
export async function occupancy(db: Kysely<Schema>, query: OccupancyQuery): Promise<RecordedOccupancy> {
  const { fromMs, toMs, bucketMs } = query;
  const buckets = Math.ceil((toMs - fromMs) / bucketMs);
  if (!(buckets >= 1 && buckets <= BUCKETS_LIMIT))
    throw new SensoriumError("store-failed", `a timeline cannot have ${buckets} steps`);
  const environments = [...new Set(query.environments ?? (await environmentsOf(db, "occupancy_changes")))];
  const levelsAt = (wallMs: number) => Promise.all(environments.map((environment) => startOf(db, environment, wallMs)));
  const timeline = new Timeline(query);
  for (const stretch of await watched(db, query)) {
    timeline.add(stretch, await changesIn(db, { ...query, stretch }, await levelsAt(stretch.fromMs)));
  }
  const current = (await levelsAt(toMs)).reduce((people, level) => people + level.occupancy, 0);
  return { current, ...timeline.summed() };
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
  { fromMs: originMs, bucketMs, stretch: { fromMs, toMs } }: OccupancyQuery & { readonly stretch: Stretch },
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
  const [origin, step] = [originMs, bucketMs].map((value) => sql`cast(${value} as bigint)`);
  const environments = sql.join(starts.map(({ environment }) => environment));
  const { rows } = await sql<Changes>`
    with held (environment, wall_ms, log_offset, occupancy) as (
      values ${started} union all
      select environment, wall_ms, log_offset, occupancy from occupancy_changes
      where environment in (${environments}) and zone is null and wall_ms >= ${fromMs} and wall_ms < ${toMs}
    ), changed as (
      select wall_ms, (wall_ms - ${origin}) / ${step} as bucket,
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
      cast(sum(change * (${origin} + (bucket + 1) * ${step} - wall_ms)) as bigint) as area
    from peaks group by bucket`.execute(db);
  return rows;
}

/** Adds up what was watched, step by step. */
class Timeline {
  readonly #query: OccupancyQuery;
  readonly #steps = new Map<number, Step>();
  #highest: { readonly peak: number; readonly peakMs: number } | null = null;

  constructor(query: OccupancyQuery) {
    this.#query = query;
  }

  /** Stretches come in order. */
  add({ fromMs, toMs }: Stretch, changes: readonly Changes[]): void {
    const { fromMs: originMs, bucketMs } = this.#query;
    const changesOf = new Map(changes.map((change) => [change.bucket, change]));
    let current = 0;
    for (let bucket = Math.floor((fromMs - originMs) / bucketMs); originMs + bucket * bucketMs < toMs; bucket++) {
      const startMs = Math.max(fromMs, originMs + bucket * bucketMs);
      const nextMs = originMs + (bucket + 1) * bucketMs;
      const endMs = Math.min(nextMs, toMs);
      const changed = changesOf.get(bucket);
      const after = current + (changed?.change ?? 0);
      // A step may be cut short: what was counted beyond the end of the stretch is taken off again.
      const area = current * (nextMs - startMs) + (changed?.area ?? 0) - after * (nextMs - endMs);
      const peak = Math.max(changed?.firstMs === startMs ? 0 : current, changed?.peak ?? 0);
      this.#rise({ peak, peakMs: changed && changed.peak === peak ? changed.peakMs : startMs });
      this.#put(bucket, { watchedMs: endMs - startMs, area, peak });
      current = after;
    }
  }

  summed(): Omit<RecordedOccupancy, "current"> {
    const { fromMs, toMs, bucketMs } = this.#query;
    const timeline: OccupancyBucket[] = [];
    let [watchedMs, area] = [0, 0];
    for (let bucket = 0; fromMs + bucket * bucketMs < toMs; bucket++) {
      const step = this.#steps.get(bucket);
      watchedMs += step?.watchedMs ?? 0;
      area += step?.area ?? 0;
      const average = step ? step.area / step.watchedMs : null;
      timeline.push({ startMs: fromMs + bucket * bucketMs, average, peak: step?.peak ?? null });
    }
    const { peak = null, peakMs = null } = this.#highest ?? {};
    return { average: watchedMs === 0 ? null : area / watchedMs, peak, peakMs, timeline };
  }

  #rise(to: { readonly peak: number; readonly peakMs: number }): void {
    if (!this.#highest || to.peak > this.#highest.peak) this.#highest = to;
  }

  #put(bucket: number, step: Step): void {
    const known = this.#steps.get(bucket) ?? { watchedMs: 0, area: 0, peak: 0 };
    this.#steps.set(bucket, {
      watchedMs: known.watchedMs + step.watchedMs,
      area: known.area + step.area,
      peak: Math.max(known.peak, step.peak),
    });
  }
}
