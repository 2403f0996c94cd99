import { expect, it } from "vitest";
import { chartOf } from "./chart.ts";

const step = (peak: number | null, average: number | null) => ({
  timestamp: "2026-03-14T09:20:00.000Z",
  peak,
  average,
});

it("a chart reaches from nobody to the most there were, and breaks where nothing was watched", () => {
  const { most, steps, lines } = chartOf([step(4, 2), step(null, null), step(0, 0), step(2, 1)]);
  expect(most).toBe(4);
  expect(steps.map(({ x, width, peak }) => [x, width, peak])).toEqual([
    [0, 0.25, 0],
    [0.25, 0.25, null],
    [0.5, 0.25, 1],
    [0.75, 0.25, 0.5],
  ]);
  expect(lines).toEqual([
    [
      [0, 0.5],
      [0.25, 0.5],
    ],
    [
      [0.5, 1],
      [0.75, 1],
      [0.75, 0.75],
      [1, 0.75],
    ],
  ]);
});

it("a chart of nothing has no step", () => {
  expect(chartOf([])).toEqual({ most: 1, steps: [], lines: [] });
});
