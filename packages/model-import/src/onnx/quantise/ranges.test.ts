import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "./ranges.ts";

const numbers = fc.float32Array({ minLength: 1, maxLength: 300, noNaN: true, noDefaultInfinity: true });

describe("the range of a value", () => {
  it("holds zero and everything that was seen, when nothing may lie outside", () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 1, maxLength: 4 }), (pictures) => {
        const histogram = new Histogram();
        for (const values of pictures) histogram.add(values);
        const all = [0, ...pictures.flatMap((values) => [...values])];
        expect(histogram.within(0)).toEqual({ least: Math.min(...all) + 0, most: Math.max(...all) + 0 });
      }),
    );
  });

  it("leaves out no more than it may", () => {
    fc.assert(
      fc.property(numbers, fc.double({ min: 0, max: 0.5, noNaN: true }), (values, share) => {
        const histogram = new Histogram();
        histogram.add(values);
        const { least, most } = histogram.within(share);
        const outside = values.filter((value) => value < least || value > most);
        expect(outside.length).toBeLessThanOrEqual(share * values.length);
      }),
    );
  });

  it("is not stretched by one number in ten thousand", () => {
    const values = Float32Array.from({ length: 20_000 }, (_, i) => (i % 100) / 100);
    values[77] = 1000;
    const histogram = new Histogram();
    histogram.add(values);
    expect(histogram.within(0).most).toBe(1000);
    expect(histogram.within(1e-3).most).toBeLessThan(2);
  });

  it("is that of the finite numbers", () => {
    const histogram = new Histogram();
    histogram.add(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -2, 3, Number.NEGATIVE_INFINITY));
    expect(histogram.within(0)).toEqual({ least: -2, most: 3 });
  });
});
