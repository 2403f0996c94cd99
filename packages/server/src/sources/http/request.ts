import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { Deadline } from "./deadline.ts";
import { connectionFailure, failure } from "./failure.ts";

const HEADERS_LIMIT = 32 * 1024;

export interface RequestOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** For messages: the address without credentials. */
  readonly label: string;
  /** How long connecting may take, and then answering up to the end of the headers. */
  readonly timeoutMs: number;
  /** Ends the request at any time, its body included. */
  readonly signal: AbortSignal;
}

/**
 * One GET on a connection of its own, which ends with it: cameras keep few connections, and forget to close them.
 * `url` holds no credentials. Whoever gets the answer reads or destroys it.
 */
export function request(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const { headers, label, timeoutMs, signal } = options;
  const seconds = timeoutMs / 1000;
  const late = (what: string): void => void asking.destroy(failure("source-timeout", `${label} ${what} ${seconds} s`));
  const secure = url.protocol === "https:";
  const asking = (secure ? https : http).request(url, {
    headers,
    signal,
    agent: false,
    maxHeaderSize: HEADERS_LIMIT,
    // Cameras end lines as they like. Nobody is behind us whom a strange answer could fool.
    insecureHTTPParser: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  let deadline = new Deadline(timeoutMs, () => late("cannot be reached: no connection within"));
  asking.once("socket", (socket) => {
    socket.once(secure ? "secureConnect" : "connect", () => {
      deadline[Symbol.dispose]();
      deadline = new Deadline(timeoutMs, () => late("did not answer within"));
    });
  });
  asking.once("response", (message) => {
    // Whoever reads it hears of it; nobody need be reading when a connection breaks.
    message.on("error", () => undefined);
    resolve(message);
  });
  asking.on("error", (error) => reject(connectionFailure(error, label)));
  asking.once("upgrade", (_, socket) => {
    socket.destroy();
    reject(failure("source-invalid", `${label} does not answer as a camera does`));
  });
  asking.once("close", () => reject(failure("source-unreachable", `${label} broke off`)));
  asking.end();
  return promise.finally(() => deadline[Symbol.dispose]());
}
