import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SensoriumEvent } from "@sensorium/protocol";
import {
  CrossingEvent,
  SourceEvent,
  TrafficEndedEvent,
  TrafficStartedEvent,
  ZoneEnteredEvent,
  ZoneLeftEvent,
} from "@sensorium/protocol/wire";

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

export const oneOfEach = (): SensoriumEvent[] => [
  crossing(),
  trafficStarted(1),
  sourceChange(),
  trafficEnded(1, 2, 1),
  zoneEntered(),
  zoneLeft(1_000, 400),
];

/** A folder of its own, gone at the end of the scope. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "sensorium-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
