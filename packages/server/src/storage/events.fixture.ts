import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SensoriumEvent } from "@sensorium/protocol";
import {
  ActivityChangedEvent,
  AlertEvent,
  AnalyticsEvent,
  CrossingEvent,
  FallEvent,
  InactivityEvent,
  OccupancyEvent,
  SourceEvent,
  SystemEvent,
  TrafficEndedEvent,
  TrafficStartedEvent,
  ZoneEnteredEvent,
  ZoneLeftEvent,
} from "@sensorium/protocol/wire";
import type { PoseRecord } from "../pipeline/pose-record.ts";

const anyEvent = { camera: "entrance", wallMs: 1_000, simulated: false };

export const crossing = (change: Partial<CrossingEvent> = {}): CrossingEvent =>
  CrossingEvent.parse({
    ...anyEvent,
    id: randomUUID(),
    type: "crossing",
    line: "door",
    direction: "in",
    track: 1,
    className: "person",
    score: 0.5,
    at: 40_000,
    point: { x: 0.25, y: 0.75 },
    ...change,
  });

export const sourceChange = (change: Partial<SourceEvent> = {}): SourceEvent =>
  SourceEvent.parse({
    ...anyEvent,
    id: randomUUID(),
    type: "source",
    state: "offline",
    reason: "the camera closed the connection",
    ...change,
  });

export const systemChange = (change: Partial<SystemEvent> = {}): SystemEvent =>
  SystemEvent.parse({
    ...{ id: randomUUID(), environment: "ward", wallMs: 1_000, simulated: false },
    ...{ type: "system", change: "started", severity: "info", message: "It has started" },
    ...{ session: "s", domain: null, components: {} },
    ...change,
  });

export const trafficStarted = (startMs: number): TrafficStartedEvent =>
  TrafficStartedEvent.parse({
    ...anyEvent,
    id: randomUUID(),
    type: "traffic-started",
    wallMs: startMs,
    startMs,
  });

export const trafficEnded = (startMs: number, endMs: number, countIn: number): TrafficEndedEvent =>
  TrafficEndedEvent.parse({
    ...anyEvent,
    id: randomUUID(),
    type: "traffic-ended",
    wallMs: endMs,
    startMs,
    endMs,
    countIn,
  });

const stay = { ...anyEvent, zone: "till", track: 3, className: "person", at: 40_000 };

export const zoneEntered = (): ZoneEnteredEvent =>
  ZoneEnteredEvent.parse({ ...stay, id: randomUUID(), type: "zone-entered" });

export const zoneLeft = (wallMs: number, dwellMs: number): ZoneLeftEvent =>
  ZoneLeftEvent.parse({ ...stay, id: randomUUID(), type: "zone-left", wallMs, dwellMs });

const somebody = { person: 7, track: 3 };
const size = { width: 640, height: 360 };
const inPicture = { ...anyEvent, ...somebody, at: 40_000, point: { x: 0.5, y: 0.5 }, size };

export const fall = (change: Partial<FallEvent> = {}): FallEvent =>
  FallEvent.parse({
    ...inPicture,
    id: randomUUID(),
    type: "fall",
    change: "confirmed",
    durationMs: 900,
    impact: 0.75,
    confidence: 0.875,
    ...change,
  });

export const inactivity = (change: Partial<InactivityEvent> = {}): InactivityEvent =>
  InactivityEvent.parse({
    ...inPicture,
    id: randomUUID(),
    type: "inactivity",
    change: "began",
    durationMs: 300_000,
    ...change,
  });

export const activityChanged = (change: Partial<ActivityChangedEvent> = {}): ActivityChangedEvent =>
  ActivityChangedEvent.parse({
    ...inPicture,
    id: randomUUID(),
    type: "activity-changed",
    from: "walking",
    to: "sitting",
    confidence: 0.5,
    ...change,
  });

export const alert = (change: Partial<AlertEvent> = {}): AlertEvent =>
  AlertEvent.parse({
    ...{ id: randomUUID(), type: "alert", wallMs: 1_000, simulated: false, rule: "occupancy", severity: "medium" },
    ...{ message: "6 people are in the shop, 5 may be", confidence: 1, camera: null, person: null, track: null },
    ...{ place: null, cause: randomUUID() },
    ...change,
  });

export const occupancyChange = (change: Partial<OccupancyEvent> = {}): OccupancyEvent =>
  OccupancyEvent.parse({
    ...{ id: randomUUID(), type: "occupancy", wallMs: 1_000, simulated: false, zone: null, change: "entered" },
    ...{ current: 1, previous: 0, confidence: 0.5, persons: [{ ...somebody, status: "new" }] },
    ...change,
  });

export const analytics = (change: Partial<AnalyticsEvent> = {}): AnalyticsEvent =>
  AnalyticsEvent.parse({
    ...{ id: randomUUID(), type: "analytics", wallMs: 60_000, simulated: false },
    ...{ span: "1_minute", startMs: 0, endMs: 60_000 },
    occupancy: { current: 2, average: 1.5, peak: 3, peakMs: 30_000 },
    activity: { movements: 4, stationaryS: 12.5, level: 0.25 },
    detection: { total: 600, confidence: 0.75, persons: 3 },
    trends: { occupancy: "rising", activity: null, confidence: "steady" },
    ...change,
  });

export const pose = (change: Partial<PoseRecord> = {}): PoseRecord => ({
  ...{ environment: "default", camera: "entrance", ...somebody, frame: 10, wallMs: 1_000, score: 0.5, size },
  box: { x1: 100, y1: 50, x2: 150, y2: 250 },
  keypoints: Array.from({ length: 17 }, (_, i) => [100 + i, 50.25 + 10 * i, i % 2]).flat(),
  ...{ activity: { type: "walking", confidence: 0.75 }, model: "yolox_nano", simulated: false },
  ...change,
});

export const oneOfEach = (): SensoriumEvent[] => [
  crossing(),
  trafficStarted(1),
  sourceChange(),
  trafficEnded(1, 2, 1),
  zoneEntered(),
  zoneLeft(1_000, 400),
  fall(),
  alert(),
  occupancyChange(),
  analytics(),
];

/** A folder of its own, gone at the end of the scope. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "sensorium-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
