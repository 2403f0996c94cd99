import { describe, expect, test } from "vitest";
import { found, numbersOf, repeat } from "../../test/people.ts";
import { Sort } from "./sort.ts";

describe("SORT", () => {
  test("does not look at what the detector is not sure of, not even to continue a track", () => {
    const frames = repeat(6, (i) => found({ x: 100, score: i < 3 ? 0.9 : 0.3 }));
    expect(numbersOf(new Sort(), frames)).toEqual([[], [1], [1], [], [], []]);
  });

  test("lets a new track and an old one compete for the same person", () => {
    const frames = [...repeat(10, () => found({ x: 100 })), found({ x: 100 }, { x: 118 }), found({ x: 118 })];
    expect(numbersOf(new Sort(), frames).at(-1)).toEqual([2]);
  });

  test.each([1, -0.1, Number.NaN])("refuses an overlap of %d, which nothing can exceed or miss", (overlap) => {
    expect(() => new Sort({ overlap })).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});
