import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delayAfter } from "./connection.ts";

describe("the delay before the next attempt", () => {
  it("doubles up to ten seconds", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((failures) => delayAfter(failures, 1))).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000,
    ]);
  });

  it("is spread, so that pages do not come back in step", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const [delay, ceiling] = [delayAfter(failures, random), delayAfter(failures, 1)];
        expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
        expect(delay).toBeLessThanOrEqual(10_000);
      }),
    );
  });
});
