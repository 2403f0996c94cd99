import type { FastifyInstance } from "fastify";
import { serveAnalytics } from "./analytics.ts";
import { serveHealth } from "./health.ts";
import { servePoses } from "./poses.ts";
import { serveSettings } from "./settings.ts";
import type { ApiContext } from "./sources.ts";
import { serveSystem } from "./system.ts";

/** The streaming API's REST side: poses, figures, settings, and how everything is. */
export function serveApi(app: FastifyInstance, context: ApiContext): void {
  servePoses(app, context);
  serveAnalytics(app, context);
  serveSystem(app, context);
  serveSettings(app, context);
  serveHealth(app, context);
}
