import type { Migration } from "./migrations.ts";
import { table } from "./table.ts";

/** Refresh tokens have a half that changes, signing keys an end; and what somebody did is written down. */
export const tokensAndAudit: Migration = async ({ schema }) => {
  await schema.alterTable("credentials").addColumn("turn_hash", "text").execute();
  await schema.alterTable("signing_keys").addColumn("expires_ms", "bigint").execute();
  await table(schema, "audit", {
    id: "text key",
    at_ms: "bigint",
    action: "text",
    outcome: "text",
    user_id: "text?",
    user_name: "text?",
    shown: "text?",
    credential: "text?",
    peer: "text",
    target: "text?",
    environment: "text?",
  }).execute();
  await schema.createIndex("audit_by_time").on("audit").columns(["at_ms", "id"]).execute();
};

/** The refresh token used last is known, so that it can come again when its answer was lost. */
export const repeatableRefresh: Migration = async ({ schema }) => {
  await schema.alterTable("credentials").addColumn("turn_before", "text").execute();
};
