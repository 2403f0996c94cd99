import type { AnalyticsEvent } from "@sensorium/protocol";
import type { Kysely } from "kysely";
import type { WindowsQuery } from "./history.ts";
import type { WindowRow } from "./history-schema.ts";
import type { Schema } from "./schema.ts";
import { listed } from "./scope.ts";
import { finestOf } from "./watched.ts";

/** The windows that began in a span of time, oldest first; hours where shorter ones are not kept any more. */
export async function windows(db: Kysely<Schema>, query: WindowsQuery): Promise<readonly AnalyticsEvent[]> {
  const { environments, span, fromMs, toMs } = query;
  const rows = await db
    .selectFrom("analytics_windows")
    .selectAll()
    .where(await finestOf(db, span))
    .where("start_ms", ">=", fromMs)
    .where("start_ms", "<", toMs)
    .$if(environments !== null, (all) => all.where("environment", "in", listed(environments ?? [])))
    .orderBy("start_ms")
    .orderBy("environment")
    .orderBy("id")
    .execute();
  return rows.map(analyticsEvent);
}

export function windowRow(event: AnalyticsEvent): WindowRow {
  const { occupancy, activity, detection, trends } = event;
  return {
    id: event.id,
    environment: event.environment,
    span: event.span,
    start_ms: event.startMs,
    end_ms: event.endMs,
    wall_ms: event.wallMs,
    occupancy: occupancy.current,
    average_occupancy: occupancy.average,
    peak_occupancy: occupancy.peak,
    peak_ms: occupancy.peakMs,
    movements: activity.movements,
    stationary_s: activity.stationaryS,
    activity_level: activity.level,
    detections: detection.total,
    confidence: detection.confidence,
    persons: detection.persons,
    occupancy_trend: trends.occupancy,
    activity_trend: trends.activity,
    confidence_trend: trends.confidence,
    model: event.model ?? null,
    simulated: Number(event.simulated),
  };
}

function analyticsEvent(row: WindowRow): AnalyticsEvent {
  return {
    type: "analytics",
    id: row.id,
    environment: row.environment,
    wallMs: row.wall_ms,
    ...(row.model === null ? {} : { model: row.model }),
    simulated: row.simulated === 1,
    span: row.span,
    startMs: row.start_ms,
    endMs: row.end_ms,
    occupancy: {
      current: row.occupancy,
      average: row.average_occupancy,
      peak: row.peak_occupancy,
      peakMs: row.peak_ms,
    },
    activity: { movements: row.movements, stationaryS: row.stationary_s, level: row.activity_level },
    detection: { total: row.detections, confidence: row.confidence, persons: row.persons },
    trends: { occupancy: row.occupancy_trend, activity: row.activity_trend, confidence: row.confidence_trend },
  };
}
