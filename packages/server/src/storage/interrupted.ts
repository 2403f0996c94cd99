import type { Kysely } from "kysely";
import { parseBody } from "./event-body.ts";
import type { Schema } from "./schema.ts";
import { environmentsOf } from "./scope.ts";

/** Little is recorded of an environment after the end of its sensing: the end is among the last of these. */
const LATEST = 100;

/** The environments whose sensing has begun and was never ended: whoever sensed them was cut off. */
export async function interrupted(db: Kysely<Schema>, epoch: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const environment of await environmentsOf(db, "occupancy_changes")) {
    if (await isInterrupted(db, { epoch, environment })) found.push(environment);
  }
  return found;
}

async function isInterrupted(
  db: Kysely<Schema>,
  { epoch, environment }: { readonly epoch: string; readonly environment: string },
): Promise<boolean> {
  const rows = await db
    .selectFrom("event_log")
    .select(["id", "type", "body"])
    .where("epoch", "=", epoch)
    .where("environment", "=", environment)
    .orderBy("log_offset", "desc")
    .limit(LATEST)
    .execute();
  for (const { id, type, body } of rows) {
    const event = type === "system" ? parseBody(body, id) : undefined;
    if (event?.type !== "system") continue;
    if (event.change === "stopped") return false;
    if (event.change === "started" || event.change === "restarted") return true;
  }
  return rows.length > 0;
}
