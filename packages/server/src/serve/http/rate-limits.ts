import { API_PATH, endpoints, type LimitGroup, type RateLimit } from "@sensorium/protocol/rest";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Gate } from "../auth/gate.ts";
import { throttleKey } from "../auth/peer.ts";
import type { ServeClock } from "../clock.ts";
import { type Rate, Rates } from "./rates.ts";
import { failure } from "./replies.ts";

/** How many requests each token may make, and who counts. */
export interface LimitOptions {
  readonly limits: Readonly<Record<LimitGroup, RateLimit>>;
  readonly gate: Gate;
  readonly clock: ServeClock;
}

/** Where an endpoint is, as routes are written. */
export const routePath = (path: string): string => `${API_PATH}${path.replaceAll(/\{(\w+)\}/g, ":$1")}`;

/** By method and route. */
const GROUPS: ReadonlyMap<string, LimitGroup> = new Map(
  Object.values(endpoints).flatMap(({ method, path, limit }) =>
    limit === null ? [] : [[`${method} ${routePath(path)}`, limit] as const],
  ),
);

/**
 * Counts the requests of each token, and of each address where no token is asked for; says in every reply how it
 * stands, and refuses what is too much. To be called after the routes are guarded: who is refused is not counted.
 */
export function limitRequests(app: FastifyInstance, { limits, gate, clock }: LimitOptions): void {
  const rates = new Map<LimitGroup, Rates>();
  app.addHook("onRequest", async (request, reply) => {
    const { method, url } = request.routeOptions;
    const group = GROUPS.get(`${method === "HEAD" ? "GET" : String(method)} ${url}`);
    if (group === undefined) return;
    const limit = limits[group];
    const counter = rates.get(group) ?? new Rates(limit);
    rates.set(group, counter);
    const now = clock.now();
    const rate = counter.take(keyOf(request, gate), now);
    reply.headers(headersOf(rate, limit));
    if (!rate.exceeded) return;
    const seconds = Math.ceil((rate.resetMs - now) / 1000);
    const details = { limit: rate.limit, window: limit.windowSeconds, reset_at: new Date(rate.resetMs).toISOString() };
    const sentence = `Too many requests: try again in ${seconds} seconds`;
    return reply
      .code(429)
      .headers({ "retry-after": seconds, "cache-control": "no-store" })
      .send(failure(request, "RATE_LIMIT_EXCEEDED", sentence, details));
  });
}

/** A token that was made anew is another one of the same login. */
function keyOf({ principal, raw }: FastifyRequest, gate: Gate): string {
  if (!principal || principal.by === "nobody") return `from ${throttleKey(gate.peerOf(raw))}`;
  return `${principal.by} ${principal.credential ?? principal.userId}`;
}

const headersOf = ({ limit, remaining, resetMs }: Rate, { windowSeconds }: RateLimit) => ({
  "x-ratelimit-limit": limit,
  "x-ratelimit-remaining": remaining,
  "x-ratelimit-reset": Math.ceil(resetMs / 1000),
  "x-ratelimit-window": windowSeconds,
});
