import { type Micros, micros, type Size, type Tracked } from "@sensorium/protocol";
import { type Crossing, countCrossings, noCounting } from "../src/analytics/counting/count-crossings.ts";
import type { CountingLine, CountingOptions } from "../src/analytics/counting/counting-options.ts";
import type { Point } from "../src/geometry/point.ts";

/** One sighting of a track's anchor in pixels. */
export interface Spot extends Point {
  readonly at: Micros;
}
/** When a crossing is complete. */
export type Rule = Required<Pick<CountingOptions, "frames" | "distance">> & { readonly size: Size };
/** A crossing, as far as the two ways to count are compared. */
export type Count = Pick<Crossing, "line" | "direction" | "track" | "at">;

/**
 * The rule written over a whole trajectory at once: look for every run of sightings strictly beyond the side the track
 * belongs to; a run that is long enough or goes far enough moves the track to that side, and counts when the step that
 * began the run went through the line.
 */
export function bruteForce(
  track: number,
  path: readonly Spot[],
  { line, rule }: { line: CountingLine; rule: Rule },
): Count[] {
  const { width, height } = rule.size;
  const a = { x: line.a.x * width, y: line.a.y * height };
  const b = { x: line.b.x * width, y: line.b.y * height };
  const sides = path.map((spot) => Math.sign(area(a, b, spot)));
  const counts: Count[] = [];
  let start = sides.findIndex((side) => side !== 0);
  let home = sides[start] ?? 0;
  while (start >= 0 && start < path.length) {
    const first = sides.findIndex((side, i) => i > start && side === -home);
    if (first < 0) break;
    const stop = sides.findIndex((side, i) => i > first && side !== -home);
    const run = path.slice(first, stop < 0 ? path.length : stop);
    const complete = run.findIndex((spot, i) => i + 1 >= rule.frames || beyond(a, b, spot) > rule.distance * height);
    start = first + Math.max(complete, 0);
    if (complete < 0) {
      start = first + run.length - 1;
      continue;
    }
    const [from, to] = path.slice(first - 1, first + 1);
    if (from && to && touches([a, b], [from, to])) {
      const share = Math.abs(area(a, b, from)) / (Math.abs(area(a, b, from)) + Math.abs(area(a, b, to)));
      const at = micros(from.at + share * (to.at - from.at));
      counts.push({ line: line.id, direction: home > 0 ? "in" : "out", track, at });
    }
    home = -home;
  }
  return counts;
}

const area = (a: Point, b: Point, p: Point): number => (b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x);
const beyond = (a: Point, b: Point, p: Point): number => Math.abs(area(a, b, p)) / Math.hypot(b.x - a.x, b.y - a.y);

/** Whether two segments that are known not to lie on one line share a point. */
const touches = ([a, b]: readonly [Point, Point], [p, q]: readonly [Point, Point]): boolean =>
  area(a, b, p) * area(a, b, q) <= 0 && area(p, q, a) * area(p, q, b) <= 0;

/** The tracks seen at a time. */
export interface Sight {
  readonly tracked: Tracked;
  readonly at: Micros;
}

/** What the brute force counts on the bottom-centres of whole tracks, ordered by track, line and time. */
export function bruteForceCounts(sights: readonly Sight[], lines: readonly CountingLine[], rule: Rule): Count[] {
  const paths = [...pathsOf(sights, rule.size)];
  return sorted(paths.flatMap(([track, path]) => lines.flatMap((line) => bruteForce(track, path, { line, rule }))));
}

/** What the step counts, frame by frame, in the same order. */
export function steppedCounts(sights: readonly Sight[], options: CountingOptions, size: Size): Count[] {
  const step = countCrossings(options);
  let state = noCounting;
  const counts = sights.flatMap(({ tracked, at }) => {
    const next = step(state, { tracked, size }, at);
    state = next.state;
    return next.events.map(({ line, direction, track, at: instant }) => ({ line, direction, track, at: instant }));
  });
  return sorted(counts);
}

/** By track, line and time. */
export const sorted = (counts: readonly Count[]): Count[] =>
  counts.toSorted((x, y) => x.track - y.track || x.line.localeCompare(y.line) || x.at - y.at);

/** The bottom-centre of each track's boxes, kept inside the picture. */
function pathsOf(frames: readonly Sight[], size: Size): Map<number, Spot[]> {
  const paths = new Map<number, Spot[]>();
  for (const { tracked, at } of frames) {
    tracked.tracks.forEach((track, i) => {
      const [x1 = 0, , x2 = 0, y2 = 0] = tracked.boxes.subarray(4 * i);
      const x = Math.min(size.width, Math.max(0, (x1 + x2) / 2));
      const y = Math.min(size.height, Math.max(0, y2));
      paths.set(track, [...(paths.get(track) ?? []), { x, y, at }]);
    });
  }
  return paths;
}
