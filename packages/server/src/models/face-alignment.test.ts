import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faceAlignment, type Similarity, similarityBetween, warp } from "./face-alignment.ts";

const applied = ({ a, b, x0, y0 }: Similarity, points: readonly number[]): number[] =>
  points.map((_, i) => {
    const [x = 0, y = 0] = points.slice(i - (i % 2), i - (i % 2) + 2);
    return i % 2 === 0 ? a * x - b * y + x0 : b * x + a * y + y0;
  });

const FACE = [30, 40, 70, 40, 50, 60, 35, 80, 65, 80];

describe("the similarity between two sets of points", () => {
  const turn = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
  const scale = fc.double({ min: 0.1, max: 10, noNaN: true });
  const shift = fc.double({ min: -500, max: 500, noNaN: true });

  it("is found again from what it makes of a face", () => {
    fc.assert(
      fc.property(turn, scale, shift, shift, (angle, size, x0, y0) => {
        const wanted = { a: size * Math.cos(angle), b: size * Math.sin(angle), x0, y0 };
        const found = similarityBetween(FACE, applied(wanted, FACE));
        for (const key of ["a", "b", "x0", "y0"] as const) expect(found?.[key]).toBeCloseTo(wanted[key], 6);
      }),
    );
  });

  it("needs two points; the others may be missing", () => {
    const moved = FACE.map((value) => 2 * value + 5);
    const only = (...known: number[]) => FACE.map((value, i) => (known.includes(i >> 1) ? value : Number.NaN));
    expect(similarityBetween(only(0, 1), moved)).toEqual({ a: 2, b: 0, x0: 5, y0: 5 });
    expect(similarityBetween(only(3), moved)).toBeNull();
    expect(similarityBetween([], [])).toBeNull();
    expect(similarityBetween([5, 5, 5, 5], [1, 1, 2, 2])).toBeNull();
  });

  it("is the closest in the sense of least squares where none fits", () => {
    const crooked = FACE.map((value, i) => value + ([3, -2, 0, 4, -5, 1, 2, 0, -1, 3][i] ?? 0));
    const error = (found: Similarity) =>
      applied(found, FACE).reduce((sum, value, i) => sum + (value - (crooked[i] ?? 0)) ** 2, 0);
    const best = similarityBetween(FACE, crooked);
    if (!best) throw new Error("there is one");
    for (const key of ["a", "b", "x0", "y0"] as const) {
      for (const step of [-1e-3, 1e-3])
        expect(error({ ...best, [key]: best[key] + step })).toBeGreaterThan(error(best));
    }
  });
});

describe("a face that is aligned", () => {
  /** A picture whose planes are slopes: a pixel's value tells where it came from. */
  const slopes = (width: number, height: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const [plane, at] = [Math.floor(i / (width * height)), i % (width * height)];
      return [at % width, Math.floor(at / width), 200][plane] ?? 0;
    }),
  });

  it("has its landmarks where ArcFace's faces have them, however it was turned and whatever its size", () => {
    const arcFace = [38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041];
    const turned = applied({ a: -2, b: 3, x0: 500, y0: 40 }, arcFace);
    const alignment = faceAlignment(turned, 112);
    const found = alignment && applied(alignment, turned);
    for (const [i, value] of arcFace.entries()) expect(found?.[i]).toBeCloseTo(value, 3);
  });

  it("is not changed by the similarity that changes nothing", () => {
    const picture = slopes(112, 112);
    const same = warp(picture, { a: 1, b: 0, x0: 0, y0: 0 }, 112);
    for (const at of [0, 57, 112 * 50 + 3, 112 * 111 - 2]) {
      expect([0, 1, 2].map((plane) => same[plane * 112 * 112 + at])).toEqual([at % 112, Math.floor(at / 112), 200]);
    }
  });

  it("takes each pixel from where the similarity brings it, black from outside", () => {
    const picture = slopes(90, 70);
    const made = warp(picture, { a: 0, b: 2, x0: 100, y0: -20 }, 64);
    // (u, v) = (100 − 2y, 2x − 20): the pixel 40, 10 comes from x = 15, y = 30.
    const at = 10 * 64 + 40;
    expect([0, 1, 2].map((plane) => made[plane * 64 * 64 + at])).toEqual([15, 30, 200]);
    // Everything left of what was moved to the right is outside.
    expect(warp(picture, { a: 1, b: 0, x0: 30, y0: 0 }, 64)[0]).toBe(0);
  });
});
