import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { PostgresqlConnection } from "@sensorium/protocol/mpta";
import { connectSite, postgresError } from "../storage/postgres.ts";
import { placeOf } from "./address.ts";
import type { Delivery } from "./delivery.ts";
import { RowWriter } from "./rows.ts";
import type { Outcome, Sink } from "./sink.ts";
import { sqlState } from "./sql-state.ts";

/** Connects to a PostgreSQL server; sending again is not its business. */
export async function connectPostgresql(address: PostgresqlConnection, signal: AbortSignal): Promise<Sink> {
  const url = urlOf(address);
  const site = connectSite(url, signal);
  const place = placeOf({ kind: "postgresql", ...address });
  try {
    const writer = await RowWriter.open(site.db);
    return {
      lost: site.lost,
      deliver: ({ id, delivery }) => write(writer, { id, delivery, url, place }),
      [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    await site[Symbol.asyncDispose]();
    throw errorOf(thrown, { url, place });
  }
}

interface Writing {
  readonly id: string;
  readonly delivery: Delivery;
  readonly url: string;
  readonly place: string;
}

async function write(writer: RowWriter, { id, delivery, url, place }: Writing): Promise<Outcome> {
  if (delivery.type !== "begin-row" && delivery.type !== "update-row") return "done";
  try {
    await writer.write(delivery, id);
    return "done";
  } catch (thrown) {
    if (isAboutTheRow(sqlState(thrown))) return { refused: `${reasonOf(thrown)} (${sqlState(thrown)})` };
    throw errorOf(thrown, { url, place });
  }
}

/**
 * Classes of SQLSTATE that come again however often the same is tried: what cannot be done here (0A), cardinality (21),
 * data (22), constraints (23), names, types and rights (3F, 42, 44), limits (54), triggers (P0).
 */
const isAboutTheRow = (state: string): boolean => /^(?:0A|21|22|23|3F|42|44|54|P0)/.test(state);

function errorOf(thrown: unknown, { url, place }: Pick<Writing, "url" | "place">): SensoriumError {
  const refusedUs = sqlState(thrown).startsWith("28");
  return refusedUs
    ? new SensoriumError("store-failed", `PostgreSQL at ${place}: it refused the credentials`, { retryable: true })
    : postgresError(thrown, url);
}

function urlOf({ host, port, database, username, password }: PostgresqlConnection): string {
  const server = host.includes(":") ? `[${host}]` : encodeURIComponent(host);
  const account = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return `postgresql://${account}@${server}:${port}/${encodeURI(database)}`;
}
