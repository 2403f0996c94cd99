import { type WallMs, wallMs } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  noTraffic,
  type TrafficEvent,
  type TrafficOptions,
  type TrafficState,
  trafficPeriods,
} from "./traffic-periods.ts";

/** Seconds to wall time; the day begins at 0. */
const ms = (seconds: number): WallMs => wallMs(1000 * seconds);
const started = (start: number): TrafficEvent => ({ type: "started", startMs: ms(start) });
const ended = (start: number, end: number, countIn: number): TrafficEvent => ({
  type: "ended",
  startMs: ms(start),
  endMs: ms(end),
  countIn,
});

/** One step per second up to `until`, each with the people who came in during it. */
function live(cameIn: readonly number[], until: number, options: TrafficOptions = {}): TrafficEvent[] {
  const step = trafficPeriods(options);
  let state = noTraffic;
  const events: TrafficEvent[] = [];
  for (let now = 1; now <= until; now++) {
    const fresh = cameIn.filter((second) => second > now - 1 && second <= now).map(ms);
    const next = step(state, fresh, ms(now));
    state = next.state;
    events.push(...next.events);
  }
  return events;
}

describe("a period of high foot traffic", () => {
  test.each<{ name: string; cameIn: number[]; events: TrafficEvent[]; options?: TrafficOptions }>([
    { name: "does not start with four people", cameIn: [1, 2, 3, 4], events: [] },
    { name: "does not start with five who are too far apart", cameIn: [1, 16, 31, 46, 62], events: [] },
    {
      name: "starts with the first of five within a minute",
      cameIn: [1, 16, 31, 46, 61],
      events: [started(1), ended(1, 61, 5)],
    },
    {
      name: "does not begin with those who came before the five",
      cameIn: [1, 100, 110, 120, 130, 140],
      events: [started(100), ended(100, 140, 5)],
    },
    {
      name: "goes on while people keep coming, however slowly",
      cameIn: [1, 2, 3, 4, 5, 60, 119, 178],
      events: [started(1), ended(1, 178, 8)],
    },
    {
      name: "ends with its last person when a minute was quiet",
      cameIn: [1, 2, 3, 4, 5, 65],
      events: [started(1), ended(1, 5, 5)],
    },
    {
      name: "can be followed by another, which takes none of its people",
      cameIn: [1, 2, 3, 4, 5, 70, 71, 72, 73, 74],
      events: [started(1), ended(1, 5, 5), started(70), ended(70, 74, 5)],
    },
    {
      name: "does not lend its people to the next when the quiet time is short",
      cameIn: [1, 2, 3, 4, 5, 20, 21],
      events: [started(1), ended(1, 5, 5)],
      options: { quietMs: 10_000 },
    },
    {
      name: "starts with five at the same instant",
      cameIn: [7, 7, 7, 7, 7],
      events: [started(7), ended(7, 7, 5)],
    },
    {
      name: "follows its options",
      cameIn: [1, 4, 20, 22],
      events: [started(20), ended(20, 22, 2)],
      options: { people: 2, windowMs: 2000, quietMs: 5000 },
    },
  ])("$name", ({ cameIn, events, options }) => {
    expect(live(cameIn, 300, options)).toEqual(events);
  });

  test("is reported as started at once, and as ended when the quiet time is over", () => {
    const five = [10, 11, 12, 13, 14];
    expect(live(five, 13)).toEqual([]);
    expect(live(five, 14)).toEqual([started(10)]);
    expect(live(five, 73)).toEqual([started(10)]);
    expect(live(five, 74)).toEqual([started(10), ended(10, 14, 5)]);
  });

  test("knows while it runs how many came in", () => {
    const step = trafficPeriods();
    const { state } = step(noTraffic, [1, 2, 3, 4, 5, 6].map(ms), ms(7));
    expect(state.period).toEqual({ startMs: ms(1), lastMs: ms(6), countIn: 6 });
  });

  test("counts a crossing that is confirmed after a later one", () => {
    const step = trafficPeriods();
    const four = step(noTraffic, [20, 21, 22, 24].map(ms), ms(25));
    const late = step(four.state, [ms(23)], ms(26));
    expect(late.events).toEqual([started(20)]);
    const later = step(late.state, [ms(23.5)], ms(27));
    expect(later.state.period).toEqual({ startMs: ms(20), lastMs: ms(24), countIn: 6 });
  });
});

describe("after a restart", () => {
  const arrivals = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60, size: "max" }).map((gaps) => {
    let at = 0;
    return gaps.map((gap) => {
      at += gap;
      return at;
    });
  });

  test("one step with all crossings gives the state and the events of the live steps", () => {
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 5, max: 90 }),
        (cameIn, people, quiet) => {
          const options = { people, quietMs: 1000 * quiet };
          const until = (cameIn.at(-1) ?? 0) + 20;
          const replayed = trafficPeriods(options)(noTraffic, cameIn.map(ms), ms(until));
          expect(replayed.events).toEqual(live(cameIn, until, options));
        },
      ),
    );
  });

  test("state that went through JSON goes on as if nothing had happened", () => {
    const step = trafficPeriods();
    const before = step(noTraffic, [1, 2, 3].map(ms), ms(4)).state;
    const restored = JSON.parse(JSON.stringify(before)) as TrafficState;
    expect(step(restored, [5, 6].map(ms), ms(7))).toEqual(step(before, [5, 6].map(ms), ms(7)));
  });

  test("memory stays small on the busiest and the slowest day", () => {
    const step = trafficPeriods();
    let state = noTraffic;
    for (let i = 0; i < 5000; i++) {
      state = step(state, [ms(i * (i < 2500 ? 1 : 14))], ms(i * (i < 2500 ? 1 : 14))).state;
      expect(state.recent.length).toBeLessThan(5);
    }
  });
});

describe("options that make no sense are refused", () => {
  test.each([{ people: 0 }, { windowMs: -1 }, { quietMs: 0 }, { people: Number.NaN }])("%o", (options) => {
    expect(() => trafficPeriods(options)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});
