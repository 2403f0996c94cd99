import { afterAll, beforeAll, expect, test } from "vitest";
import { PostgresServer } from "../../../testkit/src/services/index.ts";
import { type Cut, cuttingProxy } from "./cutting-proxy.fixture.ts";
import { allRows, rowsOfSite, sqliteDatabase } from "./databases.fixture.ts";
import { crossing, sourceChange, trafficEnded, trafficStarted } from "./events.fixture.ts";
import { EventLog } from "./log.ts";
import type { SinkState } from "./messages.ts";
import { SiteDatabase } from "./site-database.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.launch();
});
afterAll(() => server[Symbol.asyncDispose]());

const never: Cut = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };

/** Delivers a small log over a connection that is cut; returns the rows of both databases and what it took. */
async function deliverOver(cut: Cut) {
  await using local = await sqliteDatabase();
  const log = await EventLog.open(local.db);
  await log.append([crossing(), trafficStarted(1), crossing(), sourceChange(), trafficEnded(1, 2, 2)]);
  const direct = await server.createDatabase();
  const url = new URL(direct);
  await using proxy = await cuttingProxy(Number(url.port), cut);
  url.port = `${proxy.port}`;
  const states: SinkState["state"][] = [];
  const delivered = Promise.withResolvers<void>();
  const onState = ({ state, offset }: SinkState): void => {
    states.push(state);
    if (offset === log.lastOffset) delivered.resolve();
  };
  await using _site = new SiteDatabase(url.href, { log, onState });
  await delivered.promise;
  return { states, carried: { ...proxy.carried }, ours: await allRows(local.db), theirs: await rowsOfSite(direct) };
}

test("wherever the connection breaks, PostgreSQL ends with exactly the same rows", async () => {
  const whole = await deliverOver(never);
  expect(whole.states).toEqual(["connecting", "following"]);
  expect(whole.theirs).toEqual(whole.ours);
  const parts = Array.from({ length: 24 }, (_, i) => (i + 0.5) / 24);
  const cuts = [
    ...parts.map((part) => ({ ...never, up: Math.round(part * whole.carried.up) })),
    ...parts.map((part) => ({ ...never, down: Math.round(part * whole.carried.down) })),
    { ...never, down: whole.carried.down - 1 },
  ];
  for (const { states, ours, theirs } of await Promise.all(cuts.map(deliverOver))) {
    expect(states).toContain("down");
    expect(theirs).toEqual(ours);
  }
});
