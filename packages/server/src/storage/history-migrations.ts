import type { Kysely } from "kysely";
import type { PoseRow } from "./history-schema.ts";
import type { Migration } from "./migrations.ts";
import type { Schema } from "./schema.ts";
import { table } from "./table.ts";

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
  await table(schema, "pose_history", {
    epoch: "text",
    seq: "bigint",
    environment: "text",
    camera: "text",
    person: "bigint",
    track: "bigint",
    frame: "bigint",
    wall_ms: "bigint",
    score: "double precision",
    x1: "integer",
    y1: "integer",
    x2: "integer",
    y2: "integer",
    width: "integer",
    height: "integer",
    keypoints: "bytea?",
    activity: "text",
    activity_score: "double precision",
    model: "text?",
    simulated: "integer",
  })
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
  await table(schema, "pose_cursors", {
    epoch: "text key",
    seq: "bigint",
  }).execute();
}

async function analyticsWindows({ schema }: Kysely<Schema>): Promise<void> {
  await table(schema, "analytics_windows", {
    id: "text key",
    environment: "text",
    span: "text",
    start_ms: "bigint",
    end_ms: "bigint",
    wall_ms: "bigint",
    occupancy: "bigint",
    average_occupancy: "double precision?",
    peak_occupancy: "bigint?",
    peak_ms: "bigint?",
    movements: "bigint",
    stationary_s: "double precision",
    activity_level: "double precision?",
    detections: "bigint",
    confidence: "double precision?",
    persons: "bigint",
    occupancy_trend: "text?",
    activity_trend: "text?",
    confidence_trend: "text?",
    model: "text?",
    simulated: "integer",
  }).execute();
  await schema.createIndex("analytics_windows_by_time").on("analytics_windows").columns(["span", "start_ms"]).execute();
}

async function activityEvents({ schema }: Kysely<Schema>): Promise<void> {
  await table(schema, "activity_events", {
    id: "text key",
    environment: "text",
    kind: "text",
    severity: "text",
    person: "bigint?",
    track: "bigint?",
    wall_ms: "bigint",
    body: "text",
    acknowledged_ms: "bigint?",
    acknowledged_by: "text?",
  }).execute();
  await schema
    .createIndex("activity_events_by_time")
    .on("activity_events")
    .columns(["wall_ms", "id", "environment", "kind", "severity"])
    .execute();
}

async function occupancyChanges({ schema }: Kysely<Schema>): Promise<void> {
  await table(schema, "occupancy_changes", {
    id: "text key",
    environment: "text",
    zone: "text?",
    log_offset: "bigint",
    wall_ms: "bigint",
    occupancy: "bigint",
    previous: "bigint",
    confidence: "double precision",
    simulated: "integer",
  }).execute();
  await schema
    .createIndex("occupancy_changes_by_time")
    .on("occupancy_changes")
    .columns(["environment", "zone", "wall_ms", "log_offset", "occupancy"])
    .execute();
  await schema.createIndex("occupancy_changes_by_age").on("occupancy_changes").columns(["wall_ms"]).execute();
}
