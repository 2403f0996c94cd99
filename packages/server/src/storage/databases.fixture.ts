import type { Kysely } from "kysely";
import { expect, vi } from "vitest";
import { crossing, temporaryFolder } from "./events.fixture.ts";
import { connectSite } from "./postgres.ts";
import type { Schema } from "./schema.ts";
import { openLocal } from "./sqlite.ts";
import { type SinkHealth, Store } from "./store.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly db: Kysely<Schema>;
}

/** An empty SQLite database in a file of its own, migrated. */
export async function sqliteDatabase(): Promise<TestDatabase> {
  const folder = temporaryFolder();
  const local = await openLocal(folder.path);
  const close = async (): Promise<void> => {
    await local[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  return { db: local.db, [Symbol.asyncDispose]: close };
}

/** A connection as the store makes it. */
export const postgresDatabase = (databaseUrl: string): TestDatabase =>
  connectSite(databaseUrl, new AbortController().signal);

/** Every row of the log, of the tables made from it, and of the poses. */
export async function allRows(db: Kysely<Schema>): Promise<Record<string, readonly object[]>> {
  return {
    log: await db.selectFrom("event_log").selectAll().orderBy("epoch").orderBy("log_offset").execute(),
    crossings: await db.selectFrom("crossings").selectAll().orderBy("id").execute(),
    traffic: await db.selectFrom("traffic_events").selectAll().orderBy("id").execute(),
    visits: await db.selectFrom("zone_visits").selectAll().orderBy("id").execute(),
    windows: await db.selectFrom("analytics_windows").selectAll().orderBy("id").execute(),
    activities: await db.selectFrom("activity_events").selectAll().orderBy("id").execute(),
    occupancy: await db.selectFrom("occupancy_changes").selectAll().orderBy("id").execute(),
    poses: (await db.selectFrom("pose_history").selectAll().orderBy("epoch").orderBy("seq").execute()).map((row) => ({
      ...row,
      keypoints: row.keypoints && Buffer.from(row.keypoints).toString("hex"),
    })),
    poseCursors: await db.selectFrom("pose_cursors").selectAll().orderBy("epoch").execute(),
  };
}

export async function rowsOfFolder(folder: string): ReturnType<typeof allRows> {
  await using local = await openLocal(folder);
  return await allRows(local.db);
}

export async function rowsOfSite(databaseUrl: string): ReturnType<typeof allRows> {
  await using site = postgresDatabase(databaseUrl);
  return await allRows(site.db);
}

/** Thousands of events that PostgreSQL has yet to get, so that something is always on its way. */
export async function recordBacklog(folder: string, thousands: number): Promise<void> {
  await using store = await Store.open({ folder });
  for (let i = 0; i < thousands; i++) await store.append(Array.from({ length: 1000 }, () => crossing()));
}

/** How PostgreSQL follows the store. */
export const sinkOf = (store: Store): SinkHealth | undefined => store.health().sinks[0];

export const untilSink = (store: Store, expected: Partial<SinkHealth>): Promise<void> =>
  vi.waitFor(() => expect(sinkOf(store)).toMatchObject(expected), { timeout: 20_000, interval: 10 });

export const caughtUp = (store: Store): Promise<void> =>
  untilSink(store, { state: "following", lag: 0, posesBehind: 0 });
