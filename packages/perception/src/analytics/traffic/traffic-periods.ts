import { SensoriumError, type WallMs, wallMs } from "@sensorium/protocol";
import type { Step } from "../step.ts";

/** What makes traffic high; what is left out takes its default. */
export interface TrafficOptions {
  /** A period starts when this many people have come in (5) … */
  readonly people?: number;
  /** … within this time, in milliseconds (60 000). */
  readonly windowMs?: number;
  /** It ends when nobody has come in for this long, in milliseconds (60 000). */
  readonly quietMs?: number;
}

/** Plain data. */
export interface TrafficState {
  /** When people came in lately, ascending; only while no period is running. */
  readonly recent: readonly WallMs[];
  /** The period that is running. */
  readonly period?: {
    /** The first crossing that belongs to it. */
    readonly startMs: WallMs;
    /** The latest. */
    readonly lastMs: WallMs;
    /** People counted in so far, the first ones included. */
    readonly countIn: number;
  };
}

/** A period of high foot traffic began, or is over. `endMs` is its last crossing, not the moment it was found over. */
export type TrafficEvent =
  | { readonly type: "started"; readonly startMs: WallMs }
  | { readonly type: "ended"; readonly startMs: WallMs; readonly endMs: WallMs; readonly countIn: number };

/** Nobody has come in yet. */
export const noTraffic: TrafficState = { recent: [] };

/**
 * A step that finds periods of high foot traffic. Its input is the instants at which people came in, counted since the
 * last step and in any order; it wants to be called without any as well, every second or so, to see a period end. The
 * time is wall time.
 *
 * How crossings are spread over steps changes nothing, as long as they come in order: after a restart, one step with
 * all IN crossings since the last recorded end, or any earlier quiet moment, brings the state back.
 */
export function trafficPeriods(
  options: TrafficOptions = {},
): Step<TrafficState, readonly WallMs[], TrafficEvent, WallMs> {
  const rule = trafficSettings(options);
  return (state, cameIn, at) => {
    const events: TrafficEvent[] = [];
    let now = state;
    for (const instant of cameIn.toSorted((a, b) => a - b)) {
      now = comeIn(settle(now, instant, { rule, events }), instant, { rule, events });
    }
    return { state: settle(now, at, { rule, events }), events };
  };
}

interface Context {
  readonly rule: Required<TrafficOptions>;
  readonly events: TrafficEvent[];
}

/** Ends a period that has been quiet for long enough at `at`. */
function settle(state: TrafficState, at: WallMs, { rule, events }: Context): TrafficState {
  const { period } = state;
  if (!period || at - period.lastMs < rule.quietMs) return state;
  const { startMs, lastMs: endMs, countIn } = period;
  events.push({ type: "ended", startMs, endMs, countIn });
  return noTraffic;
}

function comeIn(state: TrafficState, at: WallMs, { rule, events }: Context): TrafficState {
  const { period } = state;
  // A crossing is confirmed a little after its instant, so one can arrive behind a later one.
  if (period) {
    const lastMs = wallMs(Math.max(period.lastMs, at));
    return { recent: [], period: { ...period, lastMs, countIn: period.countIn + 1 } };
  }
  const known = [...state.recent, at].sort((a, b) => a - b);
  const latest = known.at(-1) ?? at;
  const recent = known.filter((instant) => latest - instant <= rule.windowMs);
  const [startMs] = recent;
  if (startMs === undefined || recent.length < rule.people) return { recent };
  events.push({ type: "started", startMs });
  return { recent: [], period: { startMs, lastMs: latest, countIn: recent.length } };
}

function trafficSettings({
  people = 5,
  windowMs = 60_000,
  quietMs = 60_000,
}: TrafficOptions): Required<TrafficOptions> {
  if (!(people >= 1 && windowMs >= 0 && quietMs > 0)) {
    const given = `${people} people, window ${windowMs} ms, quiet ${quietMs} ms`;
    throw new SensoriumError("config-invalid", `traffic: people, window and quiet time must be positive, not ${given}`);
  }
  return { people, windowMs, quietMs };
}
