import type { Detections } from "@sensorium/protocol";
import { describe, expect, it } from "vitest";
import { outside } from "./masks.ts";

const size = { width: 1000, height: 500 };
/** The right half of the picture. */
const street = [
  { x: 0.5, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0.5, y: 1 },
];
/** A window in the upper half, left. */
const window = [
  { x: 0, y: 0 },
  { x: 0.5, y: 0 },
  { x: 0.5, y: 0.5 },
];

const found = (...boxes: readonly (readonly [number, number, number, number])[]): Detections => ({
  count: boxes.length,
  boxes: Float32Array.from(boxes.flat()),
  scores: Float32Array.from(boxes, (_, i) => 0.5 + i / 10),
  classes: Uint16Array.from(boxes, (_, i) => i),
});

describe("what is found behind a mask", () => {
  it("is dropped, and everything else stays as it was", () => {
    const { count, boxes, scores, classes } = outside(
      [street, window],
      found([100, 200, 200, 450], [600, 200, 700, 450], [200, 100, 300, 400]),
      size,
    );
    expect(count).toBe(2);
    expect([...boxes]).toEqual([100, 200, 200, 450, 200, 100, 300, 400]);
    expect([...scores].map((score) => Math.round(score * 10))).toEqual([5, 7]);
    expect([...classes]).toEqual([0, 2]);
  });

  it.each<[string, readonly [number, number, number, number], number]>([
    ["with the feet outside, though the body covers it", [100, 20, 400, 480], 1],
    ["wholly within", [300, 20, 400, 120], 0],
    ["whose box ends below the picture", [600, 100, 700, 900], 0],
    ["across the edge, with the feet on this side", [380, 200, 600, 450], 1],
  ])("%s", (_, box, count) => {
    expect(outside([street, window], found(box), size).count).toBe(count);
  });

  it("costs nothing without masks", () => {
    const detections = found([0, 0, 1, 1]);
    expect(outside([], detections, size)).toBe(detections);
  });
});
