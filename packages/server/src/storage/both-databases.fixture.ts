import { sql } from "kysely";
import { afterAll, beforeAll } from "vitest";
import { PostgresServer } from "../../../testkit/src/services/index.ts";
import { postgresDatabase, sqliteDatabase, type TestDatabase } from "./databases.fixture.ts";
import { migrate } from "./migrations.ts";

/** A kind of database, and how to get one that is empty and migrated. */
export type DatabaseKind = readonly [name: string, open: () => Promise<TestDatabase>];

/**
 * Both kinds, for `describe.each`. PostgreSQL runs while the tests of the file do, with one database that is made anew
 * whenever it is opened: there is one at a time.
 */
export function bothDatabases(): readonly DatabaseKind[] {
  const cleanup = new AsyncDisposableStack();
  let shared: TestDatabase;
  beforeAll(async () => {
    const server = cleanup.use(await PostgresServer.launch());
    shared = cleanup.use(postgresDatabase(await server.createDatabase()));
  });
  afterAll(() => cleanup.disposeAsync());
  const postgres = async (): Promise<TestDatabase> => {
    await sql`drop schema public cascade; create schema public`.execute(shared.db);
    await migrate(shared.db);
    return { db: shared.db, [Symbol.asyncDispose]: async () => undefined };
  };
  return [
    ["SQLite", sqliteDatabase],
    ["PostgreSQL", postgres],
  ];
}
