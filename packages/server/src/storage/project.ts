import type {
  CrossingEvent,
  Recorded,
  SensoriumEvent,
  TrafficEndedEvent,
  TrafficStartedEvent,
  ZoneLeftEvent,
} from "@sensorium/protocol";
import type { Kysely } from "kysely";
import { activityRow, isHappening } from "./happenings.ts";
import type { OccupancyRow } from "./history-schema.ts";
import type { CrossingRow, EventLogRow, Schema, TrafficEventRow, ZoneVisitRow } from "./schema.ts";
import { storable } from "./storable.ts";
import { windowRow } from "./windows.ts";

/**
 * Writes events into the log and the tables made from them. Call it in a transaction.
 * Rows are keyed by event id, so doing it again changes nothing. At most 1000 events at a time:
 * a statement of SQLite holds 32 766 values.
 */
export async function project(db: Kysely<Schema>, recorded: readonly Recorded[]): Promise<void> {
  await insertOnce(db, "event_log", recorded.map(logRow));
  await insertOnce(db, "crossings", ofType(recorded, "crossing").map(crossingRow));
  await insertOnce(db, "traffic_events", [
    ...ofType(recorded, "traffic-started").map(trafficRow),
    ...ofType(recorded, "traffic-ended").map(trafficRow),
  ]);
  await insertOnce(db, "zone_visits", ofType(recorded, "zone-left").map(visitRow));
  await insertOnce(db, "analytics_windows", ofType(recorded, "analytics").map(windowRow));
  await insertOnce(
    db,
    "activity_events",
    recorded
      .map(({ event }) => event)
      .filter(isHappening)
      .map(activityRow),
  );
  await insertOnce(db, "occupancy_changes", recorded.flatMap(occupancyRows));
}

/** Tables with one row per event, by its id. */
type Keyed =
  | "event_log"
  | "crossings"
  | "traffic_events"
  | "zone_visits"
  | "analytics_windows"
  | "activity_events"
  | "occupancy_changes";

async function insertOnce<T extends Keyed>(db: Kysely<Schema>, table: T, rows: readonly Schema[T][]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto<Keyed>(table)
    .values(rows.map(storable))
    .onConflict((conflict) => conflict.column("id").doNothing())
    .execute();
}

function ofType<T extends SensoriumEvent["type"]>(
  recorded: readonly Recorded[],
  type: T,
): Extract<SensoriumEvent, { type: T }>[] {
  return recorded
    .map(({ event }) => event)
    .filter((event): event is Extract<SensoriumEvent, { type: T }> => event.type === type);
}

function logRow({ event, position }: Recorded): EventLogRow {
  return {
    epoch: position.epoch,
    environment: event.environment,
    log_offset: position.offset,
    id: event.id,
    camera: "camera" in event ? (event.camera ?? "") : "",
    type: event.type,
    wall_ms: event.wallMs,
    body: JSON.stringify(event),
  };
}

function crossingRow(event: CrossingEvent): CrossingRow {
  return {
    id: event.id,
    environment: event.environment,
    camera: event.camera,
    line: event.line,
    direction: event.direction,
    track: event.track,
    class_name: event.className,
    score: event.score,
    wall_ms: event.wallMs,
    media_us: event.at,
    x: event.point.x,
    y: event.point.y,
    model: event.model ?? null,
    simulated: Number(event.simulated),
  };
}

function trafficRow(event: TrafficStartedEvent | TrafficEndedEvent): TrafficEventRow {
  const ended = event.type === "traffic-ended";
  return {
    id: event.id,
    camera: event.camera,
    start_ms: event.startMs,
    end_ms: ended ? event.endMs : null,
    count_in: ended ? event.countIn : null,
    simulated: Number(event.simulated),
  };
}

function visitRow(event: ZoneLeftEvent): ZoneVisitRow {
  return {
    id: event.id,
    camera: event.camera,
    zone: event.zone,
    track: event.track,
    class_name: event.className,
    entered_ms: event.wallMs - event.dwellMs,
    left_ms: event.wallMs,
    model: event.model ?? null,
    simulated: Number(event.simulated),
  };
}

function occupancyRows({ event, position }: Recorded): OccupancyRow[] {
  const { id, environment, wallMs: wall_ms, simulated } = event;
  const common = { id, environment, log_offset: position.offset, wall_ms, simulated: Number(simulated) };
  if (event.type === "occupancy") {
    const { zone, current: occupancy, previous, confidence } = event;
    return [{ ...common, zone, occupancy, previous, confidence }];
  }
  return isBoundary(event) ? [{ ...common, zone: null, occupancy: 0, previous: 0, confidence: 0 }] : [];
}

/** While nobody looks, nobody is counted, and whoever was there before is counted anew. */
const isBoundary = (event: SensoriumEvent): boolean =>
  event.type === "system" && ["started", "restarted", "stopped"].includes(event.change);
