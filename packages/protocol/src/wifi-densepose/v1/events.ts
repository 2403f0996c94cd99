import { z } from "zod";
import { count, measured, percent, share } from "../../quantities.ts";
import { Place, serverMessage, Timestamp } from "./envelope.ts";

/** How bad something is with the system or a device. */
export const SystemSeverity = z.enum(["info", "warning", "error", "critical"]);
export type SystemSeverity = z.infer<typeof SystemSeverity>;

/** How bad something is with a person. */
export const ActivitySeverity = z.enum(["low", "medium", "high"]);
export type ActivitySeverity = z.infer<typeof ActivitySeverity>;

const id = z.int().positive();
const environment_id = z.string().optional();

/** A track began, went on, was lost, was found again or ended. */
export const TrackingUpdate = z.object({
  environment_id,
  track_id: id,
  person_id: id,
  event: z.enum(["track_started", "track_updated", "track_lost", "track_recovered", "track_ended"]),
  position: Place,
  confidence: share,
  metadata: z.object({ first_detection: Timestamp, track_quality: share.nullable() }),
});
export type TrackingUpdate = z.infer<typeof TrackingUpdate>;

/** The system changed its state. */
export const SystemEvent = z.object({
  event: z.enum([
    "system_started",
    "system_stopped",
    "system_restarted",
    "component_degraded",
    "component_failed",
    "component_recovered",
  ]),
  status: z.enum(["starting", "running", "degraded", "stopping", "stopped", "error"]),
  severity: SystemSeverity.optional(),
  session_id: z.string(),
  configuration: z.object({ domain: z.string().nullable(), environment_id: z.string() }),
  /** By the component's name. */
  components: z.record(z.string(), z.enum(["healthy", "degraded", "unhealthy", "offline"])),
  message: z.string().optional(),
});
export type SystemEvent = z.infer<typeof SystemEvent>;

/** A camera or router came or went; it is named by one of the two ids. */
export const HardwareEvent = z.object({
  environment_id,
  event: z.enum([
    "router_connected",
    "router_disconnected",
    "camera_connected",
    "camera_disconnected",
    "camera_stalled",
    "camera_connecting",
  ]),
  router_id: z.string().optional(),
  camera_id: z.string().optional(),
  severity: SystemSeverity,
  message: z.string(),
  metadata: z.object({ last_seen: Timestamp.nullable(), reconnect_attempts: count.nullable() }),
});
export type HardwareEvent = z.infer<typeof HardwareEvent>;

/** What may happen to a person. */
export const ActivityEventType = z.enum([
  "fall_suspected",
  "fall_detected",
  "fall_recovered",
  "inactivity_detected",
  "activity_changed",
  "alert_triggered",
]);
export type ActivityEventType = z.infer<typeof ActivityEventType>;

/** Something happened to a person. */
export const ActivityEvent = z.object({
  environment_id,
  event_type: ActivityEventType,
  severity: ActivitySeverity,
  /** Null for what concerns nobody in particular. */
  person_id: id.nullable(),
  track_id: id.nullable(),
  confidence: share,
  location: Place.nullable(),
  /** Those that are known; `fall_duration` in seconds, `impact_severity` 1 for a free fall. */
  details: z.looseObject({
    fall_duration: z.number().nonnegative().optional(),
    impact_severity: share.optional(),
    recovery_detected: z.boolean().optional(),
  }),
  /** What was done because of it; nothing that was only meant to be. */
  actions: z.array(z.string()),
});
export type ActivityEvent = z.infer<typeof ActivityEvent>;

/** How many people there are has changed. */
export const OccupancyUpdate = z.object({
  environment_id: z.string(),
  /** Absent for the whole environment. */
  zone_id: z.string().optional(),
  current_occupancy: count,
  previous_occupancy: count,
  change_type: z.enum(["person_entered", "person_left"]),
  confidence: share,
  persons: z.array(z.object({ person_id: id, track_id: id, status: z.enum(["active", "new", "lost"]) })),
});
export type OccupancyUpdate = z.infer<typeof OccupancyUpdate>;

/** How the system performs; what cannot be measured is null. Usages in per cent. */
export const PerformanceUpdate = z.object({
  environment_id,
  metrics: z.object({
    frames_per_second: measured,
    average_latency_ms: measured,
    processing_queue_size: count.nullable(),
    cpu_usage: percent,
    memory_usage: percent,
    gpu_usage: percent,
  }),
  alerts: z.array(
    z.object({
      type: z.enum(["high_latency", "low_frame_rate", "long_queue", "high_cpu_usage", "high_memory_usage"]),
      severity: SystemSeverity,
      value: z.number(),
      threshold: z.number(),
    }),
  ),
});
export type PerformanceUpdate = z.infer<typeof PerformanceUpdate>;

/** The latency from which `performance_update` warns, in milliseconds, unless configured. */
export const HIGH_LATENCY_MS = 50;

/** Somebody changed the configuration. */
export const ConfigUpdate = z.object({
  environment_id,
  changed_fields: z.array(z.string()),
  new_values: z.record(z.string(), z.unknown()),
  applied_by: z.string(),
  requires_restart: z.boolean(),
});
export type ConfigUpdate = z.infer<typeof ConfigUpdate>;

/** Over what span figures are taken. */
export const AnalyticsWindow = z.enum(["1_minute", "5_minutes", "1_hour"]);
export type AnalyticsWindow = z.infer<typeof AnalyticsWindow>;

const trend = z.enum(["increasing", "stable", "decreasing"]);

/** Figures of a window, and how they compare with those of the one before. */
export const AnalyticsStream = z.object({
  environment_id,
  window: AnalyticsWindow,
  metrics: z.object({
    occupancy: z.object({ current: count, average: measured, peak: count.nullable() }),
    /** `stationary_time` in seconds. */
    activity: z.object({
      movement_events: count,
      stationary_time: measured,
      activity_level: share.nullable(),
    }),
    detection: z.object({
      total_detections: count,
      average_confidence: share.nullable(),
      tracking_accuracy: share.nullable(),
    }),
  }),
  /** Null before there is a window to compare with. */
  trends: z.object({
    occupancy_trend: trend.nullable(),
    activity_trend: trend.nullable(),
    confidence_trend: z.enum(["improving", "stable", "declining"]).nullable(),
  }),
});
export type AnalyticsStream = z.infer<typeof AnalyticsStream>;

/** Everything that is never dropped and can be recovered. */
export const EventMessage = z.discriminatedUnion("type", [
  serverMessage("tracking_update", TrackingUpdate),
  serverMessage("system_event", SystemEvent),
  serverMessage("hardware_event", HardwareEvent),
  serverMessage("activity_event", ActivityEvent),
  serverMessage("occupancy_update", OccupancyUpdate),
  serverMessage("performance_update", PerformanceUpdate),
  serverMessage("config_update", ConfigUpdate),
  serverMessage("analytics_stream", AnalyticsStream),
]);
export type EventMessage = z.infer<typeof EventMessage>;
