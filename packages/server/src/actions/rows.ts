import type { TableName } from "@sensorium/protocol/mpta";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../storage/schema.ts";
import type { BeginRow, UpdateRow } from "./delivery.ts";
import {
  columnsOf,
  forgetWritten,
  idOf,
  layOutVisits,
  layOutWritten,
  NO_LICENSE_MODEL,
  onlyOnce,
  VISITS,
} from "./site-tables.ts";
import { sqlState } from "./sql-state.ts";

const FORGET_EVERY = 1000;
const MAY_NOT = "42501";
/** What a bundle writes for the time at which the row is written. */
const NOW = "NOW()";

/**
 * Writes rows over one connection. Every write is one statement that leaves its id beside the row: sent again, it
 * changes nothing, whatever others have made of the row since. An account that may not make the table for those ids
 * writes without them; the rows are keyed all the same.
 */
export class RowWriter {
  readonly #db: Kysely<Schema>;
  #guarded = true;
  #written = 0;
  /** The columns of the tables written to so far; those of {@link VISITS} are complete. */
  readonly #columns = new Map<string, ReadonlySet<string>>();

  private constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  static async open(db: Kysely<Schema>): Promise<RowWriter> {
    const writer = new RowWriter(db);
    await writer.#layOutGuard();
    return writer;
  }

  /** @throws what PostgreSQL says. */
  async write(row: BeginRow | UpdateRow, id: string): Promise<void> {
    try {
      await this.#attempt(row, id);
    } catch (thrown) {
      if (!/^(?:3F000|42P01|42703)$/.test(sqlState(thrown))) throw thrown;
      // A table that was there may have been dropped or replaced since we looked.
      this.#columns.clear();
      await this.#layOutGuard();
      await this.#attempt(row, id);
    }
    this.#written++;
    if (this.#guarded && this.#written % FORGET_EVERY === 0) await forgetWritten(this.#db);
  }

  async #attempt(row: BeginRow | UpdateRow, id: string): Promise<void> {
    await (row.type === "begin-row" ? this.#begin(row, id) : this.#update(row, id));
  }

  async #begin({ sessionId, displayId, capturedTimestamp }: BeginRow, id: string): Promise<void> {
    await this.#columnsOf(VISITS);
    const columns = ["display_id", "captured_timestamp", "session_id", "license_type", "created_at", "updated_at"];
    const values = [displayId, capturedTimestamp, sessionId, NO_LICENSE_MODEL].map(cleaned);
    await sql`${this.#once(id)} insert into ${idOf(VISITS)} (${names(columns)})
      select ${sql.join(values)}, now(), now() ${this.#first()}
      on conflict (session_id) do nothing`.execute(this.#db);
  }

  async #update({ table, keyField, keyValue, fields }: UpdateRow, id: string): Promise<void> {
    const known = await this.#columnsOf(table);
    const given = Object.entries(fields).filter(([column]) => column !== keyField && column !== "updated_at");
    const stamped = known.has("updated_at") ? ["updated_at"] : [];
    const changed = [...given.map(([column]) => column), ...stamped];
    const values = [cleaned(keyValue), ...given.map(([, value]) => (value === NOW ? sql`now()` : cleaned(value)))];
    await sql`${this.#once(id)} insert into ${idOf(table)} (${names([keyField, ...changed])})
      select ${sql.join([...values, ...stamped.map(() => sql`now()`)])} ${this.#first()}
      on conflict (${sql.id(keyField)}) ${changes(changed)}`.execute(this.#db);
  }

  #once(id: string) {
    return this.#guarded ? onlyOnce(id) : sql``;
  }

  #first() {
    // With `on conflict`, the grammar wants a `where` after a select without `from`.
    return this.#guarded ? sql`from first` : sql`where true`;
  }

  async #layOutGuard(): Promise<void> {
    try {
      await layOutWritten(this.#db);
      this.#guarded = true;
    } catch (thrown) {
      if (sqlState(thrown) !== MAY_NOT) throw thrown;
      this.#guarded = false;
    }
  }

  async #columnsOf(table: TableName): Promise<ReadonlySet<string>> {
    const key = `${table.schema}.${table.name}`;
    const known = this.#columns.get(key);
    if (known) return known;
    if (table.schema === VISITS.schema && table.name === VISITS.name) await layOutVisits(this.#db);
    const columns = await columnsOf(this.#db, table);
    this.#columns.set(key, columns);
    return columns;
  }
}

const names = (columns: readonly string[]) => sql.join(columns.map((column) => sql.id(column)));

const changes = (columns: readonly string[]) =>
  columns.length === 0
    ? sql`do nothing`
    : sql`do update set ${sql.join(columns.map((column) => sql`${sql.id(column)} = excluded.${sql.id(column)}`))}`;

/** PostgreSQL refuses NUL in text. */
const cleaned = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");
