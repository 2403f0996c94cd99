import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxOf } from "./scripted.fixture.ts";
import { boxWithin, cutMiddle, cutToFit } from "./views.ts";

const square = { width: 224, height: 224, fit: "stretch" } as const;
const detector = { width: 640, height: 640, fit: "contain" } as const;
const resize = (width: number, height: number) => ({ width, height });

const region = fc
  .tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 4000 })))
  .map(([x = 0, y = 0, width = 0, height = 0]) => boxOf(x, y, x + width + 1, y + height + 1));

describe("what a classifier sees", () => {
  it.each([
    ["of a wide view its middle", { region: boxOf(0, 0, 640, 480) }, boxOf(80, 0, 560, 480)],
    ["of a high one as well", { region: boxOf(10, 100, 110, 300) }, boxOf(10, 150, 110, 250)],
    [
      "all of a region that is brought to a square",
      { region: boxOf(0, 0, 200, 50), resize: resize(224, 224) },
      boxOf(0, 0, 200, 50),
    ],
    [
      "the middle of one that is brought to twice its width",
      { region: boxOf(0, 0, 80, 80), resize: resize(200, 100) },
      boxOf(20, 0, 60, 80),
    ],
  ])("is %s", (_, view, expected) => {
    expect(cutMiddle(view, square)).toEqual({ region: expected, format: square });
  });

  it("is at least a pixel and never outside of the view", () => {
    fc.assert(
      fc.property(
        region,
        fc.option(fc.tuple(fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 1, max: 4096 }))),
        (whole, target) => {
          const cut = cutMiddle({ region: whole, ...(target && { resize: resize(...target) }) }, square).region;
          expect(boxWithin(cut, whole)).toEqual(cut);
        },
      ),
    );
  });
});

describe("what a detector sees", () => {
  it.each([
    ["a view in its own proportions", { region: boxOf(0, 0, 300, 150) }, { width: 640, height: 320 }],
    [
      "a region in the proportions that are asked for",
      { region: boxOf(0, 0, 300, 150), resize: resize(100, 200) },
      { width: 320, height: 640 },
    ],
  ])("is %s, as large as its input", (_, view, size) => {
    expect(cutToFit(view, detector)).toEqual({ region: view.region, format: { ...size, fit: "stretch" } });
  });
});

describe("a box in a view", () => {
  it.each([
    ["is in whole pixels around it", boxOf(10.6, 10.4, 20.2, 20), boxOf(10, 10, 21, 20)],
    ["ends at the view's edges", boxOf(-30, 50, 700, 500), boxOf(0, 50, 640, 480)],
    ["is none when it is outside", boxOf(700, 0, 800, 100), undefined],
    ["is none when it is no box", boxOf(Number.NaN, 0, 10, 10), undefined],
  ])("%s", (_, box, expected) => {
    expect(boxWithin(box, boxOf(0, 0, 640, 480))).toEqual(expected);
  });
});
