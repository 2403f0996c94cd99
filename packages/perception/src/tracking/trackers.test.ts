import { type Detections, type Micros, micros, microsFromSeconds, noDetections } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { found, frame, numbersOf, repeat } from "../../test/people.ts";
import type { Tracker } from "./tracker.ts";
import type { TrackerOptions } from "./tracker-options.ts";
import { createTracker, trackerNames } from "./trackers.ts";

describe.each(trackerNames)("%s", (name) => {
  const create = (options?: TrackerOptions): Tracker => createTracker(name, options);
  const numbers = (frames: readonly Detections[], options?: TrackerOptions): number[][] =>
    numbersOf(create(options), frames);

  describe("a track", () => {
    test("is confirmed by its second sighting and keeps its number", () => {
      expect(numbers(repeat(4, (i) => found({ x: 100 + 4 * i })))).toEqual([[], [1], [1], [1]]);
    });

    test("is confirmed by its first, or a later one, when the options say so", () => {
      const frames = repeat(3, () => found({ x: 100 }));
      expect(numbers(frames, { sightings: 1 })).toEqual([[1], [1], [1]]);
      expect(numbers(frames, { sightings: 3 })).toEqual([[], [], [1]]);
    });

    test("does not come from something seen in one frame only, and no number is spent on that", () => {
      const flicker = [found({ x: 100 }), found(), found({ x: 100 }), found(), found({ x: 100 }), found({ x: 100 })];
      expect(numbers(flicker)).toEqual([[], [], [], [], [], [1]]);
    });

    test("is not started by a detection the detector is not sure of", () => {
      expect(numbers(repeat(5, () => found({ x: 100, score: 0.45 }))).flat()).toEqual([]);
      const scores = { high: 0.4, start: 0.6 };
      expect(
        numbers(
          repeat(5, () => found({ x: 100, score: 0.5 })),
          { scores },
        ).flat(),
      ).toEqual([]);
    });

    test("walks on through frames in which it is missed, at the speed it had", () => {
      const frames = repeat(60, (i) => (i >= 30 && i < 50 ? found() : found({ x: 100 + 6 * i })));
      const seen = numbers(frames);
      expect(seen[29]).toEqual([1]);
      expect(seen[40]).toEqual([]);
      expect(seen[50]).toEqual([1]);
    });

    test("is another when it comes back after the lost time, and old numbers are not used again", () => {
      const lost = repeat(40, () => found());
      const back = [...repeat(2, () => found({ x: 100 })), ...lost, ...repeat(2, () => found({ x: 100 }))];
      expect(numbers(back, { lostFor: microsFromSeconds(2) }).at(-1)).toEqual([1]);
      expect(numbers(back, { lostFor: microsFromSeconds(1) }).at(-1)).toEqual([2]);
    });

    test("of a person never becomes a car", () => {
      const frames = repeat(6, (i) => found({ x: 100, kind: i < 3 ? 0 : 2 }));
      expect(numbers(frames)).toEqual([[], [1], [1], [], [2], [2]]);
    });

    test("carries the class and the score of its sighting", () => {
      const tracker = create();
      tracker.update(found({ x: 100, kind: 2 }), frame(0));
      const tracked = tracker.update(found({ x: 101, kind: 2, score: 0.625 }), frame(1));
      expect([...tracked.classes]).toEqual([2]);
      expect([...tracked.scores]).toEqual([0.625]);
    });
  });

  describe("two people", () => {
    test("who pass each other keep their numbers", () => {
      const frames = repeat(41, (i) => found({ x: 100 + 5 * i }, { x: 300 - 5 * i, y: 240 }));
      const tracker = create();
      const last = frames.map((detections, i) => tracker.update(detections, frame(i))).at(-1);
      const lefts = new Map([...(last?.tracks ?? [])].map((track, i) => [track, last?.boxes[4 * i] ?? 0]));
      expect(lefts.get(1)).toBeGreaterThan(250);
      expect(lefts.get(2)).toBeLessThan(150);
    });

    test("of whom one is hidden for a moment keep their numbers", () => {
      const frames = repeat(61, (i) =>
        Math.abs(i - 30) < 6 ? found({ x: 100 + 5 * i }) : found({ x: 100 + 5 * i }, { x: 400 - 5 * i, y: 215 }),
      );
      const seen = numbers(frames);
      expect(seen[20]).toEqual([1, 2]);
      expect(seen[30]).toEqual([1]);
      expect(seen.at(-1)).toEqual([1, 2]);
    });
  });

  describe("people far apart", () => {
    /** What is seen in each frame of one couple, and of others who come and go elsewhere. */
    const offset = fc.noBias(fc.integer({ min: -12_000, max: 12_000 })).map((thousandths) => thousandths / 1000);
    const frames = fc.array(
      fc.record({
        // Fine enough that no two ways to match them are equally good.
        couple: fc.array(offset, { maxLength: 2 }),
        others: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }),
      }),
      { maxLength: 40, size: "max" },
    );
    /** The boxes near y = 200, in order. */
    const near = (tracker: Tracker, all: readonly Detections[]): number[][] =>
      all.map((detections, i) => {
        const { boxes, count } = tracker.update(detections, frame(4 * i));
        const each = Array.from({ length: count }, (_, k) => [...boxes.subarray(4 * k, 4 * k + 4)]);
        return each
          .filter(([, top = 0]) => top < 1000)
          .sort(([one = 0], [other = 0]) => one - other)
          .flat();
      });

    test("are tracked the same whatever the others do", () => {
      fc.assert(
        fc.property(frames, (all) => {
          const couple = all.map(({ couple }, i) => couple.map((off) => ({ x: 100 + 8 * i + off })));
          const crowd = all.map(({ others }, i) => [
            ...others.map((other) => ({ x: 500 * other, y: 3000 })),
            ...(couple[i] ?? []),
          ]);
          const options = { lostFor: microsFromSeconds(0.5) };
          const alone = couple.map((people) => found(...people));
          const among = crowd.map((people) => found(...people));
          expect(near(create(options), among)).toEqual(near(create(options), alone));
        }),
        { numRuns: 300 },
      );
    });
  });

  describe("real time", () => {
    test("a fast walker is followed at any frame rate and through dropped frames", () => {
      const times = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9, 1.0, 1.4, 1.5, 1.6, 2.0];
      const tracker = create();
      const seen = times.map((s) => [...tracker.update(found({ x: 100 + 150 * s }), microsFromSeconds(s)).tracks]);
      expect(seen.slice(1).every(([track]) => track === 1)).toBe(true);
    });

    test("a time that goes back moves nothing", () => {
      const tracker = create();
      for (let i = 0; i < 10; i++) tracker.update(found({ x: 100 + 6 * i }), frame(i));
      expect([...tracker.update(found({ x: 156 }), frame(2)).tracks]).toEqual([1]);
    });
  });

  describe("what is not a detection is ignored", () => {
    const box = (...corners: number[]): Detections => ({ ...found({ x: 0 }), boxes: Float32Array.from(corners) });
    test.each([
      { name: "a corner that is not a number", detections: box(80, Number.NaN, 120, 250) },
      { name: "a box without end", detections: box(80, 150, Number.POSITIVE_INFINITY, 250) },
      { name: "a box without width", detections: box(80, 150, 80, 250) },
      { name: "a box turned inside out", detections: box(120, 250, 80, 150) },
      { name: "a score that is not a number", detections: found({ x: 100, score: Number.NaN }) },
      { name: "nothing", detections: noDetections() },
    ])("$name", ({ detections }) => {
      const frames = repeat(6, (i) => (i < 2 || i === 5 ? found({ x: 100 }) : detections));
      expect(numbers(frames)).toEqual([[], [1], [], [], [], [1]]);
    });
  });

  describe("prediction between updates", () => {
    const walker = (): Tracker => {
      const tracker = create();
      for (let i = 0; i <= 30; i++) tracker.update(found({ x: 100 + 6 * i }), frame(i));
      return tracker;
    };
    const centre = (tracker: Tracker, at: Micros): number => (tracker.predict(at).boxes[0] ?? Number.NaN) + 20;

    test("draws a walker where he will be, and where he was", () => {
      expect(centre(walker(), frame(30))).toBeCloseTo(280, 0);
      expect(centre(walker(), frame(33))).toBeCloseTo(298, 0);
      expect(centre(walker(), frame(28))).toBeCloseTo(268, 0);
    });

    test("is at the time of the update what the update returned", () => {
      const tracker = walker();
      expect(tracker.update(found({ x: 290 }), frame(31))).toEqual(tracker.predict(frame(31)));
    });

    test("changes nothing", () => {
      const [asked, unasked] = [walker(), walker()];
      for (let i = 20; i < 50; i++) asked.predict(frame(i));
      const next = found({ x: 286 });
      expect(asked.update(next, frame(31))).toEqual(unasked.update(next, frame(31)));
    });

    test("shows nobody who is lost, or long after the last update, or before the first", () => {
      const tracker = walker();
      expect(tracker.predict(frame(30 + 61)).count).toBe(0);
      tracker.update(found(), frame(31));
      expect(tracker.predict(frame(31)).count).toBe(0);
      expect(create().predict(frame(0)).count).toBe(0);
    });
  });

  describe("whatever a detector says", () => {
    const anything = fc.oneof(
      fc.integer({ min: -100, max: 700 }),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
    );
    const item = fc.record({
      box: fc.tuple(anything, anything, anything, anything),
      score: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(Number.NaN)),
      kind: fc.nat(2),
    });
    const stream = fc.array(
      fc.record({ items: fc.array(item, { maxLength: 12, size: "max" }), gap: fc.nat(500_000) }),
      {
        maxLength: 40,
        size: "max",
      },
    );

    test("boxes are finite with an area, numbers positive, unique in a frame and never given to a second class", () => {
      fc.assert(
        fc.property(stream, (frames) => {
          const tracker = create({ sightings: 1 });
          const kinds = new Map<number, number>();
          let at = 0;
          for (const { items, gap } of frames) {
            at += gap;
            const tracked = tracker.update(
              {
                count: items.length,
                boxes: Float32Array.from(items.flatMap(({ box }) => box)),
                scores: Float32Array.from(items, ({ score }) => score),
                classes: Uint16Array.from(items, ({ kind }) => kind),
              },
              micros(at),
            );
            expect(new Set(tracked.tracks).size).toBe(tracked.count);
            tracked.tracks.forEach((track, i) => {
              const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = tracked.boxes.subarray(4 * i);
              expect(track).toBeGreaterThan(0);
              expect(x2 > x1 && y2 > y1 && Number.isFinite(x1 + y1 + x2 + y2)).toBe(true);
              expect(kinds.get(track) ?? tracked.classes[i]).toBe(tracked.classes[i]);
              kinds.set(track, tracked.classes[i] ?? 0);
            });
          }
        }),
      );
    });
  });

  describe("options that contradict one another are refused", () => {
    test.each<{ name: string; options: TrackerOptions }>([
      { name: "low above high", options: { scores: { high: 0.3, low: 0.4 } } },
      { name: "high above start", options: { scores: { high: 0.6, start: 0.5 } } },
      { name: "a score above one", options: { scores: { start: 60 } } },
      { name: "a negative lost time", options: { lostFor: microsFromSeconds(-1) } },
      { name: "no sightings", options: { sightings: 0 } },
    ])("$name", ({ options }) => {
      expect(() => create(options)).toThrow(expect.objectContaining({ code: "config-invalid" }));
    });
  });
});
