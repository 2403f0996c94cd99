import { noTraffic, type TrafficOptions, trafficPeriods } from "@sensorium/perception";
import {
  type CameraId,
  type CrossingEvent,
  type DailyReset,
  lastReset,
  type WallMs,
  wallMs,
} from "@sensorium/protocol";
import { type LineTally, Tally } from "./tally.ts";
import { TrafficWatch } from "./traffic-watch.ts";

/** What a camera asks of the store when it starts. */
export interface History {
  counts(query: { readonly camera: string; readonly sinceMs: number }): Promise<readonly LineTally[]>;
  crossings(query: {
    readonly camera: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly limit: number;
  }): Promise<readonly CrossingEvent[]>;
  traffic(query: { readonly camera: string; readonly sinceMs: number }): Promise<{
    readonly periods: readonly { readonly startMs: number; readonly endMs: number | null }[];
  }>;
}

export interface RestoreOptions {
  readonly camera: CameraId;
  readonly lines: readonly string[];
  readonly reset: DailyReset;
  readonly traffic: TrafficOptions;
  readonly nowMs: WallMs;
}

/** Far enough back for any running period of high traffic to have begun. */
const LOOK_BACK_MS = 24 * 3600_000;
const CROSSINGS_LIMIT = 10_000;

/** The counts of a camera as they were when it last ran. */
export async function restoreTally(history: History, options: RestoreOptions): Promise<Tally> {
  const { camera, lines, reset, nowMs } = options;
  const counted = await history.counts({ camera, sinceMs: lastReset(nowMs, reset) });
  return new Tally({ reset, lines, nowMs, counted });
}

/**
 * The traffic of a camera as it was when it last ran: the crossings since the last recorded end are walked through
 * again. Periods that ended while nobody watched are found by the next step and recorded then.
 */
export async function restoreTraffic(history: History, options: RestoreOptions): Promise<TrafficWatch> {
  const { camera, nowMs, traffic } = options;
  const sinceMs = nowMs - LOOK_BACK_MS;
  const { periods } = await history.traffic({ camera, sinceMs });
  const ends = periods.map(({ endMs }) => endMs ?? sinceMs);
  const fromMs = Math.max(sinceMs, ...ends.map((endMs) => endMs + 1));
  const crossings = await history.crossings({ camera, fromMs, toMs: nowMs + 1, limit: CROSSINGS_LIMIT });
  const cameIn = crossings.filter(({ direction }) => direction === "in").map((event) => wallMs(event.wallMs));
  const starts = periods.map(({ startMs }) => wallMs(startMs));
  const latest = wallMs(Math.max(0, ...cameIn));
  const { state, events } = trafficPeriods(traffic)(noTraffic, cameIn, latest);
  const unrecorded = events.filter(({ type, startMs }) => type === "ended" || !starts.includes(startMs));
  return new TrafficWatch(traffic, { state, starts, unrecorded });
}
