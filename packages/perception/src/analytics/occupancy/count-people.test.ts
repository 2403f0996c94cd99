import { type Micros, microsFromSeconds, secondsOf, zoneId } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { peopleFrame, type Standing } from "../../../test/people-frames.ts";
import {
  countPeople,
  noOccupancy,
  type OccupancyEvent,
  type OccupancyOptions,
  type OccupancyState,
  peopleIn,
  wholePicture,
} from "./count-people.ts";
import { occupancyOver } from "./course.ts";

const right = {
  id: zoneId("right"),
  corners: [
    { x: 0.5, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
    { x: 0.5, y: 1 },
  ],
};

const seconds = (value: number): Micros => microsFromSeconds(value);

interface Replay {
  readonly state: OccupancyState;
  readonly events: readonly OccupancyEvent[];
}

/** One frame a tenth of a second. */
function replay(frames: readonly (readonly Standing[])[], options?: OccupancyOptions): Replay {
  const step = countPeople(options);
  let state = noOccupancy;
  const events = frames.flatMap((people, i): readonly OccupancyEvent[] => {
    const next = step(state, peopleFrame(people), seconds(i / 10));
    state = next.state;
    return next.events;
  });
  return { state, events };
}

const frames = (count: number, ...people: readonly Standing[]): (readonly Standing[])[] =>
  Array.from({ length: count }, () => people);

/** "whole +1 → 1, right +1 → 1" */
const told = ({ events }: Replay): string =>
  events
    .map(({ type, zone, person, current }) => {
      const sign = type === "person-entered" ? "+" : "-";
      return `${zone === wholePicture ? "whole" : zone} ${sign}${person} → ${current}`;
    })
    .join(", ");

const ann: Standing = { person: 1, x: 200 };
const bob: Standing = { person: 2, x: 700 };

describe("the number of people", () => {
  test.each<{ name: string; seen: (readonly Standing[])[]; events: string }>([
    {
      name: "grows by who comes",
      seen: [...frames(20, ann), ...frames(20, ann, bob)],
      events: "whole +1 → 1, whole +2 → 2, right +2 → 1",
    },
    {
      name: "does not count who is seen for a moment",
      seen: [...frames(10), ...frames(3, ann), ...frames(10)],
      events: "",
    },
    {
      name: "goes on for who is not seen for a moment",
      seen: [...frames(20, ann), ...frames(15), ...frames(20, ann)],
      events: "whole +1 → 1",
    },
    {
      name: "shrinks by who is gone for long",
      seen: [...frames(20, ann), ...frames(40)],
      events: "whole +1 → 1, whole -1 → 0",
    },
    {
      name: "is the same for a person with a new track",
      seen: [...frames(20, ann), ...frames(20, { ...ann, track: 9 })],
      events: "whole +1 → 1",
    },
    {
      name: "of a zone follows who walks into it",
      seen: [...frames(20, ann), ...frames(20, { ...ann, x: 800 })],
      events: "whole +1 → 1, right +1 → 1",
    },
  ])("$name", ({ seen, events }) => {
    expect(told(replay(seen, { zones: [right] }))).toBe(events);
  });

  test("is that of the people who are there", () => {
    const { state } = replay([...frames(20, ann, bob), ...frames(10, ann)], { zones: [right] });
    expect(peopleIn(state)).toEqual([1, 2]);
    expect(peopleIn(state, right.id)).toEqual([2]);
    expect(peopleIn(noOccupancy)).toEqual([]);
  });

  test("changes by one with every event, and ends at nobody", () => {
    const visits = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 20 })), { maxLength: 30 });
    fc.assert(
      fc.property(visits, (parts) => {
        const seen = parts.flatMap(([a, b, count]) => frames(count, ...(a ? [ann] : []), ...(b ? [bob] : [])));
        const { state, events } = replay([...seen, ...frames(60)]);
        for (const { current, previous } of events) expect(Math.abs(current - previous)).toBe(1);
        expect(events.filter(({ type }) => type === "person-entered").length * 2).toBe(events.length);
        expect(peopleIn(state)).toEqual([]);
      }),
    );
  });
});

describe("over a while", () => {
  const { state } = replay([...frames(101, ann), ...frames(101, ann, bob), ...frames(201)]);
  const course = state.courses.get(wholePicture);
  if (!course) throw new Error("the whole picture has a course");

  test("the average is weighted by time, and the peak is the most there were", () => {
    // Seen from 0.5 s on, the second from 10.6 s; both are let go of 3 s after 20.1 s.
    const { average, peak, current, known } = occupancyOver(course, seconds(60));
    expect(average).toBeCloseTo((10.1 + 2 * 12.7) / 40.2, 1);
    expect(peak).toBe(2);
    expect(current).toBe(0);
    expect(secondsOf(known)).toBeCloseTo(40.2);
  });

  test("what was before does not count", () => {
    expect(occupancyOver(course, seconds(10))).toEqual({ current: 0, average: 0, peak: 0, known: seconds(10) });
    expect(occupancyOver(course, seconds(20)).peak).toBe(2);
  });

  test("of no time there is only the present", () => {
    const first = replay(frames(1, ann), { enterAfter: seconds(0) }).state.courses.get(wholePicture);
    expect(first && occupancyOver(first, seconds(60))).toEqual({ current: 1, average: 1, peak: 1, known: 0 });
  });

  test("no more is kept than was asked for", () => {
    const coming = Array.from({ length: 600 }, (_, i) => (i % 40 < 10 ? [ann] : []));
    const kept = replay(coming, { keepFor: seconds(10), forgetAfter: seconds(1) }).state.courses.get(wholePicture);
    expect(kept?.changes.length).toBeLessThan(8);
    expect(kept && occupancyOver(kept, seconds(10)).known).toBe(seconds(10));
  });
});

test("a step changes nothing it is given, so that it can be taken again", () => {
  const step = countPeople({ enterAfter: seconds(0) });
  const { state } = step(noOccupancy, peopleFrame([ann]), seconds(0));
  const once = step(state, peopleFrame([ann, bob]), seconds(1));
  expect(step(state, peopleFrame([ann, bob]), seconds(1))).toEqual(once);
  expect(once.events).toHaveLength(1);
});
