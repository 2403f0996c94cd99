import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Line } from "./line.ts";
import type { Point } from "./point.ts";
import { edgesOf, isInside, lastMeeting, type Polygon, polygonArea } from "./polygon.ts";

const points = (...xy: readonly (readonly [number, number])[]): Point[] => xy.map(([x, y]) => ({ x, y }));
const square = points([2, 2], [8, 2], [8, 8], [2, 8]);
/** A square with a notch cut into it from above, down to its middle. */
const notched = points([0, 0], [4, 0], [5, 5], [6, 0], [10, 0], [10, 10], [0, 10]);
const diamond = points([5, 0], [10, 5], [5, 10], [0, 5]);

describe("inside a polygon", () => {
  test.each<{ where: string; of: Polygon; x: number; y: number; inside: boolean }>([
    { where: "in the middle", of: square, x: 5, y: 5, inside: true },
    { where: "beside it", of: square, x: 9, y: 5, inside: false },
    { where: "beside it on the other side", of: square, x: 1, y: 5, inside: false },
    { where: "above it", of: square, x: 5, y: 1, inside: false },
    { where: "on its left edge", of: square, x: 2, y: 5, inside: true },
    { where: "on its right edge", of: square, x: 8, y: 5, inside: true },
    { where: "on its upper edge", of: square, x: 5, y: 2, inside: true },
    { where: "on its lower edge", of: square, x: 5, y: 8, inside: true },
    { where: "on the first corner", of: square, x: 2, y: 2, inside: true },
    { where: "on the last corner", of: square, x: 2, y: 8, inside: true },
    { where: "level with its upper edge, before it", of: square, x: 1, y: 2, inside: false },
    { where: "level with its upper edge, behind it", of: square, x: 9, y: 2, inside: false },
    { where: "level with its lower edge, before it", of: square, x: 1, y: 8, inside: false },
    { where: "in the notch", of: notched, x: 5, y: 2, inside: false },
    { where: "at the bottom of the notch", of: notched, x: 5, y: 5, inside: true },
    { where: "below the notch", of: notched, x: 5, y: 5.01, inside: true },
    { where: "level with the bottom of the notch", of: notched, x: 1, y: 5, inside: true },
    { where: "beside the notch", of: notched, x: 3, y: 1, inside: true },
    { where: "level with a diamond's corners, in it", of: diamond, x: 5, y: 5, inside: true },
    { where: "level with a diamond's corners, before it", of: diamond, x: -1, y: 5, inside: false },
    { where: "level with a diamond's upper corner, before it", of: diamond, x: 1, y: 0, inside: false },
    { where: "level with a diamond's lower corner, before it", of: diamond, x: 1, y: 10, inside: false },
    { where: "on a diamond's edge", of: diamond, x: 2.5, y: 2.5, inside: true },
  ])("$where: $inside", ({ of, x, y, inside }) => {
    expect(isInside(of, { x, y })).toBe(inside);
    expect(isInside(of.toReversed(), { x, y })).toBe(inside);
    expect(isInside([...of.slice(2), ...of.slice(0, 2)], { x, y })).toBe(inside);
  });

  test("the area between two neighbouring zones belongs to one of them at least", () => {
    const grid = fc.record({ x: fc.nat(64).map((x) => x / 64), y: fc.nat(64).map((y) => y / 64) });
    fc.assert(
      fc.property(grid, grid, grid, (top, bottom, point) => {
        const [a, b] = [
          { x: top.x, y: 0 },
          { x: bottom.x, y: 1 },
        ];
        const left = [...points([0, 0]), a, b, ...points([0, 1])];
        const right = [a, ...points([1, 0], [1, 1]), b];
        expect(isInside(left, point) || isInside(right, point)).toBe(true);
      }),
    );
  });

  test("a triangle holds what is on the same side of all its edges", () => {
    const place = fc.record({ x: fc.nat(16), y: fc.nat(16) });
    fc.assert(
      fc.property(fc.tuple(place, place, place), place, (corners, point) => {
        fc.pre(polygonArea(corners) > 0);
        const turns = edgesOf(corners).map(({ a, b }) => (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x));
        expect(isInside(corners, point)).toBe(turns.every((turn) => turn >= 0) || turns.every((turn) => turn <= 0));
      }),
      { numRuns: 1000 },
    );
  });
});

test("a polygon's area does not depend on which way round it goes", () => {
  expect(polygonArea(square)).toBe(36);
  expect(polygonArea(square.toReversed())).toBe(36);
  expect(polygonArea(points([0, 0], [5, 5], [9, 9]))).toBe(0);
  expect(polygonArea(points([0, 0], [1, Number.NaN], [1, 0]))).toBeNaN();
});

describe("where a path meets a polygon's edge for the last time", () => {
  const path = (ax: number, ay: number, bx: number, by: number): Line => ({ a: { x: ax, y: ay }, b: { x: bx, y: by } });
  test.each([
    { name: "on the way in", way: path(0, 5, 4, 5), t: 0.5 },
    { name: "on the way out", way: path(5, 5, 5, 11), t: 0.5 },
    { name: "all the way through", way: path(0, 5, 10, 5), t: 0.8 },
    { name: "never, within", way: path(3, 3, 7, 7), t: undefined },
    { name: "never, outside", way: path(0, 0, 10, 0), t: undefined },
    { name: "in a corner", way: path(0, 0, 4, 4), t: 0.5 },
  ])("$name", ({ way, t }) => {
    expect(lastMeeting(way, square)).toBe(t);
  });
});
