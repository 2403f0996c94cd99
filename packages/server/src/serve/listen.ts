import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { Log } from "../observe/log.ts";
import { isLoopback } from "./access.ts";

/** What was to listen where, for the sentence that says why it cannot. */
export interface ListenTarget {
  readonly host: string;
  readonly port: number;
  /** "the people counter" */
  readonly what: string;
}

/** An error of `listen()` as a sentence that names the port and what to do. */
export function listenError(thrown: unknown, { host, port, what }: ListenTarget): SensoriumError {
  const code = (thrown as NodeJS.ErrnoException).code ?? "";
  return new SensoriumError("config-invalid", sentences[code]?.(host, port, what) ?? other(what, thrown), {
    cause: thrown,
  });
}

const sentences: Readonly<Record<string, (host: string, port: number, what: string) => string>> = {
  EADDRINUSE: (host, port, what) =>
    `Port ${port} on ${host} is taken by another program: stop that program or give ${what} another port`,
  EACCES: (_, port, what) => `Port ${port} needs rights this user does not have: give ${what} a port above 1023`,
  EADDRNOTAVAIL: (host, _, what) => `${host} is no address of this machine: give ${what} one to listen on`,
  ENOTFOUND: (host, _, what) => `${host} is no known host name: give ${what} an address to listen on`,
};

const other = (what: string, thrown: unknown): string => `Cannot listen for ${what}: ${reasonOf(thrown)}`;

/** A certificate and its key, in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** An HTTP server, or an HTTPS one where there is a certificate. */
export function webServer(tls: TlsFiles | undefined, handler: RequestListener): Server {
  return tls ? createSecureServer({ ...tls }, handler) : createServer(handler);
}

/** Says so where whoever listens on the network can read along. */
export function warnUnencrypted(
  log: Log,
  { host, what, tls }: Omit<ListenTarget, "port"> & { tls: TlsFiles | undefined },
) {
  if (tls || isLoopback(host)) return;
  log.warn({ host, what, setting: "tls" }, "tokens and pictures travel unencrypted");
}

/** @throws SensoriumError when a port that asks nobody for a token would be reached from other machines. */
export function requireLoopback({ host, what }: Pick<ListenTarget, "host" | "what">): void {
  if (isLoopback(host)) return;
  const sentence = `Without tokens ${what} listens on this machine only, not on ${host}`;
  throw new SensoriumError("config-invalid", sentence);
}
