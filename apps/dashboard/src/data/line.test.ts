import { describe, expect, it } from "vitest";
import { drawnLine } from "./line.ts";

describe("the arrow of a counting line", () => {
  it.each([
    ["drawn downwards points right", { x: 0.72, y: 0.2 }, { x: 0.72, y: 1 }, { x: 1, y: 0 }],
    ["drawn upwards points left", { x: 0.72, y: 1 }, { x: 0.72, y: 0.2 }, { x: -1, y: 0 }],
    ["drawn to the right points up", { x: 0, y: 0.5 }, { x: 1, y: 0.5 }, { x: 0, y: -1 }],
    ["without length points nowhere", { x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }, { x: 0, y: 0 }],
  ])("%s", (_, a, b, inward) => {
    const drawn = drawnLine({ a, b }, 640, 360);
    expect(drawn.inward.x).toBeCloseTo(inward.x);
    expect(drawn.inward.y).toBeCloseTo(inward.y);
  });

  it("stands square on the line in a picture that is wider than high", () => {
    const { a, b, inward } = drawnLine({ a: { x: 0, y: 0 }, b: { x: 1, y: 1 } }, 1600, 900);
    expect((b.x - a.x) * inward.x + (b.y - a.y) * inward.y).toBeCloseTo(0);
  });
});
