import type { Fetch } from "../requests.ts";
import { ScriptedServer } from "./scripted-server.ts";

/** A request as the server sees it. */
export interface Received {
  /** Method and path, behind the API's. */
  readonly what: string;
  readonly token: string | null;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What the server answers; an error is the network's, undefined is never. */
export type Scripted = Response | Error | undefined;

const reply = (status: number, body: object, headers?: HeadersInit): Response =>
  Response.json({ timestamp: "2025-01-07T10:30:00.000Z", request_id: "req-1", ...body }, { status, headers });

export const success = (data: unknown): Response => reply(200, { success: true, data });

export const page = (data: readonly unknown[], pagination: { page: number; has_next: boolean }): Response =>
  reply(200, { success: true, data, pagination });

export const failure = (
  status: number,
  code: string,
  more: { details?: object; retryAfter?: number } = {},
): Response => {
  const { details = null, retryAfter } = more;
  const headers = new Headers(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) });
  return reply(status, { success: false, error: { code, message: "The server's sentence", details } }, headers);
};

/** What stands between a client and a server, and says so when that is not there. */
export const gateway = (status: number): Response => new Response("<h1>Bad gateway</h1>", { status });

/** A server that answers requests as the test says, in order. */
export class ScriptedRest extends ScriptedServer {
  readonly received: Received[] = [];
  answers: Scripted[] = [];

  readonly fetch: Fetch = (url, { method, headers, body, signal }) => {
    const { pathname, search, origin } = new URL(url);
    const [, path = `${origin}${pathname}`] = /^\/api\/v1(\/.*)$/.exec(pathname) ?? [];
    const sent = new Headers(headers);
    const token = sent.get("authorization")?.replace("Bearer ", "") ?? null;
    const what = `${method} ${path}${search}`;
    this.received.push({ what, token, headers: sent, body: body === undefined ? null : JSON.parse(String(body)) });
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      const answer = this.answers.shift();
      if (answer instanceof Error) reject(answer);
      else if (answer) resolve(answer);
    });
  };
}
