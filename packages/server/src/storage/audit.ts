import type { Kysely } from "kysely";
import type { AuditRow, Schema } from "./schema.ts";

/** Which entries, and which page of them; what is absent does not limit. */
export interface AuditSearch {
  /** Unix milliseconds, inclusive. */
  readonly fromMs?: number | undefined;
  /** Unix milliseconds, exclusive. */
  readonly untilMs?: number | undefined;
  readonly action?: string | undefined;
  /** A user's id or name. */
  readonly user?: string | undefined;
  /** Entries to leave out, newest first. */
  readonly skip: number;
  readonly limit: number;
}

/** A page of entries, newest first, and how many match in all. */
export interface AuditFound {
  readonly rows: readonly AuditRow[];
  readonly total: number;
}

/** What somebody did to the server, and when. */
export interface AuditRecords {
  addAudit(row: AuditRow): Promise<void>;
  findAudit(search: AuditSearch): Promise<AuditFound>;
}

/** The records in a migrated database. */
export function auditRecords(db: Kysely<Schema>): AuditRecords {
  return {
    addAudit: async (row) => void (await db.insertInto("audit").values(row).execute()),
    findAudit: (search) => findAudit(db, search),
  };
}

async function findAudit(db: Kysely<Schema>, search: AuditSearch): Promise<AuditFound> {
  const { fromMs, untilMs, action, user, skip, limit } = search;
  let matching = db.selectFrom("audit");
  if (fromMs !== undefined) matching = matching.where("at_ms", ">=", fromMs);
  if (untilMs !== undefined) matching = matching.where("at_ms", "<", untilMs);
  if (action !== undefined) matching = matching.where("action", "=", action);
  if (user !== undefined) {
    matching = matching.where((row) => row.or([row("user_id", "=", user), row("user_name", "=", user)]));
  }
  const newest = matching.selectAll().orderBy("at_ms", "desc").orderBy("id", "desc");
  const rows = await newest.limit(limit).offset(skip).execute();
  const { total } = await matching.select((row) => row.fn.countAll().as("total")).executeTakeFirstOrThrow();
  return { rows, total: Number(total) };
}
