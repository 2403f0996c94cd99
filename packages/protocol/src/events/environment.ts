import { z } from "zod";
import { count, measured, percent, share } from "../quantities.ts";
import { happened, inFractions, number, pictureSize, somebody } from "./happened.ts";

/** Somebody came into an environment or one of its zones, or left it. */
export const OccupancyEvent = z.object({
  ...happened,
  type: z.literal("occupancy"),
  /** Null for the whole environment. */
  zone: z.string().nullable(),
  change: z.enum(["entered", "left"]),
  current: count,
  previous: count,
  confidence: share,
  /** Who is there now; `lost` is who cannot be seen at the moment. */
  persons: z.array(z.object({ ...somebody, status: z.enum(["active", "new", "lost"]) })),
});
export type OccupancyEvent = z.infer<typeof OccupancyEvent>;

export const AnalyticsSpan = z.enum(["1_minute", "5_minutes", "1_hour"]);
export type AnalyticsSpan = z.infer<typeof AnalyticsSpan>;

const course = z.enum(["rising", "steady", "falling"]).nullable();

/** An environment's figures of one window; null is what could not be measured in it. */
export const AnalyticsEvent = z.object({
  ...happened,
  type: z.literal("analytics"),
  span: AnalyticsSpan,
  /** Unix milliseconds; a multiple of the span's length. The event's `wallMs` is the end. */
  startMs: z.number().int(),
  endMs: z.number().int(),
  occupancy: z.object({
    /** At the end. */
    current: count,
    /** Over time. */
    average: z.number().nonnegative().nullable(),
    peak: count.nullable(),
    /** When the peak was reached first. */
    peakMs: z.number().int().nullable(),
  }),
  activity: z.object({
    /** How often somebody began to move. */
    movements: count,
    /** Seconds that people stayed where they are, all of them together. */
    stationaryS: z.number().nonnegative(),
    /** The share of the seen time in which people moved. */
    level: share.nullable(),
  }),
  detection: z.object({
    /** People found, frame by frame. */
    total: count,
    confidence: share.nullable(),
    /** Different people. */
    persons: count,
  }),
  /** How the figures compare with those of the window before; null without one. */
  trends: z.object({ occupancy: course, activity: course, confidence: course }),
});
export type AnalyticsEvent = z.infer<typeof AnalyticsEvent>;

export const Severity = z.enum(["info", "warning", "error", "critical"]);
export type Severity = z.infer<typeof Severity>;

/** How an environment's cameras and the machine perform; what cannot be measured is null. */
export const PerformanceEvent = z.object({
  ...happened,
  type: z.literal("performance"),
  /** Of all cameras together. */
  framesPerSecond: measured,
  /** From the capture of a frame until its people are known. */
  latencyMs: measured,
  /** Frames that wait. */
  queued: count.nullable(),
  cpu: percent,
  memory: percent,
  gpu: percent,
  alerts: z.array(
    z.object({
      of: z.enum(["high-latency", "low-frame-rate", "long-queue", "high-cpu-usage", "high-memory-usage"]),
      severity: Severity,
      value: z.number(),
      threshold: z.number(),
    }),
  ),
});
export type PerformanceEvent = z.infer<typeof PerformanceEvent>;

/** The sensing of an environment began or ended, or one of its parts works no more, or again. */
export const SystemEvent = z.object({
  ...happened,
  type: z.literal("system"),
  change: z.enum(["started", "stopped", "restarted", "degraded", "failed", "recovered"]),
  severity: Severity,
  /** One sentence without credentials. */
  message: z.string(),
  /** From a start of the sensing to its end. */
  session: z.string(),
  domain: z.string().nullable(),
  /** By the component's name. */
  components: z.record(z.string(), z.enum(["healthy", "degraded", "unhealthy", "offline"])),
});
export type SystemEvent = z.infer<typeof SystemEvent>;

/** A Wi-Fi router by whose signals an environment is sensed was lost, or is there again. */
export const RouterEvent = z.object({
  ...happened,
  type: z.literal("router"),
  router: z.string(),
  state: z.enum(["online", "offline"]),
  /** One sentence. */
  message: z.string(),
  /** When it was heard last, in Unix milliseconds; null for one that never was. */
  lastHeardMs: z.number().int().nullable(),
  /** How often it was looked for since. */
  attempts: count,
});
export type RouterEvent = z.infer<typeof RouterEvent>;

/** Somebody changed the configuration of an environment. */
export const ConfigurationEvent = z.object({
  ...happened,
  type: z.literal("configuration"),
  /** New values by the setting's dotted name; never a secret. */
  changes: z.record(z.string(), z.json()),
  by: z.string(),
  restartNeeded: z.boolean(),
});
export type ConfigurationEvent = z.infer<typeof ConfigurationEvent>;

/** Something that somebody is to look at, by the rules of the environment's domain. */
export const AlertEvent = z.object({
  ...happened,
  type: z.literal("alert"),
  /** Which rule. */
  rule: z.enum(["fall", "inactivity", "occupancy"]),
  severity: z.enum(["low", "medium", "high"]),
  message: z.string(),
  confidence: share,
  camera: z.string().nullable(),
  person: number.nullable(),
  track: number.nullable(),
  /** In the camera's picture. */
  place: z.object({ point: inFractions, size: pictureSize }).nullable(),
  /** The event by which it was raised. */
  cause: z.string(),
});
export type AlertEvent = z.infer<typeof AlertEvent>;

/** What concerns a whole environment. */
export const EnvironmentEvent = z.discriminatedUnion("type", [
  OccupancyEvent,
  AnalyticsEvent,
  PerformanceEvent,
  SystemEvent,
  RouterEvent,
  ConfigurationEvent,
  AlertEvent,
]);
export type EnvironmentEvent = z.infer<typeof EnvironmentEvent>;
