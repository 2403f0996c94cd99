import { Client } from "pg";
import type { PostgresServer } from "../../../testkit/src/services/index.ts";
import { postgresDatabase } from "../storage/databases.fixture.ts";
import { layOutVisits } from "./site-tables.ts";

export type Row = Readonly<Record<string, unknown>>;

/** The rows that a statement gives, over a connection of its own. */
export async function query(databaseUrl: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** The table of visits, in the order of their sessions. */
export const visitRows = (databaseUrl: string): Promise<Row[]> =>
  query(databaseUrl, "select * from gas_station_1.car_frontal_info order by session_id");

/** A database that notes every row of a visit that is written, so that a second write of the same is seen. */
export async function journalledDatabase(server: PostgresServer): Promise<string> {
  const databaseUrl = await server.createDatabase();
  await using site = postgresDatabase(databaseUrl);
  await layOutVisits(site.db);
  await query(
    databaseUrl,
    `create table journal (number serial, session_id text, operation text, brand text);
     create function note() returns trigger as $$ begin
       insert into journal (session_id, operation, brand) values (new.session_id, tg_op, new.car_brand);
       return new; end $$ language plpgsql;
     create trigger noted after insert or update on gas_station_1.car_frontal_info for each row execute function note()`,
  );
  return databaseUrl;
}

/** What was written, in the order in which it was. */
export const journal = (databaseUrl: string): Promise<Row[]> =>
  query(databaseUrl, "select session_id, operation, brand from journal order by number");
