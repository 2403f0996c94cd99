import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distanceFrom, type Line, lineInPixels, meetingOf, sideOf } from "./line.ts";
import { between, type Point } from "./point.ts";

const line = (ax: number, ay: number, bx: number, by: number): Line => ({ a: { x: ax, y: ay }, b: { x: bx, y: by } });
const down = line(0.72, 0.2, 0.72, 1);

describe("the side of a line", () => {
  test.each([
    { where: "left of a line that points down", of: down, x: 0.5, y: 0.5, side: 1 },
    { where: "right of a line that points down", of: down, x: 0.9, y: 0.5, side: -1 },
    { where: "on the line", of: down, x: 0.72, y: 0.5, side: 0 },
    { where: "on its extension beyond the end", of: down, x: 0.72, y: 0.1, side: 0 },
    { where: "left of a line that points up", of: line(0.72, 1, 0.72, 0.2), x: 0.5, y: 0.5, side: -1 },
    { where: "above a line that points right", of: line(0, 0.5, 1, 0.5), x: 0.5, y: 0.2, side: -1 },
    { where: "below a line that points right", of: line(0, 0.5, 1, 0.5), x: 0.5, y: 0.8, side: 1 },
  ])("$where is $side", ({ of, x, y, side }) => {
    expect(sideOf(of, { x, y })).toBe(side);
    expect(Math.sign(distanceFrom(of, { x, y })) + 0).toBe(side);
  });

  test("the distance is measured at a right angle, whatever the line's length", () => {
    expect(distanceFrom(line(0, 0, 30, 40), { x: 50, y: 0 })).toBeCloseTo(-40);
    expect(distanceFrom(line(0, 0, 3, 4), { x: 0, y: 50 })).toBeCloseTo(30);
  });

  test("a line in fractions stretches with the picture", () => {
    expect(lineInPixels(line(0.25, 0.5, 1, 0), { width: 200, height: 100 })).toEqual(line(50, 50, 200, 0));
  });
});

describe("where a path meets a line", () => {
  const gate = line(10, 0, 10, 10);
  test.each([
    { name: "straight across", path: line(0, 5, 20, 5), t: 0.5 },
    { name: "nearer the end of the path", path: line(0, 5, 12.5, 5), t: 0.8 },
    { name: "from the line onwards", path: line(10, 5, 20, 5), t: 0 },
    { name: "up to the line", path: line(0, 5, 10, 5), t: 1 },
    { name: "through the first end point", path: line(5, 0, 15, 0), t: 0.5 },
    { name: "through the second end point", path: line(0, 0, 20, 20), t: 0.5 },
    { name: "past the end", path: line(0, 11, 20, 11), t: undefined },
    { name: "short of the line", path: line(0, 5, 9, 5), t: undefined },
    { name: "away from the line", path: line(11, 5, 20, 5), t: undefined },
    { name: "alongside", path: line(9, 0, 9, 10), t: undefined },
    { name: "along the line itself", path: line(10, 2, 10, 8), t: undefined },
    { name: "standing still on the line", path: line(10, 5, 10, 5), t: undefined },
    { name: "standing still elsewhere", path: line(3, 5, 3, 5), t: undefined },
  ])("$name", ({ path, t }) => {
    expect(meetingOf(path, gate)).toBe(t);
  });

  test("a line that ends at the picture's edge is met by who walks along that edge", () => {
    for (const height of [240, 432, 480, 719, 1080]) {
      const inPixels = lineInPixels(down, { width: 768, height });
      expect(meetingOf(line(500, height, 600, height), inPixels)).toBeDefined();
    }
  });

  const point = fc.record({ x: fc.integer({ min: 0, max: 64 }), y: fc.integer({ min: 0, max: 64 }) });
  test("both ways agree on the place, and it lies on both", () => {
    fc.assert(
      fc.property(point, point, point, point, (p, q, a, b) => {
        const there = meetingOf({ a: p, b: q }, { a, b });
        const back = meetingOf({ a: q, b: p }, { a: b, b: a });
        expect(back === undefined).toBe(there === undefined);
        if (there === undefined || back === undefined) return;
        const place = between(p, q, there);
        expect(gap(place, between(q, p, back))).toBeLessThan(1e-9);
        expect(gap(a, place) + gap(place, b)).toBeCloseTo(gap(a, b), 9);
      }),
    );
  });
});

const gap = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
