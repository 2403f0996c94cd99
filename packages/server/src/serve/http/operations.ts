import type { FastifyInstance } from "fastify";
import type { RefusedAction } from "../../storage/actions.ts";
import { metricsOf } from "./metrics.ts";
import { success } from "./replies.ts";
import type { OperationsOptions } from "./statuses.ts";

/**
 * For whoever keeps the server running: `/healthz` (the process answers), `/readyz` (every camera has been tried) and
 * `/metrics` for Prometheus. `/actions` tells admins what became of the actions of bundles, and of those that were
 * refused why.
 */
export function serveOperations(app: FastifyInstance, options: OperationsOptions): void {
  const metrics = metricsOf(options);
  const open = { config: { needs: "nothing" } } as const;
  app.get("/healthz", open, (_, reply) => reply.header("cache-control", "no-store").send({ status: "ok" }));
  app.get("/readyz", open, (_, reply) => {
    const waiting = options.cameras
      .list()
      .map((camera) => camera.status())
      .filter(({ state, totals }) => state === "connecting" && totals.stateChanges <= 1)
      .map(({ id }) => id);
    reply.header("cache-control", "no-store").code(waiting.length > 0 ? 503 : 200);
    return reply.send({ status: waiting.length > 0 ? "starting" : "ready", waiting });
  });
  const admin = { config: { needs: { scope: "admin", environments: "all" } } } as const;
  app.get("/actions", admin, async (request, reply) => {
    const refused = (await options.refusedActions?.(MOST_REFUSED)) ?? [];
    const { lost, sinks } = options.actions();
    const data = { lost, sinks, refused: refused.map(refusedEntry) };
    return reply.header("cache-control", "no-store").send(success(request, data));
  });
  const read = { config: { needs: { scope: "read", environments: "all" } } } as const;
  app.get("/metrics", read, async (_, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
}

/** The newest of those that are kept. */
const MOST_REFUSED = 100;

/** Without what was to be sent: it holds the secrets of others, and what was seen. */
const refusedEntry = ({ id, sink, body, reason, atMs }: RefusedAction) => {
  const { type } = JSON.parse(body) as { readonly type: string };
  return { id, sink, type, reason, refused_at: new Date(atMs).toISOString() };
};
