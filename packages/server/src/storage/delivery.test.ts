import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PostgresServer } from "../../../testkit/src/services/index.ts";
import { type Cut, cuttingProxy } from "./cutting-proxy.fixture.ts";
import { allRows, postgresDatabase, rowsOfSite, sqliteDatabase } from "./databases.fixture.ts";
import { crossing, oneOfEach, pose, temporaryFolder } from "./events.fixture.ts";
import { EventLog } from "./log.ts";
import type { SinkState } from "./messages.ts";
import { migrate, migrations } from "./migrations.ts";
import { PoseLog } from "./pose-log.ts";
import { SiteDatabase } from "./site-database.ts";
import { openLocal } from "./sqlite.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.launch();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Lets PostgreSQL follow a log until it has all of it or refuses, and returns what was reported on the way. */
async function deliver(log: EventLog, databaseUrl: string): Promise<readonly SinkState[]> {
  const reports: SinkState[] = [];
  const settled = Promise.withResolvers<void>();
  const onState = (report: SinkState): void => {
    reports.push(report);
    if (report.offset === log.lastOffset || report.state === "refused") settled.resolve();
  };
  const poses = await PoseLog.open(log.db, log.epoch);
  await using _site = new SiteDatabase(databaseUrl, { log, poses, onState });
  await settled.promise;
  return reports;
}

const never: Cut = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };

/** Delivers a small log over a connection that is cut; returns the rows of both databases and what it took. */
async function deliverOver(cut: Cut) {
  await using local = await sqliteDatabase();
  const log = await EventLog.open(local.db);
  await log.append([...oneOfEach(), crossing()]);
  await (await PoseLog.open(log.db, log.epoch)).add([pose(), pose({ keypoints: null })]);
  const direct = await server.createDatabase();
  const url = new URL(direct);
  await using proxy = await cuttingProxy(Number(url.port), cut);
  url.port = `${proxy.port}`;
  const reports = await deliver(log, url.href);
  const states = reports.map(({ state }) => state);
  return { states, carried: proxy.carried, ours: await allRows(local.db), theirs: await rowsOfSite(direct) };
}

test("wherever the connection breaks, PostgreSQL ends with exactly the same rows", async () => {
  const whole = await deliverOver(never);
  expect(whole.states).toEqual(["connecting", "following"]);
  expect(whole.theirs).toEqual(whole.ours);
  const parts = Array.from({ length: 8 }, (_, i) => (i + 0.5) / 8);
  const cuts = [
    ...parts.map((part) => ({ ...never, up: Math.round(part * whole.carried.up) })),
    ...parts.map((part) => ({ ...never, down: Math.round(part * whole.carried.down) })),
  ];
  for (const { states, ours, theirs } of await Promise.all(cuts.map(deliverOver))) {
    expect(states).toContain("down");
    expect(theirs).toEqual(ours);
  }
});

test("a delivery whose commit went through unheard is not made again", async () => {
  const { carried } = await deliverOver(never);
  const unheard = await deliverOver({ ...never, down: carried.down - 1 });
  expect(unheard.states).toEqual(["connecting", "down", "following"]);
  expect(unheard.theirs).toEqual(unheard.ours);
});

test("several nodes share one database, which one of them lays out", async () => {
  const databaseUrl = await server.createDatabase();
  const nodes = await Promise.all([1, 2, 3].map(sqliteDatabase));
  const deliverFrom = async ({ db }: (typeof nodes)[number]): Promise<void> => {
    const log = await EventLog.open(db);
    await log.append(oneOfEach());
    await deliver(log, databaseUrl);
  };
  await Promise.all(nodes.map(deliverFrom));
  const site = new Map(Object.entries(await rowsOfSite(databaseUrl)));
  for (const { db } of nodes) {
    for (const [table, rows] of Object.entries(await allRows(db))) {
      expect(site.get(table)).toHaveLength(3 * rows.length);
      expect(site.get(table)).toEqual(expect.arrayContaining([...rows]));
    }
  }
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
});

test("a site database that a newer program has laid out is left alone, with the reason", async () => {
  const databaseUrl = await server.createDatabase();
  await using site = postgresDatabase(databaseUrl);
  await migrate(site.db, [...migrations, async () => undefined]);
  await using local = await sqliteDatabase();
  const log = await EventLog.open(local.db);
  await log.append(oneOfEach());
  const last = (await deliver(log, databaseUrl)).at(-1);
  expect(last).toMatchObject({ state: "refused", reason: expect.stringContaining("use a newer program") });
  expect(Object.values(await allRows(site.db)).flat()).toEqual([]);
});

test.each([
  ["ends before", 0],
  ["has outgrown", 5],
])("a log put back to an older copy, which %s what PostgreSQL has, is noticed", async (_, appendedSince) => {
  using folder = temporaryFolder();
  using copy = temporaryFolder();
  const databaseUrl = await server.createDatabase();
  const recordIn = async (path: string, events: number): Promise<readonly SinkState[]> => {
    await using local = await openLocal(path);
    const log = await EventLog.open(local.db);
    if (events > 0) await log.append(Array.from({ length: events }, () => crossing()));
    return await deliver(log, databaseUrl);
  };
  await recordIn(folder.path, 1);
  copyFileSync(join(folder.path, "sensorium.db"), join(copy.path, "sensorium.db"));
  await recordIn(folder.path, 2);
  const last = (await recordIn(copy.path, appendedSince)).at(-1);
  expect(last).toMatchObject({ state: "refused", offset: 0 });
  expect(last?.reason).toContain("an older copy of the log was put in its place");
});
