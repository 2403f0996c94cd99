import type { AnalyticsEvent } from "@sensorium/protocol";
import type { analytics } from "@sensorium/protocol/rest";
import type { HistoryRecords, HistorySpan, OccupancyBucket, RecordedOccupancy } from "../../../storage/history.ts";
import { timeOf } from "./scope.ts";
import type { ApiContext } from "./sources.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PART_MS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS };

/** What a summary is of. */
export interface SummaryAsked extends HistorySpan {
  readonly granularity: analytics.Summary["time_period"]["granularity"];
}

/** The figures of a span of time, as a whole and part by part from its beginning. */
export async function summaryOf(
  { history, cameras }: Pick<ApiContext, "history" | "cameras">,
  asked: SummaryAsked,
): Promise<analytics.Summary> {
  const { granularity, ...span } = asked;
  const one = { ...span, limit: 1, skip: 0 };
  const [windows, occupancy, unique_persons, falls, alerts] = await Promise.all([
    measured(history, span),
    history.occupancy({ ...span, bucketMs: PART_MS[granularity] }),
    history.persons(span),
    history.happenings({ ...one, kinds: ["fall"], severities: ["high"] }),
    history.happenings({ ...one, kinds: ["alert"] }),
  ]);
  const figures = figuresOf(windows);
  const shown = cameras.list().filter(({ environment }) => span.environments?.includes(environment) ?? true);
  return {
    time_period: {
      start_time: timeOf(span.fromMs),
      end_time: timeOf(span.toMs),
      granularity,
      duration_hours: (span.toMs - span.fromMs) / HOUR_MS,
    },
    detection_stats: {
      total_detections: figures.detections,
      unique_persons,
      average_confidence: figures.confidence,
      peak_occupancy: occupancy.peak,
      peak_occupancy_time: peakTime(occupancy),
    },
    activity_stats: {
      total_movement_events: figures.movements,
      fall_detections: falls.total,
      alert_count: alerts.total,
      average_activity_level: figures.level,
    },
    system_stats: {
      coverage: coverageOf(windows, span),
      cameras_online: shown.filter((camera) => camera.status().state === "online").length,
      cameras_total: shown.length,
    },
    hourly_breakdown: partsOf(windows, { ...asked, timeline: occupancy.timeline }),
  };
}

/** When there were most people; null where nobody was. */
export const peakTime = ({ peak, peakMs }: Pick<RecordedOccupancy, "peak" | "peakMs">): string | null =>
  peakMs === null || peak === 0 ? null : timeOf(peakMs);

/** Lengths of windows, each with the shortest span of time that may be told by it. */
const LENGTHS = [
  { length: "1_hour", fromMs: 2 * DAY_MS },
  { length: "5_minutes", fromMs: 3 * HOUR_MS },
  { length: "1_minute", fromMs: 0 },
] as const;

/**
 * The longest windows that still tell something of each part of a span, or shorter ones where there are no such yet;
 * none in which no camera gave pictures.
 */
export async function measured(history: HistoryRecords, span: HistorySpan): Promise<readonly AnalyticsEvent[]> {
  for (const { length } of LENGTHS.filter(({ fromMs }) => span.toMs - span.fromMs > fromMs)) {
    const windows = await history.windows({ ...span, span: length });
    const known = windows.filter(({ occupancy }) => occupancy.average !== null);
    if (known.length > 0) return known;
  }
  return [];
}

/** What windows say together; null is what none of them says. */
export function figuresOf(windows: readonly AnalyticsEvent[]) {
  const sure = windows.filter(({ detection }) => detection.confidence !== null);
  const active = windows.filter(({ activity }) => activity.level !== null);
  return {
    detections: total(windows.map(({ detection }) => detection.total)),
    confidence: ratio(
      sum(sure.map(({ detection }) => (detection.confidence ?? 0) * detection.total)),
      sum(sure.map(({ detection }) => detection.total)),
    ),
    movements: total(windows.map(({ activity }) => activity.movements)),
    level: ratio(
      sum(active.map((window) => (window.activity.level ?? 0) * lengthOf(window))),
      sum(active.map(lengthOf)),
    ),
  };
}

const lengthOf = ({ startMs, endMs }: AnalyticsEvent): number => endMs - startMs;

/** How long any of the environments was watched: windows begin at the same times in all of them. */
export const watchedMs = (windows: readonly AnalyticsEvent[]): number =>
  sum([...new Map(windows.map((window) => [window.startMs, lengthOf(window)])).values()]);

interface Parts extends SummaryAsked {
  readonly timeline: readonly OccupancyBucket[];
}

function partsOf(windows: readonly AnalyticsEvent[], { fromMs, toMs, granularity, timeline }: Parts) {
  const partMs = PART_MS[granularity];
  const within = Map.groupBy(windows, ({ startMs }) => Math.floor((startMs - fromMs) / partMs));
  return timeline.flatMap((step, i): analytics.SummaryPart[] => {
    const known = within.get(i) ?? [];
    if (known.length === 0 && step.peak === null) return [];
    const { detections, movements, level } = figuresOf(known);
    return [
      {
        start_time: timeOf(step.startMs),
        end_time: timeOf(Math.min(toMs, step.startMs + partMs)),
        detections,
        average_occupancy: step.average,
        peak_occupancy: step.peak,
        movement_events: movements,
        average_activity_level: level,
      },
    ];
  });
}

/** The share of a span that windows cover, on average over the environments of which there are any. */
function coverageOf(windows: readonly AnalyticsEvent[], { fromMs, toMs }: HistorySpan): number {
  const environments = new Set(windows.map(({ environment }) => environment)).size;
  const covered = sum(windows.map(({ startMs, endMs }) => Math.min(endMs, toMs) - Math.max(startMs, fromMs)));
  return Math.min(1, ratio(covered, environments * (toMs - fromMs)) ?? 0);
}

const total = (values: readonly number[]): number | null => (values.length === 0 ? null : sum(values));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
