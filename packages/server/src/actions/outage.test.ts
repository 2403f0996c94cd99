import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { PostgresServer, RedisServer } from "../../../testkit/src/services/index.ts";
import { temporaryFolder } from "../storage/events.fixture.ts";
import { connectionOf, openNode } from "./actions.fixture.ts";
import { delivered } from "./delivered.fixture.ts";
import { journal, journalledDatabase } from "./journal.fixture.ts";
import { inbox, Recorder } from "./recorder.fixture.ts";

test("with PostgreSQL and Redis gone for a while and our process killed, every visit is there, none twice", async () => {
  using folder = temporaryFolder();
  await using postgres = await PostgresServer.launch();
  await using redis = await RedisServer.launch();
  const { server, heard } = await inbox();
  await using _server = server;
  const databaseUrl = await journalledDatabase(postgres);
  const connections = {
    postgresql: connectionOf(databaseUrl),
    redis: { host: "127.0.0.1", port: redis.port, db: 0 },
  };
  const setup = { folder: folder.path, connections, webhookUrl: server.url("/"), perSecond: 100 };

  const first = new Recorder(setup);
  await first.until(40);
  await Promise.all([postgres.kill(), redis.kill()]);
  await first.until(80);
  await first.kill();
  const second = new Recorder(setup);
  await second.until(40);
  await Promise.all([postgres.start(), redis.start()]);
  await second.until(120);
  await second.kill();
  await using node = await openNode(folder.path);
  await delivered(node);

  const sessions = [...first.promised, ...second.promised].map(({ session }) => session);
  const written = new Map(Map.groupBy(await journal(databaseUrl), ({ session_id }) => String(session_id)));
  for (const session of sessions) {
    expect(written.get(session)).toEqual([
      { session_id: session, operation: "INSERT", brand: null },
      { session_id: session, operation: "UPDATE", brand: "Honda" },
    ]);
  }
  // A visit on the disk whose promise the kill cut off is done all the same, and wholly.
  const all = [...written.keys()].sort();
  expect(all.length - sessions.length).toBeLessThanOrEqual(2);
  expect([...written.values()].every((rows) => rows.length === 2)).toBe(true);
  const reader = new Redis(redis.port);
  expect((await reader.keys("cars:*")).sort()).toEqual(all.map((session) => `cars:${session}`));
  reader.disconnect();
  expect([...heard.values()].sort()).toEqual(all);
});
