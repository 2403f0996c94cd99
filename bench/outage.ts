import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PostgresServer, RedisServer } from "@sensorium/testkit";
import { Redis } from "ioredis";
import { connectionOf, openNode, type TestNode } from "../packages/server/src/actions/actions.fixture.ts";
import { journal, journalledDatabase } from "../packages/server/src/actions/journal.fixture.ts";
import { inbox, Recorder } from "../packages/server/src/actions/recorder.fixture.ts";
import { fixed, quantile, type Rows } from "./table.ts";

const PER_SECOND = 20;
const BEFORE_S = 10;
const AWAY_S = 60;
const AFTER_S = 10;

/**
 * Twenty visits a second, each a row, its update, a picture, a message and a webhook, while PostgreSQL and Redis are
 * stopped for a minute and our process is killed in the middle of it: is every visit there, and none twice?
 */
export async function outage(home: string): Promise<Rows> {
  const folder = join(home, "outage");
  await using postgres = await PostgresServer.launch();
  await using redis = await RedisServer.launch();
  const { server, heard } = await inbox();
  await using _server = server;
  const databaseUrl = await journalledDatabase(postgres);
  const connections = { postgresql: connectionOf(databaseUrl), redis: { host: "127.0.0.1", port: redis.port, db: 0 } };
  const setup = { folder, connections, webhookUrl: server.url("/"), perSecond: PER_SECOND };

  const first = new Recorder(setup);
  await pause(1000 * BEFORE_S);
  const before = first.promised.length;
  await Promise.all([postgres.kill(), redis.kill()]);
  await pause(500 * AWAY_S);
  await first.kill();
  const webhooksMeanwhile = heard.size;
  const second = new Recorder(setup);
  await pause(500 * AWAY_S);
  await Promise.all([postgres.start(), redis.start()]);
  const back = performance.now();
  const caughtUp = rowsReach(databaseUrl, first.promised.length + second.promised.length);
  const caughtUpS = ((await caughtUp) - back) / 1000;
  await pause(1000 * AFTER_S);
  await second.kill();
  await using node = await openNode(folder);
  await empty(node);

  const promised = [...first.promised, ...second.promised];
  const written = Map.groupBy(await journal(databaseUrl), ({ session_id }) => String(session_id));
  const reader = new Redis(redis.port);
  const pictures = new Set(await reader.keys("cars:*"));
  reader.disconnect();
  const hooks = new Set(heard.values());
  const missing = (has: (session: string) => boolean): string =>
    String(promised.filter(({ session }) => !has(session)).length);
  const twice = [...written.values()].filter((rows) => rows.length > 2).length;
  const during = [...first.promised.slice(before), ...second.promised].map(({ tookMs }) => tookMs);
  await rm(folder, { recursive: true, force: true });
  return [
    [
      "visits promised",
      String(promised.length),
      `${PER_SECOND} a second, one kill -9, ${AWAY_S} s without PostgreSQL and Redis`,
    ],
    ["rows missing", missing((session) => written.get(session)?.some(({ brand }) => brand === "Honda") ?? false)],
    ["rows written more than once", String(twice), "by a trigger that notes every insert and update"],
    ["pictures missing in Redis", missing((session) => pictures.has(`cars:${session}`))],
    ["webhooks missing", missing((session) => hooks.has(session)), `${webhooksMeanwhile} had arrived half-way`],
    [
      "promise, p50 before",
      fixed(
        quantile(
          first.promised.slice(0, before).map(({ tookMs }) => tookMs),
          0.5,
        ),
        1,
        "ms",
      ),
    ],
    ["promise, p50 from then on", fixed(quantile(during, 0.5), 1, "ms")],
    ["promise, p99 from then on", fixed(quantile(during, 0.99), 1, "ms")],
    ["backlog delivered", fixed(caughtUpS, 1, "s"), "after PostgreSQL accepts connections again, backoff included"],
  ];
}

/** When the table has so many updated rows. */
async function rowsReach(databaseUrl: string, count: number): Promise<number> {
  for (;;) {
    const rows = await journal(databaseUrl);
    if (rows.filter(({ operation }) => operation === "UPDATE").length >= count) return performance.now();
    await pause(200);
  }
}

async function empty({ actions }: TestNode): Promise<void> {
  while (actions.health().sinks.some(({ waiting }) => waiting > 0)) await pause(50);
}
