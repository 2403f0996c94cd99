/**
 * The tables, as both databases have them. Times are integer Unix milliseconds, switches are 0 or 1 and
 * nothing is of a type that only one of the two knows, so that one set of queries serves both.
 */
export interface Schema {
  meta: { key: string; value: string };
  event_log: EventLogRow;
  crossings: CrossingRow;
  traffic_events: TrafficEventRow;
  cursors: { epoch: string; log_offset: number };
}

/** One event in its place in the log of the node that recorded it; `body` is the event as JSON. */
export interface EventLogRow {
  epoch: string;
  environment: string;
  log_offset: number;
  id: string;
  camera: string;
  type: string;
  wall_ms: number;
  body: string;
}

/** One completed crossing; `id` is its event's, `media_us` the stream's own clock, `x` and `y` picture fractions. */
export interface CrossingRow {
  id: string;
  camera: string;
  line: string;
  direction: "in" | "out";
  track: number;
  class_name: string;
  score: number;
  wall_ms: number;
  media_us: number;
  x: number;
  y: number;
  model: string | null;
  simulated: number;
}

/** The start or the end of a period of high traffic; an end has `end_ms` and `count_in`. */
export interface TrafficEventRow {
  id: string;
  camera: string;
  start_ms: number;
  end_ms: number | null;
  count_in: number | null;
  simulated: number;
}

/** Offsets are counted per environment; until environments can be configured there is this one. */
export const ENVIRONMENT = "default";
