import { z } from "zod";
import { count, measured, percent, share } from "../quantities.ts";
import { Name, OpenRange, Time } from "./query.ts";
import { Component, ComponentStatus } from "./system.ts";

/** `/api/v1/health` and `/api/v1/metrics`. `/healthz`, `/readyz` and Prometheus' `/metrics` are beside them. */

/** How the whole is. */
const Overall = z.enum(["healthy", "degraded", "unhealthy"]);

/** Result of `GET health`, which anybody may ask. */
export const Health = z.object({ status: Overall });
export type Health = z.infer<typeof Health>;

/** Result of `GET health/detailed`. */
export const DetailedHealth = z.object({
  status: Overall,
  uptime_seconds: z.number().nonnegative(),
  version: z.string(),
  components: z.object({
    cameras: Component.extend({ online: count, total: count }),
    database: Component.extend({ queued: count.describe("Events that are not on the disk yet") }),
    /** Those who follow the log, by name; `lag` is what they still lack. */
    sinks: z.record(z.string(), z.object({ status: ComponentStatus, lag: count })),
  }),
  resources: z.object({ cpu_usage: percent, memory_usage: percent, gpu_usage: percent }),
});
export type DetailedHealth = z.infer<typeof DetailedHealth>;

/** A kind of figures. */
export const MetricType = z.enum(["detection", "occupancy", "activity", "performance"]);
export type MetricType = z.infer<typeof MetricType>;

/** The query of `GET metrics`. */
export const MetricsQuery = z.object({
  ...OpenRange.shape,
  metric_type: MetricType.optional().describe("All of them when absent"),
  environment_id: Name.optional().describe("The environment; all that the asker may see when absent"),
});
export type MetricsQuery = z.infer<typeof MetricsQuery>;

/** Result of `GET metrics`; a kind that was not asked for is absent. */
export const Metrics = z.object({
  time_period: z.object({ start_time: Time, end_time: Time }),
  metrics: z.object({
    detection: z
      .object({
        total: count.nullable(),
        per_hour: measured.describe("Of the time that was watched"),
        average_confidence: share.nullable(),
      })
      .optional(),
    occupancy: z.object({ average: measured, peak: count.nullable() }).optional(),
    activity: z.object({ movement_events: count.nullable(), average_level: share.nullable() }).optional(),
    /** Of now. */
    performance: z
      .object({
        frames_per_second: measured,
        average_latency_ms: measured,
        cpu_usage: percent,
        memory_usage: percent,
        gpu_usage: percent,
      })
      .optional(),
  }),
});
export type Metrics = z.infer<typeof Metrics>;
