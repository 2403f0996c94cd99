import { z } from "zod";
import { count, measured, share } from "../quantities.ts";
import { Place } from "../wifi-densepose/v1/envelope.ts";
import { ActivityEventType, ActivitySeverity } from "../wifi-densepose/v1/events.ts";
import { PageQuery } from "./paging.ts";
import { Name, OpenRange, Range, Time } from "./query.ts";

/** `/api/v1/analytics/*`: figures of a span of time. What was not measured in it is null. */

const environment_id = Name.optional().describe("The environment; all that the asker may see when absent");
const counted = count.nullable();

/** The query of `GET analytics/summary`. */
export const SummaryQuery = z.object({
  ...Range.shape,
  environment_id,
  granularity: z.enum(["hour", "day", "week"]).default("hour").describe("How long a part of the breakdown is, in UTC"),
});
export type SummaryQuery = z.infer<typeof SummaryQuery>;

/** The figures of one part of the span. */
export const SummaryPart = z.object({
  start_time: Time,
  end_time: Time,
  detections: counted,
  average_occupancy: measured,
  peak_occupancy: counted,
  movement_events: counted,
  average_activity_level: share.nullable(),
});
export type SummaryPart = z.infer<typeof SummaryPart>;

/** Result of `GET analytics/summary`. */
export const Summary = z.object({
  time_period: z.object({
    start_time: Time,
    end_time: Time,
    granularity: z.enum(["hour", "day", "week"]),
    duration_hours: z.number().positive(),
  }),
  detection_stats: z.object({
    /** People found, frame by frame. */
    total_detections: counted,
    unique_persons: count,
    average_confidence: share.nullable(),
    peak_occupancy: counted,
    peak_occupancy_time: Time.nullable(),
  }),
  activity_stats: z.object({
    total_movement_events: counted,
    fall_detections: count,
    alert_count: count,
    average_activity_level: share.nullable(),
  }),
  system_stats: z.object({
    /** The share of the span for which there are figures. */
    coverage: share,
    /** Those of now. */
    cameras_online: count,
    cameras_total: count,
  }),
  /** By the granularity, oldest first; parts without figures are left out. */
  hourly_breakdown: z.array(SummaryPart),
});
export type Summary = z.infer<typeof Summary>;

/** What the REST API calls an event. */
export const EventKind = z.enum(["fall", "alert", "activity"]);
export type EventKind = z.infer<typeof EventKind>;

/** The query of `GET analytics/events`. */
export const EventsQuery = z.object({
  ...OpenRange.shape,
  event_type: EventKind.optional(),
  severity: ActivitySeverity.optional(),
  environment_id,
  ...PageQuery.shape,
});
export type EventsQuery = z.infer<typeof EventsQuery>;

/** Something that happened to a person. */
export const AnalyticsEventRecord = z.object({
  event_id: z.string(),
  type: EventKind,
  /** What the streaming API calls it. */
  event: ActivityEventType,
  severity: ActivitySeverity,
  timestamp: Time,
  environment_id: z.string(),
  /** Null for what concerns nobody in particular. */
  person_id: z.int().positive().nullable(),
  track_id: z.int().positive().nullable(),
  confidence: share,
  location: Place.nullable(),
  /** Those that are known; `fall_duration` in seconds. */
  metadata: z.looseObject({
    fall_duration: z.number().nonnegative().optional(),
    impact_severity: share.optional(),
    recovery_detected: z.boolean().optional(),
  }),
  /** What was done because of it; nothing that was only meant to be. */
  actions_taken: z.array(z.string()),
  /** Who saw to it first; null while nobody has. */
  acknowledged: z.object({ at: Time, by: z.string() }).nullable(),
  simulated: z.boolean(),
});
export type AnalyticsEventRecord = z.infer<typeof AnalyticsEventRecord>;

/** The address of `POST analytics/events/{event_id}/acknowledge`. */
export const EventPath = z.object({ event_id: Name });

/** The query of `GET analytics/occupancy`. */
export const OccupancyQuery = z.object({
  ...Range.shape,
  environment_id,
  interval: z
    .enum(["1m", "5m", "15m", "1h", "1d"])
    .default("1h")
    .describe("How long a step of the timeline is; there are at most 5000"),
});
export type OccupancyQuery = z.infer<typeof OccupancyQuery>;

/** Result of `GET analytics/occupancy`. */
export const Occupancy = z.object({
  /** As last recorded before the end of the span. */
  current: count,
  /** Over the time that was watched. */
  average: measured,
  peak: z.object({ occupancy: counted, timestamp: Time.nullable() }),
  /** Oldest first. */
  timeline: z.array(z.object({ timestamp: Time, average: measured, peak: counted })),
});
export type Occupancy = z.infer<typeof Occupancy>;
