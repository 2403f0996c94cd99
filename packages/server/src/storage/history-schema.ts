import type { Activity, AnalyticsSpan } from "@sensorium/protocol";
import type { HappeningSeverity } from "../pipeline/severity.ts";
import type { HappeningKind } from "./history.ts";

/** The tables of what has been recorded of people and environments. */
export interface HistorySchema {
  pose_history: PoseRow;
  /** Up to which `seq` a database has the poses of a node. */
  pose_cursors: { epoch: string; seq: number };
  analytics_windows: WindowRow;
  activity_events: ActivityRow;
  occupancy_changes: OccupancyRow;
}

/** How somebody stood at one instant; `seq` grows by one within the epoch of the node's log. Box and size in pixels. */
export interface PoseRow {
  epoch: string;
  seq: number;
  environment: string;
  camera: string;
  person: number;
  track: number;
  frame: number;
  wall_ms: number;
  score: number;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  width: number;
  height: number;
  /** 17 × 5 bytes: x and y in quarters of a pixel (int16, little-endian) and the score in 255ths. */
  keypoints: Uint8Array | null;
  activity: Activity;
  activity_score: number;
  model: string | null;
  simulated: number;
}

type Trend = "rising" | "steady" | "falling" | null;

/** An environment's figures of one window; `id` is its event's. */
export interface WindowRow {
  id: string;
  environment: string;
  span: AnalyticsSpan;
  start_ms: number;
  end_ms: number;
  wall_ms: number;
  /** At the end. */
  occupancy: number;
  average_occupancy: number | null;
  peak_occupancy: number | null;
  peak_ms: number | null;
  movements: number;
  stationary_s: number;
  activity_level: number | null;
  detections: number;
  confidence: number | null;
  persons: number;
  occupancy_trend: Trend;
  activity_trend: Trend;
  confidence_trend: Trend;
  model: string | null;
  simulated: number;
}

/** A fall, an alert or an activity; `body` is the event as JSON. */
export interface ActivityRow {
  id: string;
  environment: string;
  kind: HappeningKind;
  severity: HappeningSeverity;
  person: number | null;
  track: number | null;
  wall_ms: number;
  body: string;
  acknowledged_ms: number | null;
  acknowledged_by: string | null;
}

/** From `wall_ms` on `occupancy` people are in a zone, or without one in the whole environment. */
export interface OccupancyRow {
  id: string;
  environment: string;
  zone: string | null;
  log_offset: number;
  wall_ms: number;
  occupancy: number;
  previous: number;
  confidence: number;
  simulated: number;
}
