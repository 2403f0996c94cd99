import { type Detections, micros } from "@sensorium/protocol";
import { describe, expect, test } from "vitest";
import { found, frame, numbersOf, repeat } from "../../test/people.ts";
import { OcSort } from "./oc-sort.ts";
import type { OcSortOptions } from "./oc-sort-options.ts";
import { Sort } from "./sort.ts";

describe("OC-SORT", () => {
  /** Walks to the right, is hidden for a second, and comes out where he went in, because he stopped there. */
  const stopped = [
    ...repeat(30, (i) => found({ x: 100 + 6 * i })),
    ...repeat(30, () => found()),
    ...repeat(2, () => found({ x: 276 })),
  ];

  test("finds a person who stopped out of sight where he was last seen, and SORT does not", () => {
    expect(numbersOf(new OcSort(), stopped).at(-1)).toEqual([1]);
    expect(numbersOf(new Sort(), stopped).at(-1)).toEqual([2]);
  });

  test("does not take somebody else for him who overlaps that place too little", () => {
    const elsewhere = [...stopped.slice(0, -2), ...repeat(2, () => found({ x: 290 }))];
    expect(numbersOf(new OcSort(), elsewhere).at(-1)).toEqual([2]);
    expect(numbersOf(new OcSort({ overlaps: { recovered: 0.4 } }), elsewhere).at(-1)).toEqual([1]);
  });

  test("moves a track that is found again at the speed of the way it came out of sight", () => {
    const slowed = [...repeat(30, (i) => found({ x: 100 + i })), ...repeat(40, () => found()), found({ x: 150 })];
    const came = 30 * ((150 - 129) / 41);
    expect(Math.abs(speed(new OcSort(), slowed) - came)).toBeLessThan(0.5);
    expect(Math.abs(speed(new Sort(), slowed) - came)).toBeGreaterThan(2);
  });

  /** Two people who meet, overlap for a frame, and go on; in it, each is seen a little nearer the other's way. */
  const met = (): Detections[] =>
    repeat(14, (i) => {
      const step = i < 12 ? i : i - 0.5;
      const [right, left] = [{ x: 100 + 8 * step }, { x: 284 - 8 * step, y: 204 }];
      return found(right, left);
    });

  test("gives people who pass each other their own numbers back, however it weighs directions", () => {
    for (const weight of [0, 0.2, 1]) {
      const tracker = new OcSort({ momentum: { weight } });
      const last = met()
        .map((detections, i) => tracker.update(detections, frame(i)))
        .at(-1);
      const first = [...(last?.tracks ?? [])].indexOf(1);
      expect(last?.boxes[4 * first]).toBeGreaterThan(170);
    }
  });

  test("prefers the detection that goes on in the same direction, where two overlap a track equally", () => {
    const walk = repeat(12, (i) => found({ x: 100 + 3 * i }));
    const over = micros(100_000);
    const choice = found({ x: 136 - 12 }, { x: 136 + 12 });
    const chosen = (options: OcSortOptions): number => {
      const tracker = new OcSort({ sightings: 1, ...options });
      for (const [i, detections] of walk.entries()) tracker.update(detections, frame(i));
      const tracked = tracker.update(choice, frame(12));
      const at = [...tracked.tracks].indexOf(1);
      return ((tracked.boxes[4 * at] ?? 0) + (tracked.boxes[4 * at + 2] ?? 0)) / 2;
    };
    expect(chosen({ momentum: { weight: 0, over } })).toBeLessThan(136);
    expect(chosen({ momentum: { weight: 1, over } })).toBeGreaterThan(136);
  });

  test("keeps apart what it remembers of each track when others end", () => {
    const many = repeat(20, (i) => found(...Array.from({ length: 20 }, (_, k) => ({ x: 100 * k + 2 * i }))));
    const tracker = new OcSort({ lostFor: micros(300_000) });
    for (const [i, detections] of many.entries()) tracker.update(detections, frame(i));
    const alone = [...repeat(15, (i) => found({ x: 1740 + 2 * i })), ...repeat(5, () => found()), found({ x: 1780 })];
    const numbers = alone.map((detections, i) => [...tracker.update(detections, frame(20 + i)).tracks]);
    expect(numbers[0]).toEqual([18]);
    expect(numbers.at(-1)).toEqual([18]);
  });

  test.each<{ name: string; options: OcSortOptions }>([
    { name: "an overlap of one", options: { overlaps: { predicted: 1 } } },
    { name: "a negative overlap", options: { overlaps: { recovered: -0.1 } } },
    { name: "a weight above one", options: { momentum: { weight: 2 } } },
    { name: "a direction over a negative time", options: { momentum: { over: micros(-1) } } },
  ])("refuses $name", ({ options }) => {
    expect(() => new OcSort(options)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});

/** Pixels per second of the one track after the last frame, as it is predicted. */
function speed(tracker: OcSort | Sort, frames: readonly Detections[]): number {
  for (const [i, detections] of frames.entries()) tracker.update(detections, frame(i));
  const at = (seconds: number): number =>
    tracker.predict(micros(frame(frames.length - 1) + 1e6 * seconds)).boxes[0] ?? Number.NaN;
  return at(1) - at(0);
}
