import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";
import { migrate, migrations } from "./migrations.ts";
import type { Schema } from "./schema.ts";

const FILE = "sensorium.db";

/** The node's own database, held against every other process until it is disposed. */
export interface LocalDatabase extends AsyncDisposable {
  readonly db: Kysely<Schema>;
}

/**
 * Opens, or makes, the database in a folder and brings it to the newest version.
 * @throws SensoriumError `store-failed` with a sentence that names the folder.
 */
export async function openLocal(folder: string): Promise<LocalDatabase> {
  await using opened = new AsyncDisposableStack();
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    opened.adopt(lockFolder(folder), (lock) => lock.close());
    const db = opened.adopt(openFile(folder), (connection) => connection.destroy());
    await migrate(db);
    const kept = opened.move();
    return { db, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  } catch (thrown) {
    throw sqliteError(thrown, folder);
  }
}

/**
 * Opens the database of a folder that another process may be serving from, for a word with it; null where there is none.
 * @throws SensoriumError `store-failed` when the database is of another version than this program.
 */
export async function openBeside(folder: string): Promise<LocalDatabase | null> {
  if (!existsSync(join(folder, FILE))) return null;
  const db = openFile(folder);
  const close = (): Promise<void> => db.destroy();
  try {
    const found = await db.selectFrom("meta").select("value").where("key", "=", "schema_version").executeTakeFirst();
    if (Number(found?.value) === migrations.length) return { db, [Symbol.asyncDispose]: close };
    throw new SensoriumError("store-failed", `${folder} was last used by another version: start the server once first`);
  } catch (thrown) {
    await close();
    throw sqliteError(thrown, folder);
  }
}

/** A lock file of its own leaves the database open to `sqlite3` for looking; the kernel frees it however we end. */
function lockFolder(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, "sensorium.lock"));
  try {
    lock.exec("begin exclusive");
    return lock;
  } catch (cause) {
    lock.close();
    if (resultCode(cause) !== BUSY) throw cause;
    throw new SensoriumError("store-failed", `${folder} is in use by another Sensorium`, { cause });
  }
}

function openFile(folder: string): Kysely<Schema> {
  const path = join(folder, FILE);
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    // It holds the keys that sign tokens; the files that SQLite keeps beside it get the same rights.
    chmodSync(path, 0o600);
    // A commit returns when the log is on the disk: neither a killed process nor a power cut takes it back.
    database.exec("pragma journal_mode = wal; pragma synchronous = full");
  } catch (thrown) {
    database.close();
    throw thrown;
  }
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: kyselyDatabase(database, folder) }) });
}

/** `node:sqlite` in the shape Kysely expects of a driver, with its errors translated. */
function kyselyDatabase(database: DatabaseSync, folder: string): SqliteDatabase {
  const translated = <R>(ask: () => R): R => {
    try {
      return ask();
    } catch (thrown) {
      throw sqliteError(thrown, folder);
    }
  };
  const prepare = (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => translated(() => statement.all(...values(parameters))),
      run: (parameters) =>
        // SQLite has rolled back already where the disk is full; saying it again would hide why.
        sql === "rollback" && !database.isTransaction
          ? { changes: 0, lastInsertRowid: 0 }
          : translated(() => statement.run(...values(parameters))),
      iterate: (parameters) => translated(() => statement.iterate(...values(parameters))),
    };
  };
  return { close: () => database.close(), prepare: (sql) => translated(() => prepare(sql)) };
}

// Primary result codes: https://www.sqlite.org/rescode.html
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return undefined;
  return thrown.errcode & 0xff;
}

/** What SQLite or the file system said about the database in `folder`, as one clear sentence. */
function sqliteError(thrown: unknown, folder: string): SensoriumError {
  if (thrown instanceof SensoriumError) return thrown;
  const failed = (message: string, retryable: boolean): SensoriumError =>
    new SensoriumError("store-failed", message, { cause: thrown, retryable });
  const systemCode = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  switch (resultCode(thrown) ?? systemCode) {
    case FULL:
    case "ENOSPC":
      return failed(`the disk that holds ${folder} is full`, true);
    case NOTADB:
    case CORRUPT:
      return failed(`the database in ${folder} is damaged or is no database: ${reasonOf(thrown)}`, false);
    case CANTOPEN:
    case READONLY:
    case "EACCES":
    case "EEXIST":
    case "ENOTDIR":
    case "EPERM":
    case "EROFS":
      return failed(`the folder ${folder} cannot be written: ${reasonOf(thrown)}`, false);
    default:
      return failed(`the database in ${folder} failed: ${reasonOf(thrown)}`, true);
  }
}
