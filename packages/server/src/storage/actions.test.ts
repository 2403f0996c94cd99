import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openActionRecords, REFUSED_KEPT } from "./action-table.ts";
import type { ActionRecords, NewAction } from "./actions.ts";
import { sqliteDatabase } from "./databases.fixture.ts";
import { temporaryFolder } from "./events.fixture.ts";
import { openLocal } from "./sqlite.ts";

const action = (change: Partial<NewAction> = {}): NewAction => ({
  id: randomUUID(),
  sink: "redis",
  kept: false,
  dueMs: 1000,
  expiresMs: null,
  follows: null,
  body: "{}",
  picture: null,
  ...change,
});

const add = (records: ActionRecords, ...actions: NewAction[]) =>
  records.addActions({ actions, sinks: actions.map(({ sink }) => ({ sink, address: `{"at":"${sink}"}` })) });

const next = (records: ActionRecords, sink = "redis", limit = 1000) =>
  records.nextActions({ sink, limit, maxBytes: 1_000_000 });

test("what waits is there after a restart, in order, with its picture, and goes when it is settled", async () => {
  using folder = temporaryFolder();
  const picture = new Uint8Array([255, 216, 0, 1]);
  const given = [action({ picture }), action({ sink: "mqtt" }), action({ kept: true, expiresMs: 5, follows: "x" })];
  {
    await using local = await openLocal(folder.path);
    await add(await openActionRecords(local.db), ...given);
  }
  await using local = await openLocal(folder.path);
  const records = await openActionRecords(local.db);
  const waiting = await next(records);
  expect(waiting).toMatchObject([{ ...given[0], picture: expect.anything() }, given[2]]);
  expect([...(waiting[0]?.picture ?? [])]).toEqual([...picture]);
  const settled = waiting.map(({ seq }) => seq);
  expect(await records.settleActions({ sink: "redis", settled, refused: [] })).toMatchObject({ waiting: 0, bytes: 0 });
  expect(await records.actionWaits({ id: given[0]?.id ?? "" })).toBe(false);
  expect(await local.db.selectFrom("action_pictures").selectAll().execute()).toEqual([]);
  expect(await records.waitingSinks()).toEqual([{ sink: "mqtt", address: '{"at":"mqtt"}', waiting: 1, bytes: 2 }]);
  expect(await local.db.selectFrom("action_sinks").select("sink").execute()).toEqual([{ sink: "mqtt" }]);
});

test("the place of an action is never given to another, however often everything is settled", async () => {
  await using database = await sqliteDatabase();
  const records = await openActionRecords(database.db);
  const seqs: number[] = [];
  for (let i = 0; i < 3; i++) {
    await add(records, action());
    const [only] = await next(records);
    seqs.push(only?.seq ?? 0);
    await records.settleActions({ sink: "redis", settled: seqs.slice(-1), refused: [] });
  }
  expect(new Set(seqs).size).toBe(3);
});

test("where too much waits for a sink its oldest messages are given up, never a row, and no other sink's", async () => {
  await using database = await sqliteDatabase();
  const records = await openActionRecords(database.db, { actions: 20, bytes: 10_000 });
  const rows = Array.from({ length: 5 }, () => action({ kept: true }));
  const messages = Array.from({ length: 30 }, () => action());
  const elsewhere = Array.from({ length: 20 }, () => action({ sink: "mqtt" }));
  await add(records, ...elsewhere);
  expect((await add(records, ...rows, ...messages)).gaveUp).toEqual([{ sink: "redis", count: 16 }]);
  expect((await next(records)).map(({ id }) => id)).toEqual([...rows, ...messages.slice(16)].map(({ id }) => id));
  expect(await next(records, "mqtt")).toHaveLength(20);
  const big = Array.from({ length: 4 }, () => action({ picture: new Uint8Array(4000) }));
  const { backlogs } = await add(records, ...big);
  expect(backlogs[0]?.bytes).toBeLessThanOrEqual(10_000);
  const left = (await next(records)).map(({ id }) => id);
  expect(left).toEqual([...rows, ...big.slice(2)].map(({ id }) => id));
  const many = Array.from({ length: 40 }, () => action({ kept: true }));
  await add(records, ...many);
  expect((await next(records)).map(({ id }) => id)).toEqual([...rows, ...many].map(({ id }) => id));
});

test("one read takes no more bytes than it asked for, but always something", async () => {
  await using database = await sqliteDatabase();
  const records = await openActionRecords(database.db);
  await add(records, ...[5000, 10, 10, 5000].map((size) => action({ picture: new Uint8Array(size) })));
  const sizes = async (maxBytes: number): Promise<number> =>
    (await records.nextActions({ sink: "redis", limit: 10, maxBytes })).length;
  expect([await sizes(100), await sizes(6000), await sizes(100_000)]).toEqual([1, 3, 4]);
});

test("what a sink refused is kept to be looked at, the newest thousand", async () => {
  await using database = await sqliteDatabase();
  const records = await openActionRecords(database.db);
  for (let i = 0; i < 3; i++) {
    await add(records, ...Array.from({ length: 400 }, (_, j) => action({ body: `${i * 400 + j}` })));
    const settled = (await next(records)).map(({ seq }) => seq);
    const refused = settled.map((seq) => ({ seq, reason: "no such table", atMs: i * 400 + seq }));
    await records.settleActions({ sink: "redis", settled, refused });
  }
  const kept = await database.db.selectFrom("refused_actions").selectAll().orderBy("refused_ms").execute();
  expect(kept).toHaveLength(REFUSED_KEPT);
  expect(kept.at(-1)).toMatchObject({ body: "1199", reason: "no such table" });
  const newest = await records.refusedActions({ limit: 2 });
  expect(newest.map(({ body, reason }) => [body, reason])).toEqual([
    ["1199", "no such table"],
    ["1198", "no such table"],
  ]);
});
