import { endpoints, type health, type system } from "@sensorium/protocol/rest";
import type { FastifyInstance } from "fastify";
import type { HistorySpan } from "../../../storage/history.ts";
import { serveData } from "./endpoint.ts";
import { recordedIn, spanFor, timeOf } from "./scope.ts";
import type { ApiContext } from "./sources.ts";
import { camerasPart, databasePart, performanceOf, statusesIn } from "./state.ts";
import { figuresOf, measured, watchedMs } from "./summary.ts";

const HOUR_MS = 3_600_000;
/** Events that wait for the disk; more mean that it does not keep up. */
const LONG_QUEUE = 1_000;
/** How long the database may take to answer a small question. */
const PATIENCE_MS = 3_000;

/** Whether the server is well, and figures of it. */
export function serveHealth(app: FastifyInstance, context: ApiContext): void {
  const { clock, usage, version } = context;
  const sinceMs = clock.now();

  serveData(app, endpoints.health, { answer: async () => ({ status: overall(await partsOf(context)) }) });

  serveData(app, endpoints.detailedHealth, {
    async answer() {
      const components = await partsOf(context);
      const { cpu, memory, gpu } = usage();
      return {
        status: overall(components),
        uptime_seconds: (clock.now() - sinceMs) / 1000,
        version,
        components,
        resources: { cpu_usage: cpu, memory_usage: memory, gpu_usage: gpu },
      };
    },
  });

  serveData(app, endpoints.metrics, {
    async answer({ query, principal }) {
      const span = { ...spanFor(query, clock.now()), environments: recordedIn(principal, query.environment_id) };
      const wants = (type: health.MetricType): boolean => query.metric_type === undefined || query.metric_type === type;
      return {
        time_period: { start_time: timeOf(span.fromMs), end_time: timeOf(span.toMs) },
        metrics: {
          ...(await recorded(context, { ...span, wants })),
          ...(wants("performance") && { performance: performanceOf(context, span.environments) }),
        },
      };
    },
  });
}

interface MetricsAsked extends HistorySpan {
  wants(type: health.MetricType): boolean;
}

async function recorded({ history }: ApiContext, { wants, ...span }: MetricsAsked): Promise<health.Metrics["metrics"]> {
  const windows = await measured(history, span);
  const { detections, confidence, movements, level } = figuresOf(windows);
  const per_hour = detections === null ? null : (detections * HOUR_MS) / watchedMs(windows);
  const { average, peak } = await history.occupancy({ ...span, bucketMs: span.toMs - span.fromMs });
  return {
    ...(wants("detection") && { detection: { total: detections, per_hour, average_confidence: confidence } }),
    ...(wants("occupancy") && { occupancy: { average, peak } }),
    ...(wants("activity") && { activity: { movement_events: movements, average_level: level } }),
  };
}

type Parts = health.DetailedHealth["components"];

async function partsOf(context: ApiContext): Promise<Parts> {
  const { queued, sinks } = context.store();
  const statuses = statusesIn(context, null);
  return {
    cameras: {
      ...camerasPart(statuses, context.clock.now()),
      online: statuses.filter(({ state }) => state === "online").length,
      total: statuses.length,
    },
    database: { ...(await databaseNow(context)), queued },
    sinks: Object.fromEntries(sinks.map(({ name, state, lag }) => [name, { status: SINKS[state] ?? "degraded", lag }])),
  };
}

/** The database as it shows when it is asked something. */
async function databaseNow(context: ApiContext): Promise<system.Component> {
  const { status, last_heartbeat } = databasePart(context);
  if (!(await answers(context))) return { status: "unhealthy", last_heartbeat };
  const late = status === "healthy" && context.store().queued > LONG_QUEUE;
  return { status: late ? "degraded" : status, last_heartbeat: timeOf(context.clock.now()) };
}

/** Whether the database finds something small, in time. */
async function answers({ history, clock }: ApiContext): Promise<boolean> {
  const { promise: tooLate, resolve } = Promise.withResolvers<false>();
  using _ = clock.after(PATIENCE_MS, () => resolve(false));
  const nowMs = clock.now();
  const found = history.windows({ environments: null, span: "1_hour", fromMs: nowMs, toMs: nowMs + 1 });
  const answered = found.then(
    () => true,
    () => false,
  );
  return await Promise.race([answered, tooLate]);
}

const SINKS: Readonly<Record<string, system.ComponentStatus>> = {
  following: "healthy",
  connecting: "degraded",
  down: "degraded",
  refused: "unhealthy",
};

function overall({ cameras, database, sinks }: Parts): health.Health["status"] {
  if (database.status === "unhealthy") return "unhealthy";
  const parts = [cameras, database, ...Object.values(sinks)];
  return parts.every(({ status }) => status === "healthy") ? "healthy" : "degraded";
}
