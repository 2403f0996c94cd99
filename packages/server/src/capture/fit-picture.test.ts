import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitPicture } from "./tap.ts";

const contain = { width: 416, height: 416, fit: "contain" } as const;

describe("a picture in a model's input", () => {
  it.each([
    ["wide", { width: 1920, height: 1080 }, { width: 416, height: 234 }],
    ["tall", { width: 1080, height: 1920 }, { width: 234, height: 416 }],
    ["smaller than the input", { width: 104, height: 52 }, { width: 416, height: 208 }],
    ["hardly a line", { width: 5000, height: 1 }, { width: 416, height: 1 }],
  ])("that is %s keeps its proportions", (_, source, expected) => {
    expect(fitPicture(source, contain)).toEqual(expected);
  });

  it("is stretched for a model that was trained so", () => {
    expect(fitPicture({ width: 1920, height: 1080 }, { ...contain, fit: "stretch" })).toEqual({
      width: 416,
      height: 416,
    });
  });

  it("never overflows it, and fills it in one direction", () => {
    const length = fc.integer({ min: 1, max: 8192 });
    const input = fc.integer({ min: 1, max: 1280 });
    fc.assert(
      fc.property(length, length, input, input, (width, height, inputWidth, inputHeight) => {
        const fitted = fitPicture({ width, height }, { width: inputWidth, height: inputHeight, fit: "contain" });
        expect(fitted.width).toBeLessThanOrEqual(inputWidth);
        expect(fitted.height).toBeLessThanOrEqual(inputHeight);
        expect(fitted.width === inputWidth || fitted.height === inputHeight).toBe(true);
      }),
    );
  });
});
