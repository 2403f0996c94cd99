import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotate, type Overlay } from "./annotate.ts";
import { blankCanvas, painted, type TestCanvas } from "./canvas.fixture.ts";
import { type Colour, colour, drawLine, drawText, fillEllipse, fillRect, strokeRect, textWidth } from "./draw.ts";

const RED: Colour = colour(255, 0, 0);

/** The luma plane as rows of `#` where it is painted. */
const rows = ({ size, planes: [luma] }: TestCanvas): string[] =>
  Array.from({ length: size.height }, (_, y) =>
    Array.from({ length: size.width }, (_, x) => (luma.data[y * luma.stride + x] === 0 ? "." : "#")).join(""),
  );

describe("a filled rectangle", () => {
  it("colours the pixels it covers and the chroma samples it touches", () => {
    const canvas = blankCanvas(6, 4);
    fillRect(canvas, { x: 2, y: 0, width: 2, height: 2 }, RED);
    expect(rows(canvas)).toEqual(["..##..", "..##..", "......", "......"]);
    expect(painted(canvas, 1)).toEqual([[1, 0]]);
    expect(canvas.planes[0].data[2]).toBe(RED.y);
    expect(canvas.planes[1].data[1]).toBe(RED.u);
    expect(canvas.planes[2].data[1]).toBe(RED.v);
  });

  it("at odd coordinates colours every chroma sample it touches", () => {
    const canvas = blankCanvas(6, 4);
    fillRect(canvas, { x: 1, y: 1, width: 2, height: 2 }, RED);
    expect(rows(canvas)).toEqual(["......", ".##...", ".##...", "......"]);
    expect(painted(canvas, 2)).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
  });

  it.each([
    ["left and above", { x: -3, y: -3, width: 5, height: 4 }, ["##...", ".....", "....."]],
    ["right and below", { x: 3, y: 2, width: 50, height: 50 }, [".....", ".....", "...##"]],
    ["all around", { x: -9, y: -9, width: 99, height: 99 }, ["#####", "#####", "#####"]],
    ["out of sight", { x: 9, y: 0, width: 3, height: 3 }, [".....", ".....", "....."]],
    ["turned inside out", { x: 3, y: 0, width: -2, height: 3 }, [".....", ".....", "....."]],
    ["at no place at all", { x: Number.NaN, y: 0, width: 3, height: 3 }, [".....", ".....", "....."]],
  ])("that reaches %s is clipped to the picture, odd sizes included", (_, rect, expected) => {
    const canvas = blankCanvas(5, 3);
    fillRect(canvas, rect, RED);
    expect(rows(canvas)).toEqual(expected);
  });

  it("never writes into the padding of a row, wherever it lies", () => {
    const coordinate = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, coordinate, (x, y, width, height) => {
        const canvas = blankCanvas(7, 5);
        fillRect(canvas, { x, y, width, height }, RED);
        expect(canvas.overflow()).toBe(0);
      }),
    );
  });
});

describe("shapes", () => {
  it("a stroked rectangle is hollow and lies within its bounds", () => {
    const canvas = blankCanvas(7, 5);
    strokeRect(canvas, { x: 1, y: 0, width: 5, height: 5 }, { colour: RED, width: 1 });
    expect(rows(canvas)).toEqual([".#####.", ".#...#.", ".#...#.", ".#...#.", ".#####."]);
  });

  it("a line joins its ends whatever their order", () => {
    const there = blankCanvas(5, 5);
    const back = blankCanvas(5, 5);
    drawLine(there, { x1: 0.5, y1: 0.5, x2: 4.5, y2: 4.5 }, { colour: RED, width: 1 });
    drawLine(back, { x1: 4.5, y1: 4.5, x2: 0.5, y2: 0.5 }, { colour: RED, width: 1 });
    expect(rows(there)).toEqual(["#....", ".#...", "..#..", "...#.", "....#"]);
    expect(rows(back)).toEqual(rows(there));
  });

  it("an ellipse touches the sides of its bounds and not their corners", () => {
    const canvas = blankCanvas(8, 8);
    fillEllipse(canvas, { x: 0, y: 0, width: 8, height: 8 }, RED);
    expect(rows(canvas)[0]).toMatch(/^\.+#+\.+$/);
    expect(rows(canvas)[3]).toBe("########");
    expect(rows(canvas)).toEqual(rows(canvas).toReversed());
  });

  it("letters are drawn from their dots, unknown ones as space of the same width", () => {
    const canvas = blankCanvas(18, 7);
    drawText(canvas, "i€1", { x: 0, y: 0, scale: 1, colour: RED });
    expect(rows(canvas)).toEqual([
      ".###..........#...",
      "..#..........##...",
      "..#...........#...",
      "..#...........#...",
      "..#...........#...",
      "..#...........#...",
      ".###.........###..",
    ]);
    expect(textWidth("i€1", 2)).toBe(36);
  });
});

it("colours are JPEG's", () => {
  expect(colour(255, 255, 255)).toEqual({ y: 255, u: 128, v: 128 });
  expect(colour(255, 0, 0)).toEqual({ y: 76, u: 85, v: 255 });
  expect(colour(0, 0, 255)).toEqual({ y: 29, u: 255, v: 107 });
});

describe("an overlay", () => {
  const nothing: Overlay = { boxes: [], lines: [], captions: [] };

  it("places boxes and lines by fractions of the picture", () => {
    const boxed = blankCanvas(100, 100);
    annotate(boxed, { ...nothing, boxes: [{ x1: 0.5, y1: 0.4, x2: 0.9, y2: 0.8, label: "" }] });
    const luma = (canvas: TestCanvas, x: number, y: number) => canvas.planes[0].data[y * canvas.planes[0].stride + x];
    expect([luma(boxed, 50, 60), luma(boxed, 70, 40), luma(boxed, 89, 79)]).not.toContain(0);
    expect([luma(boxed, 70, 60), luma(boxed, 20, 60), luma(boxed, 95, 60)]).toEqual([0, 0, 0]);
    const lined = blankCanvas(100, 100);
    annotate(lined, { ...nothing, lines: [{ a: { x: 0.25, y: 0 }, b: { x: 0.25, y: 1 } }] });
    expect([luma(lined, 25, 1), luma(lined, 25, 99)]).not.toContain(0);
    expect([luma(lined, 20, 50), luma(lined, 30, 50)]).toEqual([0, 0]);
  });

  it("keeps labels and captions in the picture and never fails at its borders", () => {
    const fraction = fc.double({ min: -1, max: 2, noNaN: true });
    const box = fc.record({
      x1: fraction,
      y1: fraction,
      x2: fraction,
      y2: fraction,
      label: fc.string({ maxLength: 8 }),
    });
    const size = fc.integer({ min: 2, max: 99 });
    fc.assert(
      fc.property(size, size, fc.array(box, { maxLength: 3 }), (width, height, boxes) => {
        const canvas = blankCanvas(width, height);
        annotate(canvas, { boxes, lines: [], captions: ["IN 1", "OUT 2"] });
        expect(canvas.overflow()).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
