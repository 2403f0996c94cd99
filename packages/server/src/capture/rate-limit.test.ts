import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateLimit } from "./rate-limit.ts";

const SECONDS = 10;

function limit(perSecond: number): RateLimit {
  const rate = new RateLimit();
  rate.perSecond = perSecond;
  return rate;
}

/** The times of a source of `fps` pictures a second, in microseconds. */
const times = (fps: number, from = 1e9): number[] =>
  Array.from({ length: Math.round(fps * SECONDS) }, (_, index) => from + Math.round((index * 1e6) / fps));

describe("pictures chosen for viewers", () => {
  it.each([
    [10, 30, 10],
    [25, 30, 25],
    [29.97, 30, 29.97],
    [30, 30, 30],
    [50, 30, 30],
    [60, 30, 30],
    [50, 25, 25],
    [25, 10, 10],
    [30, 1, 1],
  ])("of a source of %d a second at most %d are %d a second", (fps, maxFps, expected) => {
    const rate = limit(maxFps);
    const chosen = times(fps).filter((at) => rate.takes(at));
    expect(Math.abs(chosen.length - expected * SECONDS)).toBeLessThanOrEqual(1);
  });

  it("are every one of a source within the rate, though it is unsteady", () => {
    const rate = limit(30);
    const unsteady = times(30).map((at, index) => at + (index % 2) * 3_000);
    expect(unsteady.filter((at) => rate.takes(at))).toEqual(unsteady);
  });

  it("do not come in a burst after a gap", () => {
    const rate = limit(10);
    for (const at of times(60)) rate.takes(at);
    const after = times(60, 2e9).filter((at) => rate.takes(at));
    expect((after[1] ?? 0) - (after[0] ?? 0)).toBeGreaterThanOrEqual(90_000);
  });

  it("are no more when viewers come and go", () => {
    const rate = limit(10);
    const chosen = times(60).filter((at) => {
      rate.perSecond = 10;
      return rate.takes(at);
    });
    expect(chosen).toHaveLength(10 * SECONDS);
  });

  it("come at the new rate at once", () => {
    const rate = limit(0.1);
    expect(rate.takes(0)).toBe(true);
    rate.perSecond = 10;
    expect(rate.takes(100_000)).toBe(true);
  });

  it("are none when nobody looks", () => {
    const rate = limit(0);
    expect(times(25).filter((at) => rate.takes(at))).toEqual([]);
  });

  it("are never more than the rate in any stretch of time", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 60 }), (steps, maxFps) => {
        const rate = limit(maxFps);
        let at = 0;
        const chosen: number[] = [];
        for (const step of steps) {
          at += step;
          if (rate.takes(at)) chosen.push(at);
        }
        const from = chosen[0] ?? 0;
        const to = chosen.at(-1) ?? 0;
        // The two ends, and one that a late picture still has to its credit.
        expect(chosen.length).toBeLessThanOrEqual(((to - from) * maxFps) / 1e6 + 3);
      }),
    );
  });
});
