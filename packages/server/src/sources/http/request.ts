import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { type ConnectOptions, connect } from "./connect.ts";
import { Deadline } from "./deadline.ts";
import { connectionFailure, failure } from "./failure.ts";

const HEADERS_LIMIT = 32 * 1024;

/** The time is for connecting, and then again for answering; the signal ends the request at any time, body included. */
export interface RequestOptions extends ConnectOptions {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * One GET on a connection of its own, which ends with it: cameras keep few connections, and forget to close them.
 * `url` holds no credentials. Whoever gets the answer reads or destroys it.
 */
export async function request(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const { headers, label, timeoutMs, signal } = options;
  const socket = await connect(url, options);
  const asking = (url.protocol === "https:" ? https : http).request(url, {
    headers,
    signal,
    createConnection: () => socket,
    maxHeaderSize: HEADERS_LIMIT,
    // Cameras end lines as they like. Nobody is behind us whom a strange answer could fool.
    insecureHTTPParser: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const late = failure("source-timeout", `${label} did not answer within ${timeoutMs / 1000} s`);
  using _deadline = new Deadline(timeoutMs, () => asking.destroy(late));
  asking.once("response", (message) => {
    // Whoever reads it hears of it; nobody need be reading when a connection breaks.
    message.on("error", () => undefined);
    resolve(message);
  });
  asking.on("error", (error) => reject(connectionFailure(error, label)));
  asking.once("upgrade", () => {
    socket.destroy();
    reject(failure("source-invalid", `${label} does not answer as a camera does`));
  });
  asking.once("close", () => reject(failure("source-unreachable", `${label} broke off`)));
  asking.end();
  return await promise;
}
