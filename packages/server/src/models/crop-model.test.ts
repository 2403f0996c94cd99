import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cropRegion } from "./crop-model.ts";

const source = { width: 100, height: 60 };
const box = { x1: 20, y1: 10, x2: 40, y2: 50 };

describe("what is cut out around an object", () => {
  it.each([
    ["its box", { margin: 0, square: false }, [20, 10, 40, 50]],
    ["a margin on each side", { margin: 0.25, square: false }, [15, 0, 45, 60]],
    ["a square as long as the longer side", { margin: 0, square: true }, [10, 10, 50, 50]],
  ])("is %s", (_, spec, [x1, y1, x2, y2]) => {
    expect(cropRegion(box, source, spec)).toEqual({ x1, y1, x2, y2 });
  });

  it("ends where the picture ends", () => {
    const region = cropRegion({ x1: -30, y1: 40, x2: 20, y2: 90 }, source, { margin: 0.2, square: false });
    expect(region).toEqual({ x1: 0, y1: 30, x2: 30, y2: 60 });
  });

  it("is at least a pixel of the picture, wherever the box is", () => {
    const value = fc.oneof(fc.double({ min: -500, max: 500 }), fc.constantFrom(Number.NaN, 1e9, -1e9));
    fc.assert(
      fc.property(value, value, value, value, fc.boolean(), (x1, y1, x2, y2, square) => {
        const region = cropRegion({ x1, y1, x2, y2 }, source, { margin: 0.1, square });
        expect(Object.values(region).every(Number.isInteger)).toBe(true);
        expect(region.x1).toBeGreaterThanOrEqual(0);
        expect(region.y1).toBeGreaterThanOrEqual(0);
        expect(region.x2).toBeGreaterThan(region.x1);
        expect(region.y2).toBeGreaterThan(region.y1);
        expect(region.x2).toBeLessThanOrEqual(source.width);
        expect(region.y2).toBeLessThanOrEqual(source.height);
      }),
    );
  });
});
