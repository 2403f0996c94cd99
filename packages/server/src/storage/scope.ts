import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** Environments as a list that every database takes; it is not empty, and none is named by an empty text. */
export const listed = (environments: readonly string[]): readonly string[] =>
  environments.length > 0 ? environments : [""];

/**
 * The environments that a table has rows of, in order. Looked up one by one in an index that begins with them, which
 * takes as many steps as there are environments, not as there are rows.
 */
export async function environmentsOf(
  db: Kysely<Schema>,
  table: "occupancy_changes" | "pose_history",
): Promise<readonly string[]> {
  const found: string[] = [];
  for (;;) {
    const { next } = await db
      .selectFrom(table)
      .select((row) => row.fn.min("environment").as("next"))
      .$if(found.length > 0, (rows) => rows.where("environment", ">", found.at(-1) ?? ""))
      .executeTakeFirstOrThrow();
    if (next === null) return found;
    found.push(next);
  }
}
