import type { Migration } from "./migrations.ts";

/** Refresh tokens have a half that changes, signing keys an end; and what somebody did is written down. */
export const tokensAndAudit: Migration = async ({ schema }) => {
  await schema.alterTable("credentials").addColumn("turn_hash", "text").execute();
  await schema.alterTable("signing_keys").addColumn("expires_ms", "bigint").execute();
  await schema
    .createTable("audit")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("at_ms", "bigint", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("user_id", "text")
    .addColumn("user_name", "text")
    .addColumn("shown", "text")
    .addColumn("credential", "text")
    .addColumn("peer", "text", (column) => column.notNull())
    .addColumn("target", "text")
    .addColumn("environment", "text")
    .execute();
  await schema.createIndex("audit_by_time").on("audit").columns(["at_ms", "id"]).execute();
};

/** The refresh token used last is known, so that it can come again when its answer was lost. */
export const repeatableRefresh: Migration = async ({ schema }) => {
  await schema.alterTable("credentials").addColumn("turn_before", "text").execute();
};
