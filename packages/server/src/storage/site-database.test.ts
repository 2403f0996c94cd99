import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PostgresServer } from "../../../testkit/src/services/index.ts";
import { caughtUp, recordBacklog, rowsOfFolder, rowsOfSite, sinkOf, untilSink } from "./databases.fixture.ts";
import { crossing, oneOfEach, pose, temporaryFolder } from "./events.fixture.ts";
import { Store } from "./store.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.launch();
});
afterAll(() => server[Symbol.asyncDispose]());

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
  await untilSink(store, { state: "down", lag: oneOfEach().length });
  expect(sinkOf(store)?.reason).toMatch(/^PostgreSQL at 127\.0\.0\.1:\d+\/test_\w+: nothing listens there$/);
  expect(await store.counts({ camera: "entrance", sinceMs: 0 })).toEqual([{ line: "door", in: 1, out: 0 }]);
  await server.start();
  await caughtUp(store);
  expect(sinkOf(store)?.reason).toBeNull();
  await server.kill();
  await untilSink(store, { state: "down", lag: 0 });
  await store.append([crossing()]);
  await store.history.addPoses([pose(), pose({ keypoints: null })]);
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
