import { describe, expect, test } from "vitest";
import { auditRecords } from "./audit.ts";
import { bothDatabases } from "./both-databases.fixture.ts";
import { sqliteDatabase } from "./databases.fixture.ts";
import { prune } from "./retention.ts";
import type { AuditRow } from "./schema.ts";

const entry = (at_ms: number, change: Partial<AuditRow> = {}): AuditRow => ({
  id: `e${at_ms}`,
  at_ms,
  action: "camera-put",
  outcome: "done",
  user_id: "u1",
  user_name: "admin",
  shown: "session",
  credential: "c1",
  peer: "127.0.0.1",
  target: "door",
  environment: null,
  ...change,
});

describe.each(bothDatabases())("the same contract holds on %s:", (_, open) => {
  test("what somebody did is found by time, action and user, newest first, page by page", async () => {
    await using database = await open();
    const records = auditRecords(database.db);
    const failed = entry(3, { action: "login-failed", outcome: "refused", user_id: null, user_name: null });
    const other = entry(4, { user_id: "u2", user_name: "guard" });
    for (const row of [entry(1), entry(2), failed, other]) await records.addAudit(row);
    const find = async (search: object) => {
      const { rows, total } = await records.findAudit({ skip: 0, limit: 50, ...search });
      return [rows.map(({ id }) => id), total];
    };
    expect(await records.findAudit({ skip: 1, limit: 1 })).toEqual({ rows: [failed], total: 4 });
    expect(await find({})).toEqual([["e4", "e3", "e2", "e1"], 4]);
    expect(await find({ skip: 4 })).toEqual([[], 4]);
    expect(await find({ fromMs: 2, untilMs: 4 })).toEqual([["e3", "e2"], 2]);
    expect(await find({ action: "login-failed" })).toEqual([["e3"], 1]);
    expect(await find({ user: "u2" })).toEqual([["e4"], 1]);
    expect(await find({ user: "admin", limit: 1 })).toEqual([["e2"], 2]);
  });
});

test("entries are taken out when they are too old, and so are keys and logins that have run out", async () => {
  await using database = await sqliteDatabase();
  const { db } = database;
  const records = auditRecords(db);
  for (const at of [999, 1_000]) await records.addAudit(entry(at));
  const key = { secret: "s", created_ms: 1 };
  await db
    .insertInto("signing_keys")
    .values({ ...key, id: "old", expires_ms: 1_500 })
    .execute();
  await db
    .insertInto("signing_keys")
    .values({ ...key, id: "new", expires_ms: null })
    .execute();
  const kept = { crossingsMs: undefined, eventsMs: undefined, delivered: 0 };
  await prune(db, { ...kept, auditMs: 500, nowMs: 1_499 });
  expect(await db.selectFrom("signing_keys").selectAll().execute()).toHaveLength(2);
  await prune(db, { ...kept, auditMs: 500, nowMs: 1_500 });
  expect((await records.findAudit({ skip: 0, limit: 9 })).rows).toEqual([entry(1_000)]);
  expect(await db.selectFrom("signing_keys").select("id").execute()).toEqual([{ id: "new" }]);
});
