import { expect, test } from "vitest";
import { allRows, sqliteDatabase } from "./databases.fixture.ts";
import { alert, analytics, crossing, occupancyChange, pose, trafficStarted, zoneLeft } from "./events.fixture.ts";
import { EventLog } from "./log.ts";
import { PoseLog } from "./pose-log.ts";
import { PRUNED_AT_ONCE, prune } from "./retention.ts";

const hour = 3_600_000;
const everywhere = Number.MAX_SAFE_INTEGER;

/** A log of one event an hour, of every kind that is kept in a table of its own. */
async function aDay() {
  const database = await sqliteDatabase();
  const log = await EventLog.open(database.db);
  const kinds = [(ms: number) => crossing({ wallMs: ms }), trafficStarted, (ms: number) => zoneLeft(ms, 10)];
  for (let i = 0; i < 24; i++) {
    const event = kinds[i % 3]?.(i * hour);
    if (event) await log.append([event]);
  }
  return { log, database };
}

test("records are taken out when they are too old, the log apart from the tables", async () => {
  const { log, database } = await aDay();
  await using _database = database;
  await prune(log.db, { nowMs: 24 * hour, crossingsMs: 6 * hour, eventsMs: 12 * hour, delivered: everywhere });
  const { log: kept, crossings, traffic, visits } = await allRows(log.db);
  expect(kept).toHaveLength(12);
  expect([crossings, traffic, visits].map((rows) => rows?.length)).toEqual([2, 2, 2]);
});

test("without an age nothing is taken out", async () => {
  const { log, database } = await aDay();
  await using _database = database;
  await prune(log.db, { nowMs: 1000 * hour, crossingsMs: undefined, eventsMs: undefined, delivered: everywhere });
  const { log: kept, crossings } = await allRows(log.db);
  expect([kept?.length, crossings?.length]).toEqual([24, 8]);
});

test("a client that asks for what was taken out is told so, and the offsets go on", async () => {
  const { log, database } = await aDay();
  await using _database = database;
  await prune(log.db, { nowMs: 1000 * hour, crossingsMs: hour, eventsMs: hour, delivered: everywhere });
  const { epoch } = log;
  expect(await log.read({ after: { epoch, offset: 3 }, limit: 9 })).toMatchObject({ kind: "unknown-position" });
  expect(await log.read({ after: { epoch, offset: 24 }, limit: 9 })).toEqual({ kind: "events", events: [] });
  const again = await EventLog.open(log.db);
  expect(await again.append([crossing()])).toEqual([25]);
});

test("what a sink has not got yet stays", async () => {
  const { log, database } = await aDay();
  await using _database = database;
  await prune(log.db, { nowMs: 1000 * hour, crossingsMs: undefined, eventsMs: hour, delivered: 10 });
  expect(await log.after(10, { limit: 1 })).toHaveLength(1);
  expect((await allRows(log.db)).log).toHaveLength(14);
});

test("poses and the shorter windows go by an age of their own, the hours and happenings by that of crossings", async () => {
  await using database = await sqliteDatabase();
  const log = await EventLog.open(database.db);
  const poses = await PoseLog.open(database.db, log.epoch);
  for (let i = 0; i < 24; i++) {
    const [wallMs, startMs] = [i * hour, i * hour];
    const windows = (["1_minute", "5_minutes", "1_hour"] as const).map((span) => analytics({ span, startMs }));
    await log.append([...windows, alert({ wallMs }), occupancyChange({ wallMs })]);
    await poses.add([pose({ wallMs }), pose({ wallMs, environment: "ward" })]);
  }
  const kept = { crossingsMs: 6 * hour, posesMs: 12 * hour, eventsMs: undefined };
  expect(await prune(log.db, { ...kept, nowMs: 24 * hour, delivered: everywhere })).toBe(false);
  const { windows = [], activities, occupancy, poses: left } = await allRows(log.db);
  expect([activities?.length, occupancy?.length, left?.length, windows.length]).toEqual([6, 6, 24, 12 + 12 + 6]);
  const again = await PoseLog.open(log.db, log.epoch);
  expect(again.lastSeq).toBe(48);
});

test("much that is too old goes piece by piece", async () => {
  await using database = await sqliteDatabase();
  const log = await EventLog.open(database.db);
  const poses = await PoseLog.open(database.db, log.epoch);
  for (const environment of ["shop", "ward", "yard"]) {
    await poses.add(Array.from({ length: 700 }, () => pose({ environment })));
  }
  const kept = { crossingsMs: undefined, posesMs: hour, eventsMs: undefined, nowMs: 24 * hour, delivered: 0 };
  const left: (number | undefined)[] = [];
  for (let more = true; more; ) {
    more = await prune(log.db, kept);
    left.push((await allRows(log.db)).poses?.length);
  }
  expect(left).toEqual([2100 - PRUNED_AT_ONCE, 2100 - 2 * PRUNED_AT_ONCE, 0]);
});
