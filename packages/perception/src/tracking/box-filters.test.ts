import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BoxFilters } from "./box-filters.ts";

const box = (cx: number, cy: number, width: number, height: number): Float32Array =>
  Float32Array.of(cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2);

const read = (filters: BoxFilters, slot: number, seconds = 0): number[] => {
  const boxes = new Float32Array(4);
  filters.read(slot, seconds, { boxes, index: 0 });
  return [...boxes];
};

describe("the box filters", () => {
  test("a box that moves steadily is soon predicted to the pixel", () => {
    const filters = new BoxFilters();
    filters.start(0, box(100, 100, 40, 100), 0);
    for (let frame = 1; frame <= 60; frame++) {
      filters.predict(0, 1 / 30);
      filters.correct(0, box(100 + 4 * frame, 100 - frame, 40, 100), 0);
    }
    const [x1 = 0, y1 = 0] = read(filters, 0, 0.5);
    expect(x1).toBeCloseTo(100 + 4 * 75 - 20, 0);
    expect(y1).toBeCloseTo(100 - 75 - 50, 0);
  });

  test("a frame that is missing does not change the speed", () => {
    const filters = new BoxFilters();
    filters.start(0, box(0, 50, 40, 100), 0);
    const times = Array.from({ length: 40 }, (_, i) => i / 30).filter((_, i) => i % 5 !== 3 && i % 7 !== 2);
    times.slice(1).forEach((time, i) => {
      filters.predict(0, time - (times[i] ?? 0));
      filters.correct(0, box(120 * time, 50, 40, 100), 0);
    });
    const [x1 = 0] = read(filters, 0, 1);
    expect(x1 - (read(filters, 0)[0] ?? 0)).toBeCloseTo(120, 0);
  });

  test("a shaking box is steadied", () => {
    const filters = new BoxFilters();
    filters.start(0, box(100, 100, 40, 100), 0);
    let steps = 0;
    let last = 80;
    for (let frame = 1; frame <= 200; frame++) {
      filters.predict(0, 1 / 30);
      filters.correct(0, box(frame % 2 === 0 ? 103 : 97, 100, 40, 100), 0);
      const [x1 = 0] = read(filters, 0);
      steps += Math.abs(x1 - last);
      last = x1;
    }
    expect(steps / 200).toBeLessThan(4);
  });

  test("a box that shrinks while out of sight neither vanishes nor turns inside out", () => {
    const filters = new BoxFilters();
    filters.start(0, box(100, 100, 40, 100), 0);
    for (let frame = 1; frame <= 10; frame++) {
      filters.predict(0, 1 / 30);
      filters.correct(0, box(100, 100, 40 - 3 * frame, 100 - 8 * frame), 0);
    }
    const [left = 0, top = 0, right = 0, bottom = 0] = read(filters, 0, 10);
    expect(right).toBeGreaterThan(left);
    expect(bottom).toBeGreaterThan(top);
    filters.holdSize(0);
    const [x1 = 0, , x2 = 0] = read(filters, 0);
    const [later1 = 0, , later2 = 0] = read(filters, 0, 10);
    expect(later2 - later1).toBeCloseTo(x2 - x1, 3);
  });

  test("a filter that moves to another slot, past the first sixteen, carries everything it knows", () => {
    const filters = new BoxFilters();
    for (let slot = 0; slot < 40; slot++) filters.start(slot, box(10 * slot, 100, 40, 100), 0);
    filters.predict(39, 0.1);
    filters.correct(39, box(400, 90, 42, 101), 0);
    filters.move(39, 3);
    expect(read(filters, 3, 0.3)).toEqual(read(filters, 39, 0.3));
    expect(read(filters, 20)).toEqual([...box(200, 100, 40, 100)]);
  });

  const sightings = fc.array(
    fc.record({
      seconds: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
      measured: fc.tuple(
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 20, max: 90 }),
        fc.integer({ min: 40, max: 200 }),
      ),
    }),
    { maxLength: 8 },
  );

  test("keeping four 2 × 2 blocks gives what the full 8 × 8 covariance gives", () => {
    fc.assert(
      fc.property(sightings, (path) => {
        const filters = new BoxFilters();
        filters.start(0, box(300, 200, 50, 100), 0);
        const full = new FullFilter([300, 200, 50, 100]);
        for (const { seconds, measured } of path) {
          filters.predict(0, seconds);
          filters.correct(0, box(...measured), 0);
          full.predict(seconds);
          full.correct(measured);
        }
        const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = read(filters, 0, 0.1);
        const [cx = 0, cy = 0, width = 0, height = 0] = full.ahead(0.1);
        const centred = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1];
        [cx, cy, Math.max(width, 1), Math.max(height, 1)].forEach((expected, axis) => {
          expect(Math.abs((centred[axis] ?? 0) - expected)).toBeLessThan(0.01);
        });
      }),
    );
  });
});

type Matrix = number[][];
const matrix = (rows: number, columns: number, at: (i: number, j: number) => number): Matrix =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => at(i, j)));
const cell = (m: Matrix, i: number, j: number): number => m[i]?.[j] ?? 0;
const times = (a: Matrix, b: Matrix): Matrix =>
  matrix(a.length, b[0]?.length ?? 0, (i, j) => b.reduce((sum, _, k) => sum + cell(a, i, k) * cell(b, k, j), 0));
const plus = (a: Matrix, b: Matrix, sign = 1): Matrix =>
  matrix(a.length, a[0]?.length ?? 0, (i, j) => cell(a, i, j) + sign * cell(b, i, j));
const transposed = (a: Matrix): Matrix => matrix(a[0]?.length ?? 0, a.length, (i, j) => cell(a, j, i));

/** The textbook filter with whole matrices; one measured axis is corrected at a time, which is the same thing. */
class FullFilter {
  #x: Matrix;
  #p: Matrix;

  constructor(measured: readonly number[]) {
    this.#x = matrix(8, 1, (i) => (i < 4 ? (measured[i] ?? 0) : 0));
    this.#p = matrix(8, 8, (i, j) => (i === j ? this.#deviation(i, i < 4 ? 2 : 10) ** 2 : 0));
  }

  #deviation(i: number, factor: number): number {
    const extent = Math.max(cell(this.#x, 2 + (i % 2), 0), 1);
    return factor * extent * (i < 4 ? 1 / 20 : 30 / 160);
  }

  predict(seconds: number): void {
    const motion = matrix(8, 8, (i, j) => (i === j ? 1 : j === i + 4 ? seconds : 0));
    const noise = matrix(8, 8, (i, j) => (i === j ? 30 * seconds * this.#deviation(i, 1) ** 2 : 0));
    this.#x = times(motion, this.#x);
    this.#p = plus(times(times(motion, this.#p), transposed(motion)), noise);
  }

  correct(measured: readonly number[]): void {
    const deviations = measured.map((_, axis) => this.#deviation(axis, 1));
    measured.forEach((value, axis) => {
      const total = cell(this.#p, axis, axis) + (deviations[axis] ?? 0) ** 2;
      const gain = matrix(8, 1, (i) => cell(this.#p, i, axis) / total);
      const surprise = value - cell(this.#x, axis, 0);
      const row = matrix(1, 8, (_, j) => cell(this.#p, axis, j));
      this.#x = matrix(8, 1, (i) => cell(this.#x, i, 0) + cell(gain, i, 0) * surprise);
      this.#p = plus(this.#p, times(gain, row), -1);
    });
  }

  ahead(seconds: number): number[] {
    return [0, 1, 2, 3].map((i) => cell(this.#x, i, 0) + seconds * cell(this.#x, i + 4, 0));
  }
}
