import { expect, it } from "vitest";
import { mostInAMinute } from "./limits.ts";

it.each([
  ["nothing came", [], 0],
  ["the third came a minute after the first", [0, 1, 60_000], 2],
  ["the third arrived a little sooner than it was sent", [0, 1, 59_999], 2],
  ["the third came within the minute", [0, 1, 59_000], 3],
  ["they came at once, late", [0, 90_000, 90_000, 90_000], 3],
])("where %s, %j are at most %i in a minute", (_, times, most) => {
  expect(mostInAMinute(times)).toBe(most);
});
