import { API_PATH } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import type { Log } from "../../observe/log.ts";
import { pathOf } from "../upgrade.ts";

/** Which pages of others may ask, and who hears of those that may not. */
export interface CrossOriginOptions {
  /** Their origins, as browsers write them. */
  readonly origins: readonly string[];
  readonly log: Log;
}

/** What a page may see of a reply besides its body. */
const EXPOSED = {
  "access-control-expose-headers":
    "retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-ratelimit-window",
};

/** What a page may send. Browsers ask before each address, and again after two hours at the latest. */
const PREFLIGHT = {
  "access-control-allow-headers": "authorization, content-type, if-match, x-api-key",
  "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE",
  "access-control-max-age": 7200,
};

/**
 * Lets browsers show the REST API's replies to pages of the given origins (the CORS protocol of the Fetch standard).
 * Credentials are never allowed, so such a page needs a token: the cookie of our own page is nothing to it. Nobody is
 * asked who they are by the question that a browser sends ahead; to be called before the routes are guarded.
 */
export function allowOrigins(app: FastifyInstance, { origins, log }: CrossOriginOptions): void {
  app.addHook("onRequest", async (request, reply) => {
    if (!pathOf(request.raw).startsWith(`${API_PATH}/`)) return;
    reply.header("vary", "Origin");
    const { origin, "access-control-request-method": wanted } = request.headers;
    if (origin === undefined) return;
    const isPreflight = request.method === "OPTIONS" && wanted !== undefined;
    if (!origins.includes(origin)) {
      if (isPreflight) log.info({ origin, setting: "server.origins" }, "a page of another origin may not ask");
      return;
    }
    reply.header("access-control-allow-origin", origin);
    if (isPreflight) return reply.code(204).headers(PREFLIGHT).send();
    reply.headers(EXPOSED);
  });
}
