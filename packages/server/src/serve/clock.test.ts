import { describe, expect, it } from "vitest";
import { nextCount } from "./clock.ts";

describe("a repeating timer", () => {
  it.each([
    ["starts with the first period", 0, 0, 1],
    ["goes on to the next when it was in time", 1, 1.001, 2],
    ["does not repeat a period when it fired early", 1, 0.999, 2],
    ["returns to its grid when it was late", 1, 1.9, 2],
    ["skips what it missed", 1, 4.2, 5],
  ])("%s", (_, count, periods, expected) => {
    expect(nextCount(count, periods)).toBe(expected);
  });
});
