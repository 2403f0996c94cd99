import { RATE_LIMITS } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import { serveAudit } from "../auth/audit.ts";
import type { Gate } from "../auth/gate.ts";
import { serveAuth, serveMe } from "../auth/routes.ts";
import type { ServeClock } from "../clock.ts";
import { serveImages } from "../worker/image.ts";
import { serveApi } from "./api/serve.ts";
import { serveCameras } from "./cameras.ts";
import { serveConfiguration } from "./configuration.ts";
import { serveOpenApi } from "./openapi.ts";
import { serveOperations } from "./operations.ts";
import type { HttpOptions, WorkerPart } from "./options.ts";
import { noActions, noStore } from "./statuses.ts";

/** What of the server answers requests besides its options. */
export interface RestParts {
  readonly clock: ServeClock;
  readonly worker: (Pick<WorkerPart, "worker"> & { readonly gate: Gate }) | undefined;
}

/** Everything that is asked for by requests, each where its part is there. */
export function serveRest(app: FastifyInstance, options: HttpOptions, { clock, worker }: RestParts): void {
  const { cameras, control, store = () => noStore } = options;
  serveMe(app);
  if (options.auth) serveAuth(app, options.auth);
  if (options.trail) serveAudit(app, options.trail);
  serveCameras(app, { cameras, clock });
  if (worker) serveImages(app, worker);
  serveConfiguration(app, { control, cameras });
  if (options.api) serveApi(app, { ...options.api, cameras, control, clock, store });
  serveOperations(app, {
    ...{ cameras, store, actions: options.actions ?? (() => noActions) },
    ...{ refusedActions: options.refusedActions, inference: options.inference },
    worker: worker && (() => worker.worker.counters),
  });
  serveOpenApi(app, options.rateLimits ?? RATE_LIMITS);
}
