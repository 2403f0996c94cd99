import { SensoriumError } from "./errors.ts";
import { type WallMs, wallMs } from "./units.ts";

/** When the counts of a day begin: a time of day and the IANA zone whose clocks show it. */
export interface DailyReset {
  /** `HH:MM`, 00:00 to 23:59. */
  readonly time: string;
  /** For example `Europe/Berlin`. */
  readonly zone: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** `YYYY-MM-DD HH:MM:SS.mmm` as the clocks of a zone show the instant. */
export function formatLocal(at: number, zone: string): string {
  return clockReading(at, zone).toISOString().replace("T", " ").replace("Z", "");
}

/** `HH:MM:SS` as the clocks of a zone show the instant. */
export function formatClock(at: number, zone: string): string {
  return formatLocal(at, zone).slice(-12, -4);
}

/** The newest daily reset that is not after `nowMs`. */
export function lastReset(nowMs: number, reset: DailyReset): WallMs {
  return resetNear(nowMs, { reset, days: [1, 0, -1, -2], fits: (at) => at <= nowMs });
}

/** The first daily reset after `nowMs`. */
export function nextReset(nowMs: number, reset: DailyReset): WallMs {
  return resetNear(nowMs, { reset, days: [-1, 0, 1, 2], fits: (at) => at > nowMs });
}

interface ResetSearch {
  readonly reset: DailyReset;
  /** Calendar days from today, in the order in which they are tried. */
  readonly days: readonly number[];
  readonly fits: (at: number) => boolean;
}

function resetNear(nowMs: number, { reset, days, fits }: ResetSearch): WallMs {
  const { time, zone } = reset;
  const today = clockReading(nowMs, zone).setUTCHours(0, 0, 0, 0);
  const timeOfDay = timeOfDayMs(time);
  for (const day of days) {
    const at = firstInstantShowing(today + day * DAY_MS + timeOfDay, zone);
    if (fits(at)) return wallMs(at);
  }
  throw new SensoriumError("internal", `no daily reset at ${time} in ${zone} near ${nowMs}`);
}

function timeOfDayMs(time: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  if (hours !== undefined && minutes !== undefined) return Number(hours) * HOUR_MS + Number(minutes) * 60_000;
  throw new SensoriumError("config-invalid", `the daily reset time "${time}" is not HH:MM between 00:00 and 23:59`);
}

/**
 * The first instant at which the clocks of a zone show `reading` (as if it were UTC) or, where they skip it, more:
 *
 *     clocks go back                  clocks go forward
 *     02:00 … 02:59 02:00 … 02:59    01:59 | 03:00 …
 *       ^ the first 02:30                    ^ 02:30 is skipped: here
 */
function firstInstantShowing(reading: number, zone: string): number {
  // No zone has ever been 16 hours from UTC, and none changes its offset twice within 3 hours.
  for (let from = reading - 16 * HOUR_MS; ; ) {
    const offset = offsetAt(from, zone);
    const until = nextChange(from, { until: from + 3 * HOUR_MS, zone });
    const at = Math.max(from, reading - offset);
    if (at < until) return at;
    from = until;
  }
}

/** The first instant after `from` with another offset than there, or else `until`. */
function nextChange(from: number, { until, zone }: { readonly until: number; readonly zone: string }): number {
  const offset = offsetAt(from, zone);
  if (offsetAt(until, zone) === offset) return until;
  let [before, after] = [from, until];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle, zone) === offset) before = middle;
    else after = middle;
  }
  return after;
}

/** What the clocks of a zone are ahead of UTC, in milliseconds. */
const offsetAt = (at: number, zone: string): number => clockReading(at, zone).getTime() - at;

/** What the clocks of a zone show, as the Date whose UTC fields read the same. */
function clockReading(at: number, zone: string): Date {
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(at)) fields[type] = Number(value);
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = fields;
  const millisecond = ((at % 1000) + 1000) % 1000;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond));
}

/** One per zone: making a formatter costs about ten times what using it does. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const formatter = makeFormatter(zone);
  formatters.set(zone, formatter);
  return formatter;
}

function makeFormatter(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (cause) {
    const unknown = `the time zone "${timeZone}" is not known, use one like Europe/Berlin`;
    throw new SensoriumError("config-invalid", unknown, { cause });
  }
}
