import { describe, expect, test } from "vitest";
import { type Anchor, anchorNames, anchorOf, type Boxes, hasArea } from "./box.ts";

const size = { width: 100, height: 50 };
const boxes = (...corners: number[]): Boxes => ({ count: corners.length / 4, boxes: Float32Array.from(corners) });

describe("the anchor of a box", () => {
  test.each<{ anchor: Anchor; x: number; y: number }>([
    { anchor: "top-left", x: 10, y: 20 },
    { anchor: "top-centre", x: 15, y: 20 },
    { anchor: "top-right", x: 20, y: 20 },
    { anchor: "centre-left", x: 10, y: 30 },
    { anchor: "centre", x: 15, y: 30 },
    { anchor: "centre-right", x: 20, y: 30 },
    { anchor: "bottom-left", x: 10, y: 40 },
    { anchor: "bottom-centre", x: 15, y: 40 },
    { anchor: "bottom-right", x: 20, y: 40 },
  ])("$anchor", ({ anchor, x, y }) => {
    expect(anchorOf(boxes(0, 0, 1, 1, 10, 20, 20, 40), 1, { anchor, size })).toEqual({ x, y });
    expect(anchorNames).toContain(anchor);
  });

  test.each([
    { name: "below the picture", box: [10, 20, 20, 60], x: 15, y: 50 },
    { name: "left of the picture", box: [-30, 20, 10, 40], x: 0, y: 40 },
    { name: "right of the picture", box: [90, 20, 130, 40], x: 100, y: 40 },
    { name: "above the picture", box: [10, -40, 20, -10], x: 15, y: 0 },
  ])("a box that ends $name keeps its anchor in it", ({ box, x, y }) => {
    expect(anchorOf(boxes(...box), 0, { anchor: "bottom-centre", size })).toEqual({ x, y });
  });
});

describe("a box with an area", () => {
  test.each([
    { name: "an ordinary one", box: [1, 2, 3, 4], has: true },
    { name: "one that ends outside the picture", box: [-5, -5, 500, 500], has: true },
    { name: "one without width", box: [1, 2, 1, 4], has: false },
    { name: "one without height", box: [1, 2, 3, 2], has: false },
    { name: "one turned inside out", box: [3, 4, 1, 2], has: false },
    { name: "one with a corner that is not a number", box: [1, Number.NaN, 3, 4], has: false },
    { name: "one without end", box: [1, 2, Number.POSITIVE_INFINITY, 4], has: false },
  ])("$name: $has", ({ box, has }) => {
    expect(hasArea(boxes(...box), 0)).toBe(has);
  });
});
