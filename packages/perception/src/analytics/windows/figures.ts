import { type WallMs, wallMs } from "@sensorium/protocol";

/** The people of one frame, and what they did since the frame before. */
export interface PeopleLook {
  readonly persons: Int32Array;
  readonly scores: Float32Array;
  /** How many began to move. */
  readonly movements: number;
  /** Seconds, of all people together. */
  readonly moving: number;
  readonly stationary: number;
}

/** Sums over a span of time; those of adjacent spans can be added. */
export interface Figures {
  readonly startMs: WallMs;
  readonly endMs: WallMs;
  /** How long it was known how many there are. */
  readonly measuredMs: number;
  /** Milliseconds of people who were there. */
  readonly peopleMs: number;
  /** At the end; null while that is not known. */
  readonly current: number | null;
  readonly peak: { readonly count: number; readonly atMs: WallMs } | null;
  readonly movements: number;
  readonly moving: number;
  readonly stationary: number;
  /** People found, frame by frame, and the sum of their scores. */
  readonly detections: number;
  readonly scores: number;
  readonly persons: ReadonlySet<number>;
}

/** Nothing yet, from `startMs` on, with so many people. */
export const beginFigures = (startMs: WallMs, current: number | null): Figures => ({
  ...{ startMs, endMs: startMs, measuredMs: 0, peopleMs: 0, current },
  peak: current === null ? null : { count: current, atMs: startMs },
  ...{ movements: 0, moving: 0, stationary: 0, detections: 0, scores: 0 },
  persons: new Set(),
});

/** The figures up to a later instant, until which nobody came or went. */
export function prolongFigures(figures: Figures, endMs: WallMs): Figures {
  const passed = endMs - figures.endMs;
  if (passed === 0) return figures;
  if (figures.current === null) return { ...figures, endMs };
  const { measuredMs, peopleMs, current } = figures;
  return { ...figures, endMs, measuredMs: measuredMs + passed, peopleMs: peopleMs + passed * current };
}

/** The figures with so many people from now on. */
export function occupyFigures(figures: Figures, current: number | null): Figures {
  if (current === figures.current) return figures;
  const higher = current !== null && (figures.peak === null || current > figures.peak.count);
  const peak = higher ? { count: current, atMs: figures.endMs } : figures.peak;
  return { ...figures, current, peak };
}

/** The figures with a frame more. */
export function lookFigures(figures: Figures, { persons, scores, movements, moving, stationary }: PeopleLook): Figures {
  if (persons.length === 0) return figures;
  let score = 0;
  for (const one of scores) score += one;
  return {
    ...figures,
    movements: figures.movements + movements,
    moving: figures.moving + moving,
    stationary: figures.stationary + stationary,
    detections: figures.detections + persons.length,
    scores: figures.scores + score,
    persons: withAll(figures.persons, persons),
  };
}

/** The figures of two spans of which the second follows the first. */
export const joinFigures = (first: Figures, second: Figures): Figures => ({
  startMs: first.startMs,
  endMs: second.endMs,
  measuredMs: first.measuredMs + second.measuredMs,
  peopleMs: first.peopleMs + second.peopleMs,
  current: second.current,
  peak: second.peak && (!first.peak || second.peak.count > first.peak.count) ? second.peak : first.peak,
  movements: first.movements + second.movements,
  moving: first.moving + second.moving,
  stationary: first.stationary + second.stationary,
  detections: first.detections + second.detections,
  scores: first.scores + second.scores,
  persons: withAll(first.persons, second.persons),
});

/** The next multiple of a span after an instant. */
export const boundaryAfter = (atMs: WallMs, spanMs: number): WallMs => wallMs((Math.floor(atMs / spanMs) + 1) * spanMs);

/** Copies only when somebody is new. */
function withAll(known: ReadonlySet<number>, persons: Iterable<number>): ReadonlySet<number> {
  let grown: Set<number> | undefined;
  for (const person of persons) {
    if (known.has(person)) continue;
    grown ??= new Set(known);
    grown.add(person);
  }
  return grown ?? known;
}
