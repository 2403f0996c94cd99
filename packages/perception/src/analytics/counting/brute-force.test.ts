import { lineId, type Micros, micros, microsFromSeconds, type Size, type Tracked } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeWithMot, motSequence } from "../../../test/mot.ts";
import type { Point } from "../../geometry/point.ts";
import { type Crossing, countCrossings, noCounting } from "./count-crossings.ts";
import type { CountingLine, CountingOptions } from "./counting-options.ts";

/** One sighting of a track's anchor in pixels. */
interface Spot extends Point {
  readonly at: Micros;
}
type Rule = Required<Pick<CountingOptions, "frames" | "distance">> & { readonly size: Size };
type Count = Pick<Crossing, "line" | "direction" | "track" | "at">;

/**
 * The rule written over a whole trajectory at once: look for every run of sightings strictly beyond the side the track
 * belongs to; a run that is long enough or goes far enough moves the track to that side, and counts when the step that
 * began the run went through the line.
 */
function bruteForce(track: number, path: readonly Spot[], { line, rule }: { line: CountingLine; rule: Rule }): Count[] {
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

/** What the step counts, frame by frame. */
function stepped(frames: readonly { tracked: Tracked; at: Micros }[], options: CountingOptions, size: Size): Count[] {
  const step = countCrossings(options);
  let state = noCounting;
  return frames.flatMap(({ tracked, at }) => {
    const next = step(state, { tracked, size }, at);
    state = next.state;
    return next.events.map(({ line, direction, track, at: instant }) => ({ line, direction, track, at: instant }));
  });
}

const sorted = (counts: readonly Count[]): Count[] =>
  counts.toSorted((x, y) => x.track - y.track || x.line.localeCompare(y.line) || x.at - y.at);

describe("the step and the brute force over whole trajectories agree", () => {
  // A power of two, so that fractions of the picture are exact and being on a line is decidable.
  const size = { width: 64, height: 64 };
  const fraction = fc.nat(64).map((value) => value / 64);
  const point = fc.record({ x: fraction, y: fraction });
  const line = fc.record({ a: point, b: point }).filter(({ a, b }) => a.x !== b.x || a.y !== b.y);
  const shift = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -20, max: 20 }));
  const steps = fc.record({ dx: shift, dy: shift, gap: fc.nat(3) });
  const trajectory = fc
    .tuple(fc.nat(64), fc.nat(64), fc.array(steps, { maxLength: 120, size: "max" }))
    .map(([x, y, moves]) => wander({ x, y, at: micros(0) }, moves));

  test("on wandering tracks that stand, shake, jump and go missing", () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 3 }),
        trajectory,
        fc.record({ frames: fc.integer({ min: 1, max: 5 }), distance: fc.constantFrom(0, 1 / 32, 1 / 8, 2) }),
        (drawn, path, rule) => {
          const lines = drawn.map((ends, i) => ({ ...ends, id: lineId(`line ${i}`) }));
          const expected = lines.flatMap((at) => bruteForce(1, path, { line: at, rule: { ...rule, size } }));
          const frames = path.map((spot) => ({ tracked: at(spot), at: spot.at }));
          const forgetAfter = microsFromSeconds(60);
          const counted = stepped(frames, { lines, ...rule, anchor: "centre", forgetAfter }, size);
          expect(sorted(counted)).toEqual(sorted(expected));
          seen += expected.length;
        },
      ),
      { numRuns: 2000 },
    );
    expect(seen).toBeGreaterThan(2000);
  });
});

/** A box around a point, as track 1. */
const at = ({ x, y }: Point): Tracked => ({
  count: 1,
  boxes: Float32Array.of(x - 2, y - 2, x + 2, y + 2),
  scores: Float32Array.of(1),
  classes: Uint16Array.of(0),
  tracks: Int32Array.of(1),
});

function wander(from: Spot, moves: readonly { dx: number; dy: number; gap: number }[]): Spot[] {
  const path = [from];
  for (const { dx, dy, gap } of moves) {
    const last = path.at(-1) ?? from;
    const within = (value: number): number => Math.min(64, Math.max(0, value));
    path.push({ x: within(last.x + dx), y: within(last.y + dy), at: micros(last.at + 100_000 * (1 + gap)) });
  }
  return path;
}

describeWithMot("on the true tracks of MOT17-04 the step counts what the brute force counts", () => {
  const size = { width: 1920, height: 1080 };
  const lines: CountingLine[] = [
    { id: lineId("upright"), a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } },
    { id: lineId("level"), a: { x: 0.1, y: 0.55 }, b: { x: 0.9, y: 0.55 } },
    { id: lineId("slanted"), a: { x: 0.2, y: 0.9 }, b: { x: 0.7, y: 0.3 } },
    { id: lineId("short"), a: { x: 0.45, y: 0.45 }, b: { x: 0.5, y: 0.6 } },
  ];

  test.each([
    { frames: 1, distance: 0 },
    { frames: 10, distance: 0.05 },
    { frames: 25, distance: 1 },
  ])("$frames frames or $distance of the height", (rule) => {
    const { truth, timeOf } = motSequence("MOT17-04");
    const frames = truth.map((tracked, i) => ({ tracked, at: timeOf(i) }));
    const paths = pathsOf(frames, size);
    const expected = [...paths].flatMap(([track, path]) =>
      lines.flatMap((line) => bruteForce(track, path, { line, rule: { ...rule, size } })),
    );
    const counted = stepped(frames, { lines, ...rule }, size);
    expect(sorted(counted)).toEqual(sorted(expected));
    for (const { id } of lines) expect(counted.some(({ line }) => line === id)).toBe(true);
  });
});

/** The bottom-centre of each track's boxes, kept inside the picture. */
function pathsOf(frames: readonly { tracked: Tracked; at: Micros }[], size: Size): Map<number, Spot[]> {
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
