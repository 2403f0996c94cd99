import type { AlertEvent, AnalyticsEvent, FallEvent, PerformanceEvent, SensoriumEvent } from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { severityOf } from "../../pipeline/severity.ts";
import { placeInTenths, tenths, thousandths } from "./rounded.ts";
import type { SensedPayload } from "./source.ts";

const HARDWARE = {
  online: ["camera_connected", "info"],
  offline: ["camera_disconnected", "error"],
  stalled: ["camera_stalled", "warning"],
  connecting: ["camera_connecting", "info"],
} as const;

const FALLS = { suspected: "fall_suspected", confirmed: "fall_detected", recovered: "fall_recovered" } as const;

const TRACKING = {
  started: "track_started",
  lost: "track_lost",
  recovered: "track_recovered",
  ended: "track_ended",
} as const;

const SYSTEM = {
  started: ["system_started", "running"],
  stopped: ["system_stopped", "stopped"],
  restarted: ["system_restarted", "running"],
  degraded: ["component_degraded", "degraded"],
  failed: ["component_failed", "error"],
  recovered: ["component_recovered", "running"],
} as const;

const ALERTS = {
  "high-latency": "high_latency",
  "low-frame-rate": "low_frame_rate",
  "long-queue": "long_queue",
  "high-cpu-usage": "high_cpu_usage",
  "high-memory-usage": "high_memory_usage",
} as const;

const COURSES = { rising: "increasing", steady: "stable", falling: "decreasing" } as const;
const QUALITIES = { rising: "improving", steady: "stable", falling: "declining" } as const;

/** An event in the words of the streaming API; null for what it does not tell. */
export function told(event: SensoriumEvent): SensedPayload | null {
  const environment_id = event.environment;
  switch (event.type) {
    case "source": {
      const [name, usual] = HARDWARE[event.state];
      const severity = event.wanted ? "info" : usual;
      const { lastFrameMs = null, attempts = null } = event;
      const message = event.reason ?? `The camera ${event.camera} is ${event.state}`;
      const last_seen = lastFrameMs === null ? null : new Date(lastFrameMs).toISOString();
      const metadata = { last_seen, reconnect_attempts: attempts };
      const data = { environment_id, event: name, camera_id: event.camera, severity, message, metadata };
      return { type: "hardware_event", data };
    }
    case "fall":
      return { type: "activity_event", data: { environment_id, ...fall(event) } };
    case "activity-changed":
      return {
        type: "activity_event",
        data: {
          environment_id,
          event_type: "activity_changed",
          severity: severityOf(event),
          ...somebody(event),
          confidence: thousandths(event.confidence),
          details: { from: event.from, to: event.to },
          actions: [],
        },
      };
    case "inactivity":
      return {
        type: "activity_event",
        data: {
          environment_id,
          event_type: "inactivity_detected",
          severity: severityOf(event),
          ...somebody(event),
          // That somebody does not move is measured, not guessed.
          confidence: 1,
          details: { inactive_for: event.durationMs / 1000, recovery_detected: event.change === "ended" },
          actions: [],
        },
      };
    case "alert":
      return { type: "activity_event", data: { environment_id, ...alert(event) } };
    case "tracking":
      return {
        type: "tracking_update",
        data: {
          environment_id,
          track_id: event.track,
          person_id: event.person,
          event: TRACKING[event.change],
          position: inPixels(event),
          confidence: thousandths(event.confidence),
          metadata: {
            first_detection: new Date(event.firstSeenMs).toISOString(),
            track_quality: thousandths(event.quality),
          },
        },
      };
    case "occupancy":
      return {
        type: "occupancy_update",
        data: {
          environment_id,
          ...(event.zone !== null && { zone_id: event.zone }),
          current_occupancy: event.current,
          previous_occupancy: event.previous,
          change_type: event.change === "entered" ? "person_entered" : "person_left",
          confidence: thousandths(event.confidence),
          persons: event.persons.map(({ person, track, status }) => ({ person_id: person, track_id: track, status })),
        },
      };
    case "analytics":
      return { type: "analytics_stream", data: { environment_id, ...analytics(event) } };
    case "performance":
      return { type: "performance_update", data: { environment_id, ...performance(event) } };
    case "system": {
      const { session, domain, components, message, severity } = event;
      const [name, status] = SYSTEM[event.change];
      const configuration = { domain, environment_id };
      const data = { event: name, status, severity, session_id: session, configuration, components, message };
      return { type: "system_event", data };
    }
    case "router":
      return {
        type: "hardware_event",
        data: {
          environment_id,
          event: event.state === "online" ? "router_connected" : "router_disconnected",
          router_id: event.router,
          severity: event.state === "online" ? "info" : "warning",
          message: event.message,
          metadata: {
            last_seen: event.lastHeardMs === null ? null : new Date(event.lastHeardMs).toISOString(),
            reconnect_attempts: event.attempts,
          },
        },
      };
    case "configuration":
      return {
        type: "config_update",
        data: {
          environment_id,
          changed_fields: Object.keys(event.changes),
          new_values: event.changes,
          applied_by: event.by,
          requires_restart: event.restartNeeded,
        },
      };
    case "crossing":
    case "zone-entered":
    case "zone-left":
    case "traffic-started":
    case "traffic-ended":
      return null;
  }
}

function fall(event: FallEvent): wire.ActivityEvent {
  return {
    event_type: FALLS[event.change],
    severity: severityOf(event),
    ...somebody(event),
    confidence: thousandths(event.confidence),
    details: {
      fall_duration: event.durationMs / 1000,
      impact_severity: thousandths(event.impact),
      recovery_detected: event.change === "recovered",
    },
    actions: [],
  };
}

function alert({ rule, severity, message, confidence, person, track, place, cause }: AlertEvent): wire.ActivityEvent {
  return {
    event_type: "alert_triggered",
    severity,
    person_id: person,
    track_id: track,
    confidence: thousandths(confidence),
    location: place && inPixels(place),
    details: { rule, message, cause },
    actions: [],
  };
}

function analytics({ span, occupancy, activity, detection, trends }: AnalyticsEvent): wire.AnalyticsStream {
  return {
    window: span,
    metrics: {
      occupancy: { current: occupancy.current, average: rounded(occupancy.average), peak: occupancy.peak },
      activity: {
        movement_events: activity.movements,
        stationary_time: tenths(activity.stationaryS),
        activity_level: rounded(activity.level),
      },
      detection: {
        total_detections: detection.total,
        average_confidence: rounded(detection.confidence),
        // Nobody says what is true, so how right the tracking is cannot be measured here.
        tracking_accuracy: null,
      },
    },
    trends: {
      occupancy_trend: trends.occupancy && COURSES[trends.occupancy],
      activity_trend: trends.activity && COURSES[trends.activity],
      confidence_trend: trends.confidence && QUALITIES[trends.confidence],
    },
  };
}

function performance(event: PerformanceEvent): wire.PerformanceUpdate {
  return {
    metrics: {
      frames_per_second: event.framesPerSecond,
      average_latency_ms: event.latencyMs,
      processing_queue_size: event.queued,
      cpu_usage: event.cpu,
      memory_usage: event.memory,
      gpu_usage: event.gpu,
    },
    alerts: event.alerts.map(({ of, ...rest }) => ({ type: ALERTS[of], ...rest })),
  };
}

/** What was not measured stays so. */
const rounded = (value: number | null): number | null => (value === null ? null : thousandths(value));

type Placed = Pick<FallEvent, "point" | "size">;

const somebody = (event: Pick<FallEvent, "person" | "track"> & Placed) => ({
  person_id: event.person,
  track_id: event.track,
  location: event.size ? inPixels({ point: event.point, size: event.size }) : null,
});

const inPixels = ({ point, size }: Required<Placed>): wire.Place =>
  placeInTenths({ x: point.x * size.width, y: point.y * size.height });
