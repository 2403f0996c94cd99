import type { API_PATH } from "@sensorium/protocol/rest";
import { type ClientClock, sleep } from "./clock.ts";
import type { Credentials } from "./credentials.ts";
import { ClientError } from "./error.ts";
import { readReply } from "./reply.ts";
import { repeatDelayMs } from "./retry.ts";

/** The part of the standard `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The platform's own. */
export const platformFetch: Fetch = (url, init) => fetch(url, init);

/** What all requests of one client share. */
export interface RequestContext {
  /** Of the server; what is behind its host does not matter. */
  readonly url: string;
  readonly fetch: Fetch;
  readonly clock: ClientClock;
  readonly credentials: Credentials;
}

/** One request, as the REST API has it. */
export interface Request {
  readonly method: string;
  /** Behind `/api/v1`, with `{name}` for what is in `params`. */
  readonly address: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  /** Of the configuration file for which a change was made. */
  readonly version?: string | undefined;
}

const API: typeof API_PATH = "/api/v1";
/** With all repetitions. */
const LONGEST_MS = 60_000;

/**
 * Sends a request. What only reads, and what comes to the same when it is done twice, is sent again after a failure that
 * passes. Throws a {@link ClientError}, or what the signal aborts with.
 */
export async function send(request: Request, context: RequestContext, stop: AbortSignal): Promise<unknown> {
  const late = new AbortController();
  const timer = context.clock.after(LONGEST_MS, () => late.abort(unreachable()));
  try {
    return await repeat(request, context, AbortSignal.any([stop, late.signal]));
  } finally {
    timer[Symbol.dispose]();
  }
}

async function repeat(request: Request, context: RequestContext, signal: AbortSignal): Promise<unknown> {
  const { clock } = context;
  for (let failures = 1; ; failures++) {
    try {
      return await letIn(request, context, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      const repeatable = thrown instanceof ClientError && isRepeatable(request);
      const delayMs = repeatable ? repeatDelayMs(thrown, failures, clock.random()) : null;
      if (delayMs === null) throw thrown;
      await sleep(delayMs, clock, signal);
      signal.throwIfAborted();
    }
  }
}

/** With `version`, what was done the first time makes the second a conflict. */
const isRepeatable = ({ method, version }: Request): boolean => method !== "POST" && version === undefined;

/** Sends it with a credential; with the next one, if there is one and the server does not take the first. */
async function letIn(request: Request, context: RequestContext, signal: AbortSignal): Promise<unknown> {
  const { credentials } = context;
  const token = await unlessAborted(credentials.current(), signal);
  try {
    return await sendOnce(request, { ...context, token }, signal);
  } catch (thrown) {
    if (!credentials.renewable || !(thrown instanceof ClientError) || thrown.refusal?.status !== 401) throw thrown;
    credentials.refuse(token);
    const next = await unlessAborted(credentials.current(), signal);
    return sendOnce(request, { ...context, token: next }, signal);
  }
}

/** Sends a request once, with whatever token there is. */
export async function sendOnce(
  request: Request,
  { url, fetch, token }: Pick<RequestContext, "url" | "fetch"> & { readonly token?: string | undefined },
  signal?: AbortSignal,
): Promise<unknown> {
  const { method, body, version } = request;
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { "content-type": "application/json" }),
    ...(version !== undefined && { "if-match": `"${version}"` }),
  };
  const sent = {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  };
  try {
    return await readReply(await fetch(new URL(API + pathOf(request), url).href, sent));
  } catch (cause) {
    throw cause instanceof ClientError ? cause : unreachable(cause);
  }
}

function pathOf({ address, params = {}, query = {} }: Request): string {
  const path = address.replace(/\{(\w+)\}/g, (_, name: string) => segmentOf(name, params[name]));
  const asked = Object.entries(query).filter(([, value]) => value !== undefined);
  return asked.length === 0
    ? path
    : `${path}?${new URLSearchParams(asked.map(([name, value]) => [name, String(value)]))}`;
}

/** A name as a part of an address; there is none for what would be another address. */
function segmentOf(name: string, value: unknown): string {
  const text = String(value ?? "");
  if (/^\.{0,2}$/.test(text)) throw new ClientError("address-invalid", `This request needs a ${name}`);
  return encodeURIComponent(text);
}

const unreachable = (cause?: unknown): ClientError =>
  new ClientError("unreachable", "The server does not answer", { cause, retryable: true });

/** What a promise gives; what the signal aborts with when it does so first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
