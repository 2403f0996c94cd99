import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Boxes } from "./box.ts";
import { iou, iouMatrix } from "./iou.ts";

const box = (x1: number, y1: number, x2: number, y2: number) => ({ x1, y1, x2, y2 });

describe("intersection over union", () => {
  test.each([
    { name: "the same box", b: box(0, 0, 10, 10), value: 1 },
    { name: "half of it beside", b: box(5, 0, 15, 10), value: 1 / 3 },
    { name: "a quarter inside", b: box(0, 0, 5, 5), value: 0.25 },
    { name: "a shared edge", b: box(10, 0, 20, 10), value: 0 },
    { name: "apart in both directions", b: box(20, 20, 30, 30), value: 0 },
  ])("$name is $value", ({ b, value }) => {
    expect(iou(box(0, 0, 10, 10), b)).toBeCloseTo(value, 12);
  });

  const boxes = fc
    .array(fc.tuple(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })))
    .map((items): Boxes => {
      const corners = items.flatMap(([x, y, width, height]) => [x, y, x + width, y + height]);
      return { count: items.length, boxes: Float32Array.from(corners) };
    });

  test("the matrix counts shared pixels, is symmetric, and is 1 between a box and itself", () => {
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        const there = iouMatrix(a, b);
        const back = iouMatrix(b, a);
        for (let i = 0; i < a.count; i++) {
          expect(iouMatrix(a, a)[i * a.count + i]).toBe(1);
          for (let j = 0; j < b.count; j++) {
            expect(there[i * b.count + j]).toBe(back[j * a.count + i]);
            expect(there[i * b.count + j]).toBeCloseTo(byPixels(a, i, { b, j }), 6);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("a matrix that is handed in is filled and returned", () => {
    const one: Boxes = { count: 1, boxes: Float32Array.of(0, 0, 4, 4) };
    const kept = new Float32Array(9);
    expect(iouMatrix(one, one, kept)).toBe(kept);
    expect(kept[0]).toBe(1);
  });
});

/** Overlap of boxes on the pixel grid, by looking at every pixel. */
function byPixels(a: Boxes, i: number, { b, j }: { b: Boxes; j: number }): number {
  const covers = (of: Boxes, index: number, x: number, y: number): boolean => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = of.boxes.subarray(4 * index);
    return x >= x1 && x < x2 && y >= y1 && y < y2;
  };
  let both = 0;
  let either = 0;
  for (let x = 0; x < 100; x++) {
    for (let y = 0; y < 100; y++) {
      const inA = covers(a, i, x, y);
      const inB = covers(b, j, x, y);
      if (inA && inB) both++;
      if (inA || inB) either++;
    }
  }
  return both / either;
}
