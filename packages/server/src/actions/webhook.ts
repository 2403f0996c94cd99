import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { PostMessage } from "./delivery.ts";
import type { ConnectOptions, Outcome, Sink } from "./sink.ts";

/** Answers of a server, or of one before it, that can take nothing now; the others are about the message. */
const NOT_NOW: readonly number[] = [408, 425, 429, 502, 503, 504];

/** Posts messages to the addresses of one host, each over a connection that may be reused. */
export async function connectWebhook(
  { origin }: { readonly origin: string },
  { timeoutMs }: ConnectOptions,
): Promise<Sink> {
  const never = new AbortController();
  return {
    lost: never.signal,
    deliver: async ({ id, delivery }, signal) =>
      delivery.type === "post" ? post(delivery, { id, origin, signal, timeoutMs }) : "done",
    [Symbol.asyncDispose]: async () => undefined,
  };
}

interface Posting {
  readonly id: string;
  readonly origin: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function post(message: PostMessage, posting: Posting): Promise<Outcome> {
  let request: Request;
  try {
    request = requestOf(message, posting.id);
  } catch {
    return { refused: "its address or one of its headers cannot be sent" };
  }
  const status = await statusOf(request, posting);
  if (status < 300) return "done";
  if (NOT_NOW.includes(status)) throw away(posting.origin, `it answered ${status}`);
  if (status < 400) return { refused: `it answered ${status}: redirects are not followed` };
  return status < 500 ? { refused: `it answered ${status}` } : { failed: `it answered ${status}` };
}

async function statusOf(request: Request, { origin, signal, timeoutMs }: Posting): Promise<number> {
  try {
    const response = await fetch(request, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    await response.body?.cancel();
    return response.status;
  } catch (thrown) {
    throw away(origin, saidBy(thrown));
  }
}

/** @throws Error when the address or a header cannot be sent. */
function requestOf({ url, headers, message, event }: PostMessage, id: string): Request {
  const { href, authorization } = splitUrl(url);
  const all = new Headers({ "content-type": isJson(message) ? "application/json" : "text/plain; charset=utf-8" });
  if (authorization !== undefined) all.set("authorization", authorization);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  all.set("idempotency-key", id);
  all.set("x-sensorium-event", event);
  return new Request(href, { method: "POST", headers: all, body: message, redirect: "manual" });
}

/** `fetch` takes no address with credentials: they travel in a header. */
function splitUrl(given: string): { readonly href: string; readonly authorization: string | undefined } {
  const url = new URL(given);
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = "";
  url.password = "";
  const basic = credentials === ":" ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
  return { href: url.href, authorization: basic };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const away = (origin: string, said: string): SensoriumError =>
  new SensoriumError("store-failed", `webhooks at ${origin}: ${said}`, { retryable: true });

/** The reason is in the cause; the message of `fetch` itself is always the same. */
function saidBy(thrown: unknown): string {
  if (!(thrown instanceof Error)) return reasonOf(thrown);
  if (thrown.name === "TimeoutError") return "it does not answer";
  const { cause } = thrown;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return SENTENCES[code] ?? (cause === undefined ? reasonOf(thrown) : reasonOf(cause));
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host is not known",
  ECONNRESET: "it closed the connection",
  UND_ERR_SOCKET: "it closed the connection",
};
