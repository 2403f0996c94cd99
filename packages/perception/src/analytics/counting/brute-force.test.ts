import { lineId, micros, microsFromSeconds, type Tracked } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bruteForce, type Spot, sorted, steppedCounts } from "../../../test/brute-force.ts";
import type { Point } from "../../geometry/point.ts";

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
          const counted = steppedCounts(frames, { lines, ...rule, anchor: "centre", forgetAfter }, size);
          expect(counted).toEqual(sorted(expected));
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
