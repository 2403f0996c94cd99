import type { Kysely } from "kysely";
import type { PoseRow } from "./history-schema.ts";
import type { Migration } from "./migrations.ts";
import type { Schema } from "./schema.ts";

/** Poses, and what environments told of themselves; and whatever becomes too old is found by its age. */
export const history: Migration = async (db) => {
  await poseHistory(db);
  await analyticsWindows(db);
  await activityEvents(db);
  await occupancyChanges(db);
  await db.schema.createIndex("event_log_by_age").on("event_log").columns(["wall_ms"]).execute();
  await db.schema.createIndex("crossings_by_age").on("crossings").columns(["wall_ms"]).execute();
  await db.schema.createIndex("traffic_events_by_age").on("traffic_events").columns(["start_ms"]).execute();
  await db.schema.createIndex("zone_visits_by_age").on("zone_visits").columns(["left_ms"]).execute();
};

async function poseHistory({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("pose_history")
    .addColumn("epoch", "text", (column) => column.notNull())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("camera", "text", (column) => column.notNull())
    .addColumn("person", "bigint", (column) => column.notNull())
    .addColumn("track", "bigint", (column) => column.notNull())
    .addColumn("frame", "bigint", (column) => column.notNull())
    .addColumn("wall_ms", "bigint", (column) => column.notNull())
    .addColumn("score", "double precision", (column) => column.notNull())
    .addColumn("x1", "integer", (column) => column.notNull())
    .addColumn("y1", "integer", (column) => column.notNull())
    .addColumn("x2", "integer", (column) => column.notNull())
    .addColumn("y2", "integer", (column) => column.notNull())
    .addColumn("width", "integer", (column) => column.notNull())
    .addColumn("height", "integer", (column) => column.notNull())
    .addColumn("keypoints", "bytea")
    .addColumn("activity", "text", (column) => column.notNull())
    .addColumn("activity_score", "double precision", (column) => column.notNull())
    .addColumn("model", "text")
    .addColumn("simulated", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("pose_history_place", ["epoch", "seq"])
    .execute();
  const indexes: Readonly<Record<string, (keyof PoseRow)[]>> = {
    pose_history_by_time: ["environment", "wall_ms", "person", "score"],
    pose_history_by_person: ["environment", "person", "wall_ms"],
    pose_history_by_track: ["environment", "track", "wall_ms", "person"],
  };
  for (const [name, columns] of Object.entries(indexes)) {
    await schema.createIndex(name).on("pose_history").columns(columns).execute();
  }
  await schema
    .createTable("pose_cursors")
    .addColumn("epoch", "text", (column) => column.primaryKey())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .execute();
}

async function analyticsWindows({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("analytics_windows")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("span", "text", (column) => column.notNull())
    .addColumn("start_ms", "bigint", (column) => column.notNull())
    .addColumn("end_ms", "bigint", (column) => column.notNull())
    .addColumn("wall_ms", "bigint", (column) => column.notNull())
    .addColumn("occupancy", "bigint", (column) => column.notNull())
    .addColumn("average_occupancy", "double precision")
    .addColumn("peak_occupancy", "bigint")
    .addColumn("peak_ms", "bigint")
    .addColumn("movements", "bigint", (column) => column.notNull())
    .addColumn("stationary_s", "double precision", (column) => column.notNull())
    .addColumn("activity_level", "double precision")
    .addColumn("detections", "bigint", (column) => column.notNull())
    .addColumn("confidence", "double precision")
    .addColumn("persons", "bigint", (column) => column.notNull())
    .addColumn("occupancy_trend", "text")
    .addColumn("activity_trend", "text")
    .addColumn("confidence_trend", "text")
    .addColumn("model", "text")
    .addColumn("simulated", "integer", (column) => column.notNull())
    .execute();
  await schema.createIndex("analytics_windows_by_time").on("analytics_windows").columns(["span", "start_ms"]).execute();
}

async function activityEvents({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("activity_events")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("severity", "text", (column) => column.notNull())
    .addColumn("person", "bigint")
    .addColumn("track", "bigint")
    .addColumn("wall_ms", "bigint", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("acknowledged_ms", "bigint")
    .addColumn("acknowledged_by", "text")
    .execute();
  await schema
    .createIndex("activity_events_by_time")
    .on("activity_events")
    .columns(["wall_ms", "id", "environment", "kind", "severity"])
    .execute();
}

async function occupancyChanges({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("occupancy_changes")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("environment", "text", (column) => column.notNull())
    .addColumn("zone", "text")
    .addColumn("log_offset", "bigint", (column) => column.notNull())
    .addColumn("wall_ms", "bigint", (column) => column.notNull())
    .addColumn("occupancy", "bigint", (column) => column.notNull())
    .addColumn("previous", "bigint", (column) => column.notNull())
    .addColumn("confidence", "double precision", (column) => column.notNull())
    .addColumn("simulated", "integer", (column) => column.notNull())
    .execute();
  await schema
    .createIndex("occupancy_changes_by_time")
    .on("occupancy_changes")
    .columns(["environment", "zone", "wall_ms", "log_offset", "occupancy"])
    .execute();
  await schema.createIndex("occupancy_changes_by_age").on("occupancy_changes").columns(["wall_ms"]).execute();
}
