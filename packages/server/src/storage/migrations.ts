import { SensoriumError } from "@sensorium/protocol";
import type { Kysely } from "kysely";
import { repeatableRefresh, tokensAndAudit } from "./access-migrations.ts";
import { history } from "./history-migrations.ts";
import type { Schema } from "./schema.ts";

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
  await schema
    .createTable("crossings")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("camera", "text", (column) => column.notNull())
    .addColumn("line", "text", (column) => column.notNull())
    .addColumn("direction", "text", (column) => column.notNull())
    .addColumn("track", "bigint", (column) => column.notNull())
    .addColumn("class_name", "text", (column) => column.notNull())
    .addColumn("score", "double precision", (column) => column.notNull())
    .addColumn("wall_ms", "bigint", (column) => column.notNull())
    .addColumn("media_us", "bigint", (column) => column.notNull())
    .addColumn("x", "double precision", (column) => column.notNull())
    .addColumn("y", "double precision", (column) => column.notNull())
    .addColumn("model", "text")
    .addColumn("simulated", "integer", (column) => column.notNull())
    .execute();
  await schema.createIndex("crossings_by_time").on("crossings").columns(["camera", "wall_ms"]).execute();
  await schema
    .createTable("traffic_events")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("camera", "text", (column) => column.notNull())
    .addColumn("start_ms", "bigint", (column) => column.notNull())
    .addColumn("end_ms", "bigint")
    .addColumn("count_in", "bigint")
    .addColumn("simulated", "integer", (column) => column.notNull())
    .execute();
  await schema.createIndex("traffic_events_by_start").on("traffic_events").columns(["camera", "start_ms"]).execute();
  await schema
    .createTable("cursors")
    .addColumn("epoch", "text", (column) => column.primaryKey())
    .addColumn("log_offset", "bigint", (column) => column.notNull())
    .execute();
}

async function usersAndKeys({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("users")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("username", "text", (column) => column.notNull().unique())
    .addColumn("password", "text")
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("environments", "text")
    .addColumn("created_ms", "bigint", (column) => column.notNull())
    .addColumn("last_login_ms", "bigint")
    .execute();
  await schema
    .createTable("credentials")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("user_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("environments", "text")
    .addColumn("created_ms", "bigint", (column) => column.notNull())
    .addColumn("expires_ms", "bigint")
    .addColumn("used_ms", "bigint")
    .execute();
  await schema
    .createTable("signing_keys")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("secret", "text", (column) => column.notNull())
    .addColumn("created_ms", "bigint", (column) => column.notNull())
    .execute();
}

async function zoneVisits({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("zone_visits")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("camera", "text", (column) => column.notNull())
    .addColumn("zone", "text", (column) => column.notNull())
    .addColumn("track", "bigint", (column) => column.notNull())
    .addColumn("class_name", "text", (column) => column.notNull())
    .addColumn("entered_ms", "bigint", (column) => column.notNull())
    .addColumn("left_ms", "bigint", (column) => column.notNull())
    .addColumn("model", "text")
    .addColumn("simulated", "integer", (column) => column.notNull())
    .execute();
  await schema.createIndex("zone_visits_by_time").on("zone_visits").columns(["camera", "left_ms"]).execute();
}

async function waitingActions({ schema }: Kysely<Schema>): Promise<void> {
  await schema
    .createTable("actions")
    .addColumn("seq", "bigint", (column) => column.primaryKey())
    .addColumn("id", "text", (column) => column.notNull().unique())
    .addColumn("sink", "text", (column) => column.notNull())
    .addColumn("kept", "integer", (column) => column.notNull())
    .addColumn("due_ms", "bigint", (column) => column.notNull())
    .addColumn("expires_ms", "bigint")
    .addColumn("follows", "text")
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .execute();
  await schema.createIndex("actions_of_sink").on("actions").columns(["sink", "seq"]).execute();
  await schema.createIndex("actions_to_give_up").on("actions").columns(["sink", "kept", "seq"]).execute();
  await schema
    .createTable("action_pictures")
    .addColumn("seq", "bigint", (column) => column.primaryKey())
    .addColumn("bytes", "bytea", (column) => column.notNull())
    .execute();
  await schema
    .createTable("action_sinks")
    .addColumn("sink", "text", (column) => column.primaryKey())
    .addColumn("address", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("refused_actions")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("sink", "text", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("refused_ms", "bigint", (column) => column.notNull())
    .execute();
}

/** The log is one for all environments, and each of them is read by itself. */
async function severalEnvironments({ schema }: Kysely<Schema>): Promise<void> {
  await schema.createIndex("event_log_by_offset").on("event_log").columns(["epoch", "log_offset"]).unique().execute();
  await schema
    .alterTable("crossings")
    .addColumn("environment", "text", (column) => column.notNull().defaultTo("default"))
    .execute();
}
