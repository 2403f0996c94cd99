import { endpoints, type system } from "@sensorium/protocol/rest";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { SensingSession } from "../../../pipeline/sessions.ts";
import { note } from "../../auth/audit.ts";
import { serveData } from "./endpoint.ts";
import { presentFor, timeOf } from "./scope.ts";
import { changeSettings } from "./settings.ts";
import type { ApiContext } from "./sources.ts";
import { camerasPart, databasePart, figuresIn, heartbeatOf, performanceOf, statusesIn, worstOf } from "./state.ts";

/** Starts, stops and tells how it goes. */
export function serveSystem(app: FastifyInstance, context: ApiContext): void {
  const { sensing, system, clock } = context;
  const each = (environments: readonly string[], act: (environment: string) => Promise<SensingSession>) =>
    Promise.all(environments.map(act));

  serveData(app, endpoints.startSystem, {
    audit: "system-started",
    async answer({ body: { configuration }, principal, request }) {
      const {
        environment_id: named,
        domain,
        detection_settings: detection,
        hardware_settings: hardware,
      } = configuration;
      const environments = presentFor(principal, { sensing, named });
      about(request, environments);
      const applied = [];
      for (const environment of environments) {
        const { updated_fields } = await changeSettings(context, {
          environment,
          principal,
          change: { domain, detection, hardware },
          // Clients send all that a Wi-Fi sensor could be told; the answer says what was.
          facts: "kept",
        });
        applied.push(...updated_fields);
      }
      const sessions = await each(environments, (environment) => system.start(environment));
      return {
        status: "starting" as const,
        ...sessionsOf(sessions),
        estimated_startup_time: null,
        configuration_applied: [...new Set(applied)],
      };
    },
  });

  serveData(app, endpoints.stopSystem, {
    audit: "system-stopped",
    async answer({ query: { environment_id: named }, principal, request }) {
      const environments = presentFor(principal, { sensing, named });
      about(request, environments);
      const sessions = await each(environments, (environment) => system.stop(environment));
      return { status: "stopped" as const, ...sessionsOf(sessions), stopped_at: timeOf(clock.now()) };
    },
  });

  serveData(app, endpoints.restartSystem, {
    audit: "system-restarted",
    async answer({ query: { environment_id: named }, principal, request }) {
      const environments = presentFor(principal, { sensing, named });
      about(request, environments);
      const before = sessionsOf(environments.map((environment) => system.session(environment)));
      const after = sessionsOf(await each(environments, (environment) => system.restart(environment)));
      return {
        status: "restarting" as const,
        previous_session_id: before.session_id,
        new_session_id: after.session_id,
        environments: after.environments,
        estimated_restart_time: null,
      };
    },
  });

  serveData(app, endpoints.systemStatus, {
    answer: ({ query: { environment_id: named }, principal }) =>
      statusOf(context, presentFor(principal, { sensing, named })),
  });
}

function about(request: FastifyRequest, environments: readonly string[]): void {
  const [only, ...others] = environments;
  if (only !== undefined && others.length === 0) note(request, { environment: only });
}

function sessionsOf(sessions: readonly SensingSession[]) {
  const [only, ...others] = sessions;
  return {
    session_id: only && others.length === 0 ? only.id : null,
    environments: sessions.map(({ environment, id }) => ({ environment_id: environment, session_id: id })),
  };
}

function statusOf(context: ApiContext, environments: readonly string[]): system.SystemStatus {
  const { system, clock } = context;
  const now = clock.now();
  const sessions = environments.map((environment) => system.session(environment));
  const statuses = statusesIn(context, environments);
  const cameras = camerasPart(statuses, now);
  const running = sessions.filter(({ state }) => state === "running");
  const startedMs = running.length === 0 ? null : Math.min(...running.map(({ sinceMs }) => sinceMs));
  const figures = figuresIn(context, environments);
  const { frames_per_second: average_fps, ...performance } = performanceOf(context, environments);
  return {
    status: running.length === 0 ? "stopped" : cameras.status === "healthy" ? "running" : "degraded",
    session_id: sessionsOf(sessions).session_id,
    uptime_seconds: startedMs === null ? null : (now - startedMs) / 1000,
    started_at: startedMs === null ? null : timeOf(startedMs),
    environments: sessions.map(({ environment, id, state, sinceMs }) => ({
      environment_id: environment,
      session_id: id,
      status: state,
      since: timeOf(sinceMs),
    })),
    performance: {
      frames_processed: statuses.reduce((sum, { totals }) => sum + totals.inferred, 0),
      average_fps,
      ...performance,
    },
    components: {
      csi_processor: null,
      cameras,
      neural_network: {
        status: worstOf(figures, "neural_network") ?? cameras.status,
        last_heartbeat: heartbeatOf(figures, "neural_network"),
        model_loaded: statuses.some(({ model }) => model !== null),
        inference_queue_size: figures[0]?.performance?.queued ?? null,
      },
      tracker: {
        status: worstOf(figures, "tracker") ?? cameras.status,
        last_heartbeat: heartbeatOf(figures, "tracker"),
        active_tracks: figures.length === 0 ? null : figures.reduce((people, { occupancy }) => people + occupancy, 0),
      },
      database: databasePart(context),
    },
  };
}
