import { Socket } from "node:net";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { Kysely, PostgresDialect } from "kysely";
import { Pool, types } from "pg";
import { placeOf, withoutSecrets } from "./database-url.ts";
import type { Schema } from "./schema.ts";

/** A connection to PostgreSQL. Disposing it takes no longer than {@link HANG_UP_MS}, whatever the server does. */
export interface SiteConnection extends AsyncDisposable {
  readonly db: Kysely<Schema>;
  /** Aborts when the server has gone away, also while nothing is being asked of it. */
  readonly lost: AbortSignal;
}

/** How long an orderly goodbye may take before the socket is cut. */
const HANG_UP_MS = 1000;
const CONNECT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 30_000;

/** Prepares one connection; it is made with the first query. When `signal` aborts, what is under way is cut short. */
export function connectSite(databaseUrl: string, signal: AbortSignal): SiteConnection {
  const sockets = new Set<Socket>();
  const lost = new AbortController();
  const pool = new Pool({
    connectionString: databaseUrl,
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    stream: () => tracked(new Socket(), sockets),
    // Both databases give plain numbers; a time or a count stays far below 2^53.
    types: {
      getTypeParser: (oid: number, format?: "text" | "binary") =>
        oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format),
    },
  });
  // Without listeners a connection that breaks between two queries would end the process.
  pool.on("error", (error) => lost.abort(error));
  pool.on("connect", (client) => client.on("error", (error) => lost.abort(error)));

  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  let deadline: NodeJS.Timeout | undefined;
  const hangUp = (): void => {
    deadline ??= setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, HANG_UP_MS);
  };
  signal.addEventListener("abort", hangUp);
  if (signal.aborted) hangUp();
  const close = async (): Promise<void> => {
    hangUp();
    await db.destroy();
    clearTimeout(deadline);
    signal.removeEventListener("abort", hangUp);
  };
  return { db, lost: lost.signal, [Symbol.asyncDispose]: close };
}

function tracked(socket: Socket, sockets: Set<Socket>): Socket {
  sockets.add(socket);
  return socket.once("close", () => sockets.delete(socket));
}

/** What PostgreSQL or the network said, as one clear sentence without credentials. */
export function postgresError(thrown: unknown, databaseUrl: string): SensoriumError {
  if (thrown instanceof SensoriumError) return thrown;
  const code = thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  const said = sentences[code] ?? withoutSecrets(reasonOf(thrown), databaseUrl);
  return new SensoriumError("store-failed", `PostgreSQL at ${placeOf(databaseUrl)}: ${said}`, { retryable: true });
}

// SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host is not known",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it closed the connection",
  "28000": "it refused the credentials of DATABASE_URL",
  "28P01": "it refused the credentials of DATABASE_URL",
  "3D000": "the database does not exist",
  "53100": "its disk is full",
  "53300": "it has no connection to spare",
  "57P01": "it is shutting down",
  "57P03": "it is starting up or shutting down",
};
