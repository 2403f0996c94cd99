import type { IncomingMessage } from "node:http";
import { redactUrl } from "../address.ts";
import type { HttpSource } from "../source.ts";
import { Authorization } from "./authorization.ts";
import { connectionFailure, failure, statusFailure } from "./failure.ts";
import { request } from "./request.ts";

const REDIRECTS = 3;
/** Without what was kept, with what was asked for, and once more where the answer's nonce had become too old. */
const TRIES = 3;

/** An answer whose body has not been read yet. Disposing ends the connection. */
export interface HttpAnswer extends Disposable {
  /** The whole header; empty where there is none. */
  readonly contentType: string;
  /** As announced; null where it is not. */
  readonly contentLength: number | null;
  /** Throws source errors. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection; whoever reads the body gets the reason. */
  fail(reason: Error): void;
}

/** Fetches one address again and again, and proves who we are as the server wants it. */
export class HttpClient {
  /** The address without credentials. */
  readonly label: string;
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #certificate: string | undefined;
  readonly #authorization: Authorization;

  /** `url` may hold a user name and a password; `certificate` is its own server's. */
  constructor({ url, certificate }: Pick<HttpSource, "url" | "certificate">, timeoutMs: number) {
    this.label = redactUrl(url);
    this.#url = new URL(url);
    this.#timeoutMs = timeoutMs;
    this.#certificate = certificate;
    const { username, password } = this.#url;
    const credentials = { user: decoded(username), password: decoded(password) };
    this.#authorization = new Authorization(username === "" && password === "" ? undefined : credentials);
    this.#url.username = "";
    this.#url.password = "";
  }

  /** Fails with a source error; the signal ends the answer too. */
  async get(signal: AbortSignal): Promise<HttpAnswer> {
    let url = this.#url;
    for (let redirects = 0; redirects <= REDIRECTS; redirects++) {
      const message = await this.#authorized(url, signal);
      const status = message.statusCode ?? 0;
      if (status >= 200 && status < 300) return this.#answer(message);
      message.destroy();
      if (![301, 302, 303, 307, 308].includes(status)) throw statusFailure(status, this.label);
      url = this.#redirected(url, message.headers.location);
    }
    throw failure("source-invalid", `${this.label} redirects more than ${REDIRECTS} times`);
  }

  /** The credentials belong to the address's own origin. */
  async #authorized(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    if (url.origin !== this.#url.origin) return await this.#elsewhere(url, signal);
    let asked = false;
    for (let tries = 1; ; tries++) {
      const message = await this.#send(url, signal, this.#authorization.header("GET", url.pathname + url.search));
      if (message.statusCode !== 401) return message;
      message.destroy();
      const verdict = this.#authorization.challenged(message.headersDistinct["www-authenticate"] ?? []);
      if (verdict === "refused") throw this.#unauthorized();
      if (tries === TRIES || (asked && verdict !== "stale")) throw this.#unauthorized();
      asked = true;
    }
  }

  async #elsewhere(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const message = await this.#send(url, signal);
    if (message.statusCode !== 401 || !this.#authorization.hasCredentials) return message;
    message.destroy();
    const where = redactUrl(url.href);
    throw failure(
      "source-refused",
      `${this.label} redirects to ${where}, which is not told the user name and password`,
    );
  }

  #unauthorized(): Error {
    const { hasCredentials } = this.#authorization;
    const why = hasCredentials ? "refused the user name or password" : "wants a user name and a password";
    return failure("source-refused", `${this.label} ${why}`);
  }

  async #send(url: URL, signal: AbortSignal, authorization?: string): Promise<IncomingMessage> {
    const headers = {
      "User-Agent": "Sensorium",
      Accept: "*/*",
      Connection: "close",
      ...(authorization !== undefined && { Authorization: authorization }),
    };
    const certificate = url.origin === this.#url.origin ? this.#certificate : undefined;
    return await request(url, { headers, certificate, label: this.label, timeoutMs: this.#timeoutMs, signal });
  }

  #redirected(from: URL, location: string | undefined): URL {
    const target = location === undefined ? null : URL.parse(location, from.href);
    if (!target || !/^https?:$/.test(target.protocol))
      throw failure("source-invalid", `${this.label} redirects to nowhere`);
    target.username = "";
    target.password = "";
    return target;
  }

  #answer(message: IncomingMessage): HttpAnswer {
    const length = Number(message.headers["content-length"] ?? Number.NaN);
    return {
      contentType: message.headers["content-type"] ?? "",
      contentLength: Number.isFinite(length) ? length : null,
      body: bodyOf(message, this.label),
      fail: (reason) => void message.destroy(reason),
      [Symbol.dispose]: () => void message.destroy(),
    };
  }
}

async function* bodyOf(message: IncomingMessage, label: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of message) yield chunk as Uint8Array;
  } catch (thrown) {
    throw connectionFailure(thrown, label);
  }
}

/** As it was before it was put into an address; what cannot be decoded is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
