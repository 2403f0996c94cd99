import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeWithin } from "./codec.ts";
import { quantiserOf } from "./node-av/jpeg.ts";

describe("the size of an encoded picture", () => {
  it.each([
    ["fits the limit", { width: 1920, height: 1080 }, 960, { width: 960, height: 540 }],
    ["is never larger than the source", { width: 640, height: 360 }, 4000, { width: 640, height: 360 }],
    ["is even", { width: 333, height: 221 }, 1000, { width: 332, height: 220 }],
    ["keeps a pixel of a very wide picture", { width: 4000, height: 2 }, 100, { width: 100, height: 2 }],
  ])("%s", (_, source, maxWidth, expected) => {
    expect(sizeWithin(source, maxWidth)).toEqual(expected);
  });

  it("keeps the proportions within a pixel's rounding", () => {
    const length = fc.integer({ min: 2, max: 4096 });
    fc.assert(
      fc.property(length, length, fc.integer({ min: 2, max: 4096 }), (width, height, maxWidth) => {
        const size = sizeWithin({ width, height }, maxWidth);
        expect(size.width).toBeLessThanOrEqual(Math.min(width, maxWidth));
        expect([size.width % 2, size.height % 2]).toEqual([0, 0]);
        expect(Math.abs(size.height - Math.max(2, (height * size.width) / width))).toBeLessThanOrEqual(1);
      }),
    );
  });
});

it.each([
  [100, 2],
  [85, 6],
  [75, 9],
  [50, 17],
  [1, 31],
])("JPEG quality %d is quantiser %d", (quality, quantiser) => {
  expect(quantiserOf(quality)).toBe(quantiser);
});
