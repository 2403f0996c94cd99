import { SensoriumError } from "@sensorium/protocol";
import type { Kysely } from "kysely";
import { repeatableRefresh, tokensAndAudit } from "./access-migrations.ts";
import { history } from "./history-migrations.ts";
import type { Schema } from "./schema.ts";
import { table } from "./table.ts";

/** One step from a schema version to the next, in SQL that both databases understand. */
export type Migration = (db: Kysely<Schema>) => Promise<void>;

/** In order and for good: a released step is never edited, only followed by another. */
export const migrations: readonly Migration[] = [
  logAndTables,
  usersAndKeys,
  zoneVisits,
  waitingActions,
  severalEnvironments,
  tokensAndAudit,
  history,
  repeatableRefresh,
];

/**
 * Brings a database to the newest version in one transaction: all missing steps or none.
 * @throws SensoriumError `store-failed` when a newer program has been at this database.
 */
export async function migrate(db: Kysely<Schema>, steps: readonly Migration[] = migrations): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const version = await lockVersion(trx);
    if (version > steps.length) {
      throw new SensoriumError(
        "store-failed",
        `the database has schema version ${version}, this program knows up to ${steps.length}: use a newer program`,
      );
    }
    for (const step of steps.slice(version)) await step(trx);
    await trx
      .updateTable("meta")
      .set({ value: String(steps.length) })
      .where("key", "=", "schema_version")
      .execute();
  });
}

/** The version found. Writing its row first keeps a second node out until this one has migrated. */
async function lockVersion(trx: Kysely<Schema>): Promise<number> {
  await trx.schema
    .createTable("meta")
    .ifNotExists()
    .addColumn("key", "text", (column) => column.primaryKey())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
  const { value } = await trx
    .insertInto("meta")
    .values({ key: "schema_version", value: "0" })
    .onConflict((conflict) => conflict.column("key").doUpdateSet((found) => ({ value: found.ref("meta.value") })))
    .returning("value")
    .executeTakeFirstOrThrow();
  return Number(value);
}

async function logAndTables({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("event_log")
    .addColumn("epoch", "text", (column) => column.notNull())
    .addColumn("environment", "text", (column) => column.notNull().defaultTo("default"))
    .addColumn("log_offset", "bigint", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("camera", "text", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("wall_ms", "bigint", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("event_log_position", ["epoch", "environment", "log_offset"])
    .execute();
  await table(schema, "crossings", {
    id: "text key",
    camera: "text",
    line: "text",
    direction: "text",
    track: "bigint",
    class_name: "text",
    score: "double precision",
    wall_ms: "bigint",
    media_us: "bigint",
    x: "double precision",
    y: "double precision",
    model: "text?",
    simulated: "integer",
  }).execute();
  await schema.createIndex("crossings_by_time").on("crossings").columns(["camera", "wall_ms"]).execute();
  await table(schema, "traffic_events", {
    id: "text key",
    camera: "text",
    start_ms: "bigint",
    end_ms: "bigint?",
    count_in: "bigint?",
    simulated: "integer",
  }).execute();
  await schema.createIndex("traffic_events_by_start").on("traffic_events").columns(["camera", "start_ms"]).execute();
  await table(schema, "cursors", {
    epoch: "text key",
    log_offset: "bigint",
  }).execute();
}

async function usersAndKeys({ schema }: Kysely<Schema>): Promise<void> {
  await table(schema, "users", {
    id: "text key",
    username: "text unique",
    password: "text?",
    scopes: "text",
    environments: "text?",
    created_ms: "bigint",
    last_login_ms: "bigint?",
  }).execute();
  await table(schema, "credentials", {
    id: "text key",
    kind: "text",
    hash: "text unique",
    user_id: "text",
    name: "text",
    scopes: "text",
    environments: "text?",
    created_ms: "bigint",
    expires_ms: "bigint?",
    used_ms: "bigint?",
  }).execute();
  await table(schema, "signing_keys", {
    id: "text key",
    secret: "text",
    created_ms: "bigint",
  }).execute();
}

async function zoneVisits({ schema }: Kysely<Schema>): Promise<void> {
  await table(schema, "zone_visits", {
    id: "text key",
    camera: "text",
    zone: "text",
    track: "bigint",
    class_name: "text",
    entered_ms: "bigint",
    left_ms: "bigint",
    model: "text?",
    simulated: "integer",
  }).execute();
  await schema.createIndex("zone_visits_by_time").on("zone_visits").columns(["camera", "left_ms"]).execute();
}

async function waitingActions({ schema }: Kysely<Schema>): Promise<void> {
  await table(schema, "actions", {
    seq: "bigint key",
    id: "text unique",
    sink: "text",
    kept: "integer",
    due_ms: "bigint",
    expires_ms: "bigint?",
    follows: "text?",
    body: "text",
    bytes: "bigint",
  }).execute();
  await schema.createIndex("actions_of_sink").on("actions").columns(["sink", "seq"]).execute();
  await schema.createIndex("actions_to_give_up").on("actions").columns(["sink", "kept", "seq"]).execute();
  await table(schema, "action_pictures", {
    seq: "bigint key",
    bytes: "bytea",
  }).execute();
  await table(schema, "action_sinks", {
    sink: "text key",
    address: "text",
  }).execute();
  await table(schema, "refused_actions", {
    id: "text key",
    sink: "text",
    body: "text",
    reason: "text",
    refused_ms: "bigint",
  }).execute();
}

/** The log is one for all environments, and each of them is read by itself. */
async function severalEnvironments({ schema }: Kysely<Schema>): Promise<void> {
  await schema.createIndex("event_log_by_offset").on("event_log").columns(["epoch", "log_offset"]).unique().execute();
  await schema
    .alterTable("crossings")
    .addColumn("environment", "text", (column) => column.notNull().defaultTo("default"))
    .execute();
}
