import { wallMs } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PeopleLook } from "./figures.ts";
import { noWindows, type WindowEvent, type WindowLook, watchWindows } from "./watch-windows.ts";

/** A full hour. */
const START = 1_773_480_000_000 - (1_773_480_000_000 % 3_600_000);
const MINUTE = 60_000;

type Timed = readonly [seconds: number, look: WindowLook];

function replay(looks: readonly Timed[], start = START) {
  const step = watchWindows();
  let state = noWindows;
  return looks.flatMap(([seconds, look]): readonly WindowEvent[] => {
    const next = step(state, look, wallMs(start + Math.round(seconds * 1000)));
    state = next.state;
    return next.events;
  });
}

/** The same every second, from one second to another. */
const every = (from: number, to: number, look: WindowLook): Timed[] =>
  Array.from({ length: to - from + 1 }, (_, i): Timed => [from + i, look]);

const told = (events: readonly WindowEvent[]): string[] =>
  events.map(({ span, startMs }) => `${span} from ${(startMs - START) / MINUTE}`);

const seen = (persons: readonly number[], change: Partial<PeopleLook> = {}): PeopleLook => ({
  persons: Int32Array.from(persons),
  scores: Float32Array.from(persons, () => 0.5),
  movements: 0,
  moving: 0,
  stationary: 0,
  ...change,
});

describe("windows", () => {
  test("are aligned to the clock, whatever the moment the watching began at", () => {
    const events = replay(every(20, 301, { occupancy: 0 }));
    expect(told(events)).toEqual([1, 2, 3, 4].map((minute) => `1_minute from ${minute}`));
  });

  test("of five minutes and of an hour are told with the minute that ends them", () => {
    const events = replay(every(0, 7201, { occupancy: 1 }));
    const longer = events.filter(({ span }) => span !== "1_minute");
    expect(events).toHaveLength(120 + 24 + 2);
    expect(told(longer).slice(0, 2)).toEqual(["5_minutes from 0", "5_minutes from 5"]);
    expect(told(longer.filter(({ span }) => span === "1_hour"))).toEqual(["1_hour from 0", "1_hour from 60"]);
    for (const { occupancy } of events) expect(occupancy).toMatchObject({ current: 1, average: 1, peak: 1 });
  });

  test("average people over time and tell when there were most of them first", () => {
    const [minute] = replay([
      ...every(0, 14, { occupancy: 1 }),
      [14.5, { occupancy: 3 }],
      ...every(15, 29, { occupancy: 3 }),
      ...every(30, 44, { occupancy: 0 }),
      ...every(45, 60, { occupancy: 3 }),
    ]);
    const average = (14.5 + 3 * 15.5 + 3 * 15) / 60;
    expect(minute?.occupancy).toEqual({ current: 3, average, peak: 3, peakMs: START + 14_500 });
  });

  test("count frames, people, movements and what was sure of them", () => {
    const [minute] = replay([
      [0, { occupancy: 2, seen: seen([1, 2], { movements: 1, moving: 1, stationary: 3 }) }],
      ...every(1, 59, { occupancy: 2 }),
      [59.9, { occupancy: 2, seen: { ...seen([2, 3], { movements: 2 }), scores: Float32Array.of(1, 1) } }],
      [60, { occupancy: 2, seen: seen([4, 5, 6]) }],
    ]);
    expect(minute?.activity).toEqual({ movements: 3, stationaryS: 3, level: 0.25 });
    expect(minute?.detection).toEqual({ total: 4, confidence: 0.75, persons: 3 });
  });

  test("count a person once, however often they are seen", () => {
    const looks = every(0, 301, { occupancy: 1, seen: seen([7]) });
    const five = replay(looks).find(({ span }) => span === "5_minutes");
    expect(five?.detection).toMatchObject({ total: 300, persons: 1 });
  });

  test("in which nobody could know anything say so, and do not say nobody was there", () => {
    const [minute] = replay(every(0, 60, { occupancy: null }));
    expect(minute?.occupancy).toEqual({ current: 0, average: null, peak: null, peakMs: null });
    expect(minute?.activity.level).toBeNull();
    expect(minute?.detection.confidence).toBeNull();
  });

  test("in which something was known for a part average over that part", () => {
    const [minute] = replay([...every(0, 29, { occupancy: null }), ...every(30, 60, { occupancy: 2 })]);
    expect(minute?.occupancy).toEqual({ current: 2, average: 2, peak: 2, peakMs: START + 30_000 });
  });
});

describe("a window that was not watched from its beginning to its end is left out", () => {
  test("after a restart", () => {
    expect(told(replay(every(61, 601, { occupancy: 0 })))).not.toContain("5_minutes from 0");
    expect(told(replay(every(61, 601, { occupancy: 0 })))).toContain("5_minutes from 5");
  });

  test("when the machine slept", () => {
    const events = replay([...every(0, 90, { occupancy: 2 }), ...every(250, 601, { occupancy: 0 })]);
    expect(told(events)).toEqual([
      "1_minute from 0",
      ...[5, 6, 7, 8, 9].map((minute) => `1_minute from ${minute}`),
      "5_minutes from 5",
    ]);
  });

  test("when the clock was set back", () => {
    const events = replay([...every(0, 150, { occupancy: 2 }), ...every(70, 181, { occupancy: 0 })]);
    expect(told(events)).toEqual(["1_minute from 0", "1_minute from 1", "1_minute from 2"]);
    expect(events.at(-1)?.occupancy).toMatchObject({ average: 0, peak: 0 });
  });

  test("but a clock that is set back a little is waited for", () => {
    const [minute] = replay([
      ...every(0, 40, { occupancy: 2 }),
      [39, { occupancy: 1 }],
      ...every(41, 60, { occupancy: 1 }),
    ]);
    expect(minute?.occupancy.average).toBeCloseTo((2 * 40 + 20) / 60);
  });
});

describe("the course of a figure", () => {
  const people = (first: number, second: number): string | null | undefined =>
    replay([...every(0, 59, { occupancy: first }), ...every(60, 120, { occupancy: second })])[1]?.trends.occupancy;

  test.each([
    [1, 1, "steady"],
    [1, 2, "rising"],
    [2, 1, "falling"],
    [20, 21, "steady"],
    [20, 23, "rising"],
  ])("from %d people to %d is %s", (first, second, course) => {
    expect(people(first, second)).toBe(course);
  });

  test("is unknown without a window before it", () => {
    const looks = every(0, 60, { occupancy: 1, seen: seen([1]) });
    expect(replay(looks)[0]?.trends).toEqual({ occupancy: null, activity: null, confidence: null });
    const slept = replay([...every(0, 60, { occupancy: 1 }), ...every(119, 240, { occupancy: 1 })]);
    expect(slept.at(1)?.trends.occupancy).toBeNull();
  });

  test("of activity and confidence is told too", () => {
    const active = (from: number, moving: number, score: number) =>
      every(from, from + 59, {
        occupancy: 1,
        seen: { ...seen([1], { moving, stationary: 1 - moving }), scores: Float32Array.of(score) },
      });
    const looks: Timed[] = [
      ...active(0, 0.2, 0.9),
      ...active(60, 0.5, 0.8),
      ...active(120, 0.52, 0.81),
      [180, { occupancy: 1 }],
    ];
    expect(replay(looks).map(({ trends: { activity, confidence } }) => [activity, confidence])).toEqual([
      [null, null],
      ["rising", "falling"],
      ["steady", "steady"],
    ]);
  });
});

test("longer windows are the sums of their minutes, whatever happens", () => {
  const courses = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 9 }), fc.nat({ max: 9 })), {
    minLength: 120,
  });
  fc.assert(
    fc.property(courses, (parts) => {
      let second = 0;
      const looks: Timed[] = [[0, { occupancy: 0 }]];
      for (const [occupancy, seconds, person] of parts) {
        second += seconds;
        looks.push([second, { occupancy, seen: seen([person + 1], { movements: 1, stationary: 1 }) }]);
      }
      const events = replay(looks);
      for (const five of events.filter(({ span }) => span === "5_minutes")) {
        const minutes = events.filter(
          ({ span, startMs }) => span === "1_minute" && startMs >= five.startMs && startMs < five.endMs,
        );
        const sum = (of: (event: WindowEvent) => number): number => minutes.reduce((all, one) => all + of(one), 0);
        expect(minutes).toHaveLength(5);
        expect(five.occupancy.average).toBeCloseTo(sum(({ occupancy }) => occupancy.average ?? 0) / 5);
        expect(five.occupancy.peak).toBe(Math.max(...minutes.map(({ occupancy }) => occupancy.peak ?? 0)));
        expect(five.detection.total).toBe(sum(({ detection }) => detection.total));
        expect(five.activity.stationaryS).toBe(sum(({ activity }) => activity.stationaryS));
      }
    }),
    { numRuns: 20 },
  );
});
