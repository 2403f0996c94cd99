import { DEFAULT_SCHEMA } from "@sensorium/protocol/mpta";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../storage/schema.ts";

/** The table of visits, as the original worker made it. */
export const VISITS = { schema: DEFAULT_SCHEMA, name: "car_frontal_info" } as const;
/** What `license_type` says until a model reads number plates. */
export const NO_LICENSE_MODEL = "No model available";

/** Keeps nodes that start at once from laying out the same tables. */
const LOCK = 7_241_502_113;

const COLUMNS: Readonly<Record<string, string>> = {
  display_id: "varchar(255)",
  captured_timestamp: "varchar(255)",
  session_id: "varchar(255) primary key",
  license_character: "varchar(255) default null",
  license_type: `varchar(255) default '${NO_LICENSE_MODEL}'`,
  car_brand: "varchar(255) default null",
  car_model: "varchar(255) default null",
  car_body_type: "varchar(255) default null",
  created_at: "timestamp default now()",
  updated_at: "timestamp default now()",
};

/** Makes the table of visits, or the columns that it lacks; what is there already needs no rights to make it. */
export async function layOutVisits(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
    await layOutSchema(trx);
    const found = await columnsOf(trx, VISITS);
    const missing = Object.entries(COLUMNS).filter(([column]) => !found.has(column));
    if (found.size === 0) {
      const all = missing.map(([column, type]) => sql`${sql.id(column)} ${sql.raw(type)}`);
      await sql`create table ${idOf(VISITS)} (${sql.join(all)})`.execute(trx);
    } else {
      for (const [column, type] of missing) {
        await sql`alter table ${idOf(VISITS)} add column if not exists ${sql.id(column)} ${sql.raw(type)}`.execute(trx);
      }
    }
  });
}

/** A table in which every write leaves its id, so that a write that is sent again does nothing. */
const WRITTEN = { schema: DEFAULT_SCHEMA, name: "sensorium_written" } as const;

/** Makes that table where there is none. */
export async function layOutWritten(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
    if ((await columnsOf(trx, WRITTEN)).size > 0) return;
    await layOutSchema(trx);
    await sql`create table ${idOf(WRITTEN)} (id uuid primary key, written_at timestamptz not null default now())`.execute(
      trx,
    );
    await sql`create index on ${idOf(WRITTEN)} (written_at)`.execute(trx);
  });
}

/** Nothing is sent again so late. */
export const forgetWritten = (db: Kysely<Schema>): Promise<unknown> =>
  sql`delete from ${idOf(WRITTEN)} where written_at < now() - interval '7 days'`.execute(db);

/** `with` what lets the statement after it do something only the first time. */
export const onlyOnce = (id: string) =>
  sql`with first as (insert into ${idOf(WRITTEN)} (id) values (${id}) on conflict (id) do nothing returning id)`;

/** A table as a statement names it, quoted. */
export const idOf = ({ schema, name }: { readonly schema: string; readonly name: string }) => sql.id(schema, name);

/** The names of a table's columns; none when there is no such table. */
export async function columnsOf(
  db: Kysely<Schema>,
  { schema, name }: { readonly schema: string; readonly name: string },
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ attname: string }>`
    select a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${name} and a.attnum > 0 and not a.attisdropped`.execute(db);
  return new Set(rows.map(({ attname }) => attname));
}

/** Asked first: to say it again where it exists takes a right that not every account has. */
async function layOutSchema(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql`select 1 from pg_namespace where nspname = ${DEFAULT_SCHEMA}`.execute(db);
  if (rows.length === 0) await sql`create schema if not exists ${sql.id(DEFAULT_SCHEMA)}`.execute(db);
}
