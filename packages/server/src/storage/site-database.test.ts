import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PostgresServer } from "../../../testkit/src/services/index.ts";
import {
  caughtUp,
  postgresDatabase,
  recordBacklog,
  rowsOfFolder,
  rowsOfSite,
  sinkOf,
  untilSink,
} from "./databases.fixture.ts";
import { crossing, sourceChange, temporaryFolder, trafficEnded, trafficStarted } from "./events.fixture.ts";
import { migrate, migrations } from "./migrations.ts";
import { Store } from "./store.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.launch();
});
afterAll(() => server[Symbol.asyncDispose]());

const oneOfEach = () => [crossing(), trafficStarted(1), sourceChange(), trafficEnded(1, 2, 1)];

test("what is recorded arrives in PostgreSQL, also what was recorded before it was configured", async () => {
  using folder = temporaryFolder();
  const databaseUrl = await server.createDatabase();
  await recordBacklog(folder.path, 2);
  const store = await Store.open({ folder: folder.path, databaseUrl });
  await store.append(oneOfEach());
  await caughtUp(store);
  await store.append([crossing()]);
  await caughtUp(store);
  await store.close();
  expect(await rowsOfSite(databaseUrl)).toEqual(await rowsOfFolder(folder.path));
});

test("PostgreSQL that is down only lags", async () => {
  using folder = temporaryFolder();
  const databaseUrl = await server.createDatabase();
  await server.kill();
  const store = await Store.open({ folder: folder.path, databaseUrl });
  await store.append(oneOfEach());
  await untilSink(store, { state: "down", lag: 4 });
  expect(sinkOf(store)?.reason).toMatch(/^PostgreSQL at 127\.0\.0\.1:\d+\/test_\w+: nothing listens there$/);
  expect(await store.counts({ camera: "entrance", sinceMs: 0 })).toEqual([{ line: "door", in: 1, out: 0 }]);
  await server.start();
  await caughtUp(store);
  expect(sinkOf(store)?.reason).toBeNull();
  await server.kill();
  await untilSink(store, { state: "down", lag: 0 });
  await store.append([crossing()]);
  expect(sinkOf(store)?.lag).toBe(1);
  await server.start();
  await caughtUp(store);
  await store.close();
  expect(await rowsOfSite(databaseUrl)).toEqual(await rowsOfFolder(folder.path));
});

test("PostgreSQL killed midway ends with exactly the same rows", async () => {
  using folder = temporaryFolder();
  const databaseUrl = await server.createDatabase();
  await recordBacklog(folder.path, 5);
  const store = await Store.open({ folder: folder.path, databaseUrl });
  for (let kill = 0; kill < 3; kill++) {
    const before = sinkOf(store)?.offset ?? 0;
    await vi.waitFor(() => expect(sinkOf(store)?.offset).toBeGreaterThan(before), { timeout: 20_000, interval: 1 });
    await server.kill();
    await store.append(oneOfEach());
    await server.start();
  }
  await caughtUp(store);
  await store.close();
  expect(await rowsOfSite(databaseUrl)).toEqual(await rowsOfFolder(folder.path));
});

test("several nodes share one database, which the first of them lays out", async () => {
  const databaseUrl = await server.createDatabase();
  using folders = new DisposableStack();
  const paths = [1, 2, 3].map(() => folders.use(temporaryFolder()).path);
  const stores = await Promise.all(paths.map((folder) => Store.open({ folder, databaseUrl })));
  await Promise.all(stores.map((store) => store.append(oneOfEach())));
  await Promise.all(stores.map(caughtUp));
  await Promise.all(stores.map((store) => store.close()));
  const locals = await Promise.all(paths.map(rowsOfFolder));
  const tables = (rows: object): [string, readonly object[]][] => Object.entries(rows);
  for (const [table, rows] of tables(await rowsOfSite(databaseUrl))) {
    const expected = locals.flatMap((local) => new Map(tables(local)).get(table) ?? []);
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  }
});

test("wrong credentials are reported without being repeated, and nothing waits for them", async () => {
  using folder = temporaryFolder();
  const url = new URL(await server.createDatabase());
  url.password = "s3cret";
  const lines: string[] = [];
  const keep = (fields: object, message: string): void => void lines.push(JSON.stringify({ ...fields, message }));
  const log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  await using store = await Store.open({ folder: folder.path, databaseUrl: url.href, log });
  await store.append([crossing()]);
  await untilSink(store, { state: "down", lag: 1 });
  expect(sinkOf(store)?.reason).toContain("it refused the credentials of DATABASE_URL");
  expect(lines.join("\n")).toContain("it refused the credentials of DATABASE_URL");
  expect(lines.join("\n")).not.toContain("s3cret");
});

test("a server that never answers holds up neither appending nor closing", async () => {
  using folder = temporaryFolder();
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const connected = once(silent, "connection");
  const { port } = silent.address() as AddressInfo;
  const store = await Store.open({ folder: folder.path, databaseUrl: `postgresql://a:b@127.0.0.1:${port}/c` });
  await connected;
  await store.append([crossing()]);
  await store.close();
  expect(await store.ended).toEqual({ kind: "stopped" });
  silent.close();
});

test("a site database that a newer program has laid out is left alone, with the reason", async () => {
  using folder = temporaryFolder();
  const databaseUrl = await server.createDatabase();
  const site = postgresDatabase(databaseUrl);
  await migrate(site.db, [...migrations, async () => undefined]);
  await site[Symbol.asyncDispose]();
  await using store = await Store.open({ folder: folder.path, databaseUrl });
  await store.append([crossing()]);
  await untilSink(store, { state: "refused", lag: 1 });
  expect(sinkOf(store)?.reason).toContain("use a newer program");
});

test.each([
  ["ends before", 0],
  ["has outgrown", 5],
])("a log put back to an older copy, which %s what PostgreSQL has, is noticed", async (_, appendedSince) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const databaseUrl = await server.createDatabase();
  const first = await Store.open({ folder: folder.path });
  await first.append([crossing()]);
  await first.close();
  copyFileSync(join(folder.path, "sensorium.db"), join(copy.path, "sensorium.db"));
  const second = await Store.open({ folder: folder.path, databaseUrl });
  await second.append([crossing(), crossing()]);
  await caughtUp(second);
  await second.close();
  const alone = await Store.open({ folder: copy.path });
  await alone.append(Array.from({ length: appendedSince }, () => crossing()));
  await alone.close();
  await using restored = await Store.open({ folder: copy.path, databaseUrl });
  await untilSink(restored, { state: "refused" });
  expect(sinkOf(restored)?.reason).toContain("an older copy of the log was put in its place");
});
