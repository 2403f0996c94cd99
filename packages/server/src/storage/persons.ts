import type { Kysely } from "kysely";
import { parseBody } from "./event-body.ts";
import type { Schema } from "./schema.ts";

/** Numbers are given in order and recorded nearly so: the highest is among the last of these. */
const LATEST = 1000;

/** The highest number that somebody in an environment was given, by all that is recorded of them; 0 without any. */
export async function lastPerson(
  db: Kysely<Schema>,
  { epoch, environment }: { readonly epoch: string; readonly environment: string },
): Promise<number> {
  const tracking = await db
    .selectFrom("event_log")
    .select(["id", "body"])
    .where("epoch", "=", epoch)
    .where("environment", "=", environment)
    .where("type", "in", ["tracking", "fall"])
    .orderBy("log_offset", "desc")
    .limit(LATEST)
    .execute();
  const poses = await db
    .selectFrom("pose_history")
    .select("person")
    .where("environment", "=", environment)
    .orderBy("wall_ms", "desc")
    .limit(LATEST)
    .execute();
  const told = tracking.map(({ id, body }) => parseBody(body, id));
  const persons = [
    ...told.flatMap((event) => ("person" in event ? (event.person ?? []) : [])),
    ...poses.map(({ person }) => person),
  ];
  return persons.reduce((highest, person) => Math.max(highest, person), 0);
}
