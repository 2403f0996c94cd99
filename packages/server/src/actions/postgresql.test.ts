import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PostgresServer } from "../../../testkit/src/services/index.ts";
import { type Cut, cuttingProxy } from "../storage/cutting-proxy.fixture.ts";
import { temporaryFolder } from "../storage/events.fixture.ts";
import { openLocal } from "../storage/sqlite.ts";
import { beginRecord, connectionOf, openNode, update, valuesOf, visit } from "./actions.fixture.ts";
import { delivered } from "./delivered.fixture.ts";
import { journal, journalledDatabase, query, visitRows } from "./journal.fixture.ts";
import type { ReadyAction } from "./prepare.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.launch();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Does the actions in a fresh node and returns how its sink ended. */
async function doAll(databaseUrl: string, due: readonly ReadyAction[]) {
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  await node.actions.record(due, { connections: { postgresql: connectionOf(databaseUrl) }, dueMs: Date.now() });
  await delivered(node);
  return node.actions.health().sinks[0];
}

test("a visit begins with a row in the documented table, which is made, and its update fills in what was found", async () => {
  const databaseUrl = await server.createDatabase();
  const values = valuesOf();
  const found = { ...values, "brands.brand": "Honda", "bodies.body_type": null };
  expect(await doAll(databaseUrl, [beginRecord(values), update(found)])).toMatchObject({ totals: { delivered: 2 } });
  expect(await visitRows(databaseUrl)).toEqual([
    {
      display_id: "display-001",
      captured_timestamp: "2026-05-01T10-20-30",
      session_id: values.session_id,
      license_character: null,
      license_type: "No model available",
      car_brand: "Honda",
      car_model: null,
      car_body_type: null,
      created_at: expect.any(Date),
      updated_at: expect.any(Date),
    },
  ]);
});

test("an older table gets the columns it lacks and keeps its rows", async () => {
  const databaseUrl = await server.createDatabase();
  await query(databaseUrl, "create schema gas_station_1");
  await query(
    databaseUrl,
    "create table gas_station_1.car_frontal_info (display_id varchar(255), captured_timestamp varchar(255), session_id varchar(255) primary key, note int)",
  );
  await query(databaseUrl, "insert into gas_station_1.car_frontal_info values ('d', 't', 'old', 5)");
  await doAll(
    databaseUrl,
    visit(valuesOf({ session_id: "new" })).filter(({ picture }) => !picture),
  );
  expect(await visitRows(databaseUrl)).toMatchObject([
    { session_id: "new", car_brand: "Honda", car_body_type: "Sedan", license_type: "No model available", note: null },
    { session_id: "old", note: 5, license_type: "No model available", car_brand: null },
  ]);
});

test("columns of any type and of any name that a bundle may give are written, and nothing but the values", async () => {
  const databaseUrl = await server.createDatabase();
  await query(databaseUrl, 'create table "select" ("order" int primary key, score numeric, seen timestamp, at date)');
  const change = {
    table: "public.select",
    key_field: "order",
    key_value: "{lane}",
    fields: { score: "{confidence:.2f}", seen: "NOW()", at: "2026-05-01" },
  };
  await doAll(databaseUrl, [update(valuesOf({ lane: "7" }), change)]);
  expect(await query(databaseUrl, 'select "order", score, seen is not null as seen, at::text from "select"')).toEqual([
    { order: 7, score: "0.91", seen: true, at: "2026-05-01" },
  ]);
  const nasty = `x'); drop table "select"; --\0\uD800`;
  const { totals } = (await doAll(databaseUrl, [update(valuesOf({ "brands.brand": nasty, session_id: nasty }))])) ?? {};
  expect(totals).toMatchObject({ delivered: 1, refused: 0 });
  expect(await visitRows(databaseUrl)).toMatchObject([{ car_brand: `x'); drop table "select"; --\uFFFD\uFFFD` }]);
});

test.each([
  ["a table that is not there", { table: "public.nowhere" }, "42P01"],
  ["a column that is not there", { fields: { colour: "red" } }, "42703"],
  ["a key that is none", { key_field: "car_brand", key_value: "x", fields: { car_model: "y" } }, "42P10"],
  ["a value of another type", { fields: { created_at: "yesterday, or so" } }, "22007"],
])("an update of %s is refused with the reason, and the row after it is written", async (_, change, state) => {
  const databaseUrl = await server.createDatabase();
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const due = [...visit().slice(0, 1), update(valuesOf({ "brands.brand": "Honda" }), change), beginRecord(valuesOf())];
  await node.actions.record(due, { connections: { postgresql: connectionOf(databaseUrl) }, dueMs: Date.now() });
  await delivered(node);
  expect(node.actions.health().sinks).toMatchObject([
    { state: "following", totals: { delivered: 2, refused: 1, retries: 0 } },
  ]);
  expect(await visitRows(databaseUrl)).toHaveLength(2);
  await node[Symbol.asyncDispose]();
  await using local = await openLocal(folder.path);
  const kept = await local.db.selectFrom("refused_actions").selectAll().execute();
  expect(kept).toMatchObject([{ reason: expect.stringContaining(state) }]);
});

test("an account that may only write the rows writes them", async () => {
  const databaseUrl = await server.createDatabase();
  await doAll(databaseUrl, [beginRecord(valuesOf({ session_id: "first" }))]);
  await query(databaseUrl, "drop table gas_station_1.sensorium_written");
  await query(
    databaseUrl,
    "do $$ begin if not exists (select from pg_roles where rolname = 'clerk') then create role clerk login password 'pw'; end if; end $$",
  );
  await query(databaseUrl, "grant usage on schema gas_station_1 to clerk");
  await query(databaseUrl, "grant select, insert, update on gas_station_1.car_frontal_info to clerk");
  const url = new URL(databaseUrl);
  url.username = "clerk";
  url.password = "pw";
  const rows = visit(valuesOf({ session_id: "second" })).filter(({ action }) => !action.type.startsWith("redis"));
  expect(await doAll(url.href, rows)).toMatchObject({ totals: { delivered: 2, refused: 0 } });
  expect(await visitRows(databaseUrl)).toMatchObject([
    { session_id: "first" },
    { session_id: "second", car_brand: "Honda" },
  ]);
});

test("a table that is dropped under way is made again", async () => {
  const databaseUrl = await server.createDatabase();
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const connections = { postgresql: connectionOf(databaseUrl) };
  await node.actions.record([beginRecord(valuesOf())], { connections, dueMs: Date.now() });
  await delivered(node);
  await query(databaseUrl, "drop schema gas_station_1 cascade");
  await node.actions.record([beginRecord(valuesOf())], { connections, dueMs: Date.now() });
  await delivered(node);
  expect(await visitRows(databaseUrl)).toHaveLength(1);
});

test("a server that lets us not in is waited for, and says why without the password", async () => {
  const databaseUrl = await server.createDatabase();
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const right = connectionOf(databaseUrl);
  for (const [postgresql, reason] of [
    [{ ...right, password: "not-the-one" }, "it refused the credentials"],
    [{ ...right, database: "nowhere" }, "the database does not exist"],
  ] as const) {
    await node.actions.record([beginRecord(valuesOf())], { connections: { postgresql }, dueMs: Date.now() });
    const down = { state: "down", waiting: 1, reason: expect.stringContaining(reason) };
    await vi.waitFor(() => expect(node.actions.health().sinks.at(-1)).toMatchObject(down), { timeout: 10_000 });
  }
  expect(JSON.stringify(node.actions.health())).not.toContain("not-the-one");
  await node.actions.record([beginRecord(valuesOf())], { connections: { postgresql: right }, dueMs: Date.now() });
  await vi.waitFor(async () => expect(await visitRows(databaseUrl)).toHaveLength(2), { timeout: 15_000 });
});

test("a server that takes nothing now, such as a standby, is waited for", async () => {
  const databaseUrl = await server.createDatabase();
  const { database } = connectionOf(databaseUrl);
  const beside = await server.createDatabase();
  await query(beside, `alter database ${database} set default_transaction_read_only = on`);
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const connections = { postgresql: connectionOf(databaseUrl) };
  await node.actions.record([beginRecord(valuesOf())], { connections, dueMs: Date.now() });
  const down = { state: "down", waiting: 1, reason: expect.stringContaining("read-only") };
  await vi.waitFor(() => expect(node.actions.health().sinks).toMatchObject([down]), { timeout: 10_000 });
  await query(beside, `alter database ${database} reset all`);
  await delivered(node);
  expect(await visitRows(databaseUrl)).toHaveLength(1);
});

const never = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };

/** Delivers two visits over a connection that is cut; returns what was written, and what it took. */
async function deliverOver(cut: Cut) {
  const databaseUrl = await journalledDatabase(server);
  const url = new URL(databaseUrl);
  await using proxy = await cuttingProxy(Number(url.port), cut);
  url.port = String(proxy.port);
  const all = ["a", "b"].map((session_id) =>
    valuesOf({ session_id, "brands.brand": "Honda", "bodies.body_type": null }),
  );
  const sink = await doAll(
    url.href,
    all.flatMap((values) => [beginRecord(values), update(values)]),
  );
  const { carried } = proxy;
  return { retries: sink?.totals.retries, carried, journal: await journal(databaseUrl) };
}

test("wherever the connection breaks, every row is written exactly once", async () => {
  const whole = await deliverOver(never);
  expect(whole.journal).toEqual([
    { session_id: "a", operation: "INSERT", brand: null },
    { session_id: "a", operation: "UPDATE", brand: "Honda" },
    { session_id: "b", operation: "INSERT", brand: null },
    { session_id: "b", operation: "UPDATE", brand: "Honda" },
  ]);
  const { up, down } = whole.carried;
  const parts = Array.from({ length: 4 }, (_, i) => (i + 0.5) / 4);
  const cuts = [
    ...parts.map((part) => ({ ...never, up: Math.round(part * up) })),
    ...parts.map((part) => ({ ...never, down: Math.round(part * down) })),
    { ...never, down: down - 1 },
  ];
  for (const broken of await Promise.all(cuts.map(deliverOver))) {
    expect(broken.retries).toBeGreaterThan(0);
    expect(broken.journal).toEqual(whole.journal);
  }
});
