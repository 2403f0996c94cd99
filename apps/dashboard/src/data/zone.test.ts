import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawnZone } from "./zone.ts";

describe("the label of a zone", () => {
  it.each([
    ["hangs in the middle of a square's upper edge", [0, 0.5, 1, 0.5, 1, 1, 0, 1], { x: 320, y: 180 }],
    ["hangs at the tip of a triangle", [0.5, 0, 1, 1, 0, 1], { x: 320, y: 0 }],
    ["hangs at the bottom of a notch, not in the air above it", [0, 0, 0.5, 0.5, 1, 0, 1, 1, 0, 1], { x: 320, y: 180 }],
    ["hangs at the top of a zone without width", [0.5, 0.5, 0.5, 1, 0.5, 0.75], { x: 320, y: 180 }],
  ])("%s", (_, values, label) => {
    const corners = values.flatMap((x, i) => (i % 2 === 0 ? [{ x, y: values[i + 1] ?? 0 }] : []));
    expect(drawnZone({ corners }, 640, 360).label).toEqual(label);
  });

  it("is within the zone's bounds, whatever its form", () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    const point = fc.record({ x: fraction, y: fraction });
    fc.assert(
      fc.property(fc.array(point, { minLength: 3, maxLength: 12 }), (corners) => {
        const { label } = drawnZone({ corners }, 1, 1);
        const ys = corners.map(({ y }) => y);
        expect(label.y).toBeGreaterThanOrEqual(Math.min(...ys) - 1e-9);
        expect(label.y).toBeLessThanOrEqual(Math.max(...ys) + 1e-9);
      }),
    );
  });
});
