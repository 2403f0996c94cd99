import type { AnalyticsSpan } from "@sensorium/protocol";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { HistorySpan } from "./history.ts";
import type { Schema } from "./schema.ts";
import { listed } from "./scope.ts";

/** No window is longer. */
const LONGEST_MS = 3_600_000;

/** A time without a gap, in Unix milliseconds. */
export interface Stretch {
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

/**
 * The condition for windows of a length, and for hours where those of that length are not kept any more: hours are kept
 * longest.
 */
export async function finestOf(db: Kysely<Schema>, span: AnalyticsSpan): Promise<RawBuilder<boolean>> {
  const { oldest } = await db
    .selectFrom("analytics_windows")
    .select((row) => row.fn.min("start_ms").as("oldest"))
    .where("span", "=", span)
    .executeTakeFirstOrThrow();
  return sql<boolean>`(span = ${span} or (span = '1_hour' and end_ms <= ${oldest ?? Number.MAX_SAFE_INTEGER}))`;
}

/**
 * When any of some environments was watched, as far as it lies in a span of time, oldest first: a minute counts when it
 * was watched from its beginning to its end and a camera gave pictures in it. Where minutes are not kept any more, hours
 * count in the same way.
 */
export async function watched(
  db: Kysely<Schema>,
  { environments, fromMs, toMs }: HistorySpan,
): Promise<readonly Stretch[]> {
  const own = environments === null ? sql`1 = 1` : sql`environment in (${sql.join(listed(environments))})`;
  const { rows } = await sql<Stretch>`
    with measured as (
      select start_ms, end_ms, max(end_ms) over before as before_ms
      from analytics_windows
      where ${await finestOf(db, "1_minute")} and average_occupancy is not null
        and start_ms > ${fromMs - LONGEST_MS} and start_ms < ${toMs} and end_ms > ${fromMs} and ${own}
      window before as (order by start_ms, end_ms rows between unbounded preceding and 1 preceding)
    ), numbered as (
      select start_ms, end_ms,
        sum(case when start_ms > before_ms then 1 else 0 end) over (order by start_ms, end_ms) as stretch
      from measured
    )
    select min(start_ms) as "fromMs", max(end_ms) as "toMs" from numbered group by stretch order by 1`.execute(db);
  return rows.map((row) => ({ fromMs: Math.max(fromMs, row.fromMs), toMs: Math.min(toMs, row.toMs) }));
}
