import { describe, expect, test } from "vitest";
import { found, numbersOf, repeat } from "../../test/people.ts";
import { ByteTrack } from "./byte-track.ts";
import type { ByteTrackOptions } from "./byte-track-options.ts";

const numbers = (frames: Parameters<typeof numbersOf>[1], options: ByteTrackOptions = {}): number[][] =>
  numbersOf(new ByteTrack(options), frames);

describe("a track", () => {
  test("is continued by a detection the detector is not sure of", () => {
    const frames = repeat(8, (i) => found({ x: 100 + 3 * i, score: i < 2 ? 0.9 : 0.15 }));
    expect(numbers(frames)).toEqual([[], [1], [1], [1], [1], [1], [1], [1]]);
  });

  test("is not continued by one below the low score", () => {
    expect(numbers(repeat(4, (i) => found({ x: 100, score: i < 2 ? 0.9 : 0.05 })))).toEqual([[], [1], [], []]);
  });

  test("is not found again by a detection the detector is not sure of", () => {
    const frames = [...repeat(3, () => found({ x: 100 })), found(), ...repeat(2, () => found({ x: 100, score: 0.3 }))];
    expect(numbers(frames)).toEqual([[], [1], [1], [], [], []]);
  });

  test("works with a detector whose scores are low throughout", () => {
    const frames = repeat(6, (i) => found({ x: 100 + 3 * i, score: i === 3 ? 0.12 : 0.25 }));
    expect(numbers(frames, { scores: { high: 0.2, low: 0.1 } })).toEqual([[], [1], [1], [1], [1], [1]]);
  });

  test("keeps its size while it is missed, also when it seemed to shrink as it went out of sight", () => {
    const walk = repeat(30, () => found({ x: 100 }));
    const sinking = repeat(5, (i) => {
      const { boxes, ...rest } = found({ x: 100 });
      return { ...rest, boxes: boxes.with(3, 250 - 10 * i) };
    });
    const frames = [...walk, ...sinking, ...repeat(15, () => found()), found({ x: 100 })];
    expect(numbers(frames).at(-1)).toEqual([1]);
  });
});

describe("overlaps that cannot be exceeded are refused", () => {
  test.each<{ name: string; overlaps: ByteTrackOptions["overlaps"] & {} }>([
    { name: "an overlap of one", overlaps: { first: 1 } },
    { name: "an overlap that is not a number", overlaps: { second: Number.NaN } },
    { name: "a negative overlap", overlaps: { unconfirmed: -0.1 } },
  ])("$name", ({ overlaps }) => {
    expect(() => new ByteTrack({ overlaps })).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});
