import { type Direction, lineId } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { type Counted, countingError } from "./counting-error.ts";

const crossings = (line: string, ...directions: readonly Direction[]): Counted[] =>
  directions.map((direction) => ({ line: lineId(line), direction }));

test.each([
  { name: "the same", truth: crossings("a", "in", "out"), counted: crossings("a", "out", "in"), error: 0 },
  { name: "one missed", truth: crossings("a", "in", "in"), counted: crossings("a", "in"), error: 1 },
  { name: "one too many", truth: crossings("a", "in"), counted: crossings("a", "in", "in"), error: 1 },
  { name: "the wrong way is two", truth: crossings("a", "in"), counted: crossings("a", "out"), error: 2 },
  { name: "the wrong line is two", truth: crossings("a", "in"), counted: crossings("b", "in"), error: 2 },
  { name: "nothing counted", truth: crossings("a", "in", "out", "in"), counted: [], error: 3 },
])("counting error: $name", ({ truth, counted, error }) => {
  expect(countingError(truth, counted)).toEqual({ truth: truth.length, error });
});
