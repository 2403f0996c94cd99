import { type WallMs, wallMs } from "@sensorium/protocol";
import type { Step } from "../step.ts";
import {
  beginFigures,
  boundaryAfter,
  type Figures,
  joinFigures,
  lookFigures,
  occupyFigures,
  type PeopleLook,
  prolongFigures,
} from "./figures.ts";
import { type Trends, trendsOf } from "./trends.ts";

/** The spans figures are told of, in milliseconds; the shortest divides the others. */
export const WINDOW_SPANS = { "1_minute": 60_000, "5_minutes": 300_000, "1_hour": 3_600_000 } as const;
/** The name of a span. */
export type WindowSpan = keyof typeof WINDOW_SPANS;

/** How many people there are from now on, and who was seen in a frame. */
export interface WindowLook {
  /** Null while nobody can know. */
  readonly occupancy: number | null;
  readonly seen?: PeopleLook;
}

/** The figures of a window that is over; null is what could not be measured in it. */
export interface WindowEvent {
  readonly type: "window";
  readonly span: WindowSpan;
  /** A multiple of the span. */
  readonly startMs: WallMs;
  readonly endMs: WallMs;
  readonly occupancy: {
    /** At the end; 0 when it was not known then. */
    readonly current: number;
    /** Over the time in which it was known. */
    readonly average: number | null;
    readonly peak: number | null;
    /** When the peak was reached first. */
    readonly peakMs: WallMs | null;
  };
  readonly activity: {
    readonly movements: number;
    readonly stationaryS: number;
    /** The share of the time of people seen in which they moved. */
    readonly level: number | null;
  };
  readonly detection: { readonly total: number; readonly confidence: number | null; readonly persons: number };
  /** Compared with the window before. */
  readonly trends: Trends;
}

/** The figures under way. */
export interface WindowsState {
  /** Of the minute; it does not begin at a boundary when it was not watched from its beginning. */
  readonly minute: Figures | null;
  /** Of longer windows up to the minute; absent for those not watched from their beginning. */
  readonly open: ReadonlyMap<WindowSpan, Figures>;
  /** The last of each span that was told. */
  readonly told: ReadonlyMap<WindowSpan, WindowEvent>;
}

/** Nothing watched yet. */
export const noWindows: WindowsState = { minute: null, open: new Map(), told: new Map() };

const MINUTE = WINDOW_SPANS["1_minute"];
/** A clock that is set back by no more is waited for. */
const SET_BACK = 2_000;
/** Who is asked every second and was not for so long has slept, or the clock was set. */
const SILENCE = 10_000;

/**
 * A step that sums up what people did, in windows aligned to the clock. A window is told at the first step after its
 * end, and only when it was watched from its beginning: after a start, a sleep of the machine or a jump of its clock
 * the ones under way are left out. Wants to be called for every frame, whenever somebody comes or goes, and every
 * second or so besides. The time is wall time.
 */
export function watchWindows(): Step<WindowsState, WindowLook, WindowEvent, WallMs> {
  return (state, look, at) => {
    const events: WindowEvent[] = [];
    let now = awake(state, at);
    let minute = now.minute ?? beginFigures(at, look.occupancy);
    const until = wallMs(Math.max(at, minute.endMs));
    for (let end = endOf(minute); until >= end; end = endOf(minute)) {
      const closed = prolongFigures(minute, end);
      now = close(now, closed, events);
      minute = beginFigures(end, closed.current);
    }
    minute = occupyFigures(prolongFigures(minute, until), look.occupancy);
    return { state: { ...now, minute: look.seen ? lookFigures(minute, look.seen) : minute }, events };
  };
}

/** Begins anew when the time between was not watched. */
function awake(state: WindowsState, at: WallMs): WindowsState {
  if (!state.minute) return state;
  const passed = at - state.minute.endMs;
  return passed < -SET_BACK || passed > SILENCE ? noWindows : state;
}

const endOf = ({ startMs }: Figures): WallMs => boundaryAfter(startMs, MINUTE);

function close(state: WindowsState, minute: Figures, events: WindowEvent[]): WindowsState {
  const open = new Map<WindowSpan, Figures>();
  const told = new Map(state.told);
  for (const span of Object.keys(WINDOW_SPANS) as WindowSpan[]) {
    const length = WINDOW_SPANS[span];
    const before = state.open.get(span);
    const figures = before ? joinFigures(before, minute) : minute;
    if (figures.startMs % length !== 0) continue;
    if (figures.endMs - figures.startMs < length) {
      open.set(span, figures);
      continue;
    }
    const event = eventOf(figures, { span, before: told.get(span) });
    told.set(span, event);
    events.push(event);
  }
  return { minute: null, open, told };
}

function eventOf(
  figures: Figures,
  { span, before }: { readonly span: WindowSpan; readonly before: WindowEvent | undefined },
): WindowEvent {
  const { startMs, endMs, measuredMs, peopleMs, current, peak, moving, stationary, detections } = figures;
  const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  const event = {
    type: "window" as const,
    ...{ span, startMs, endMs },
    occupancy: {
      current: current ?? 0,
      average: share(peopleMs, measuredMs),
      peak: peak?.count ?? null,
      peakMs: peak?.atMs ?? null,
    },
    activity: { movements: figures.movements, stationaryS: stationary, level: share(moving, moving + stationary) },
    detection: { total: detections, confidence: share(figures.scores, detections), persons: figures.persons.size },
  };
  return { ...event, trends: trendsOf(before?.endMs === startMs ? before : undefined, event) };
}
