import { microsFromSeconds } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { peopleFrame, type Standing } from "../../../test/people-frames.ts";
import { noPresence, type PresenceEvent, type PresenceState, presenceOf, trackPresence } from "./track-presence.ts";

type Frames = readonly (readonly Standing[])[];

/** One frame a tenth of a second. */
function replay(frames: Frames): { readonly state: PresenceState; readonly events: readonly PresenceEvent[] } {
  const step = trackPresence();
  let state = noPresence;
  const events = frames.flatMap((people, i): readonly PresenceEvent[] => {
    const next = step(state, peopleFrame(people), microsFromSeconds(i / 10));
    state = next.state;
    return next.events;
  });
  return { state, events };
}

const frames = (count: number, ...people: readonly Standing[]): Frames => Array.from({ length: count }, () => people);
const ann: Standing = { person: 1, x: 200 };
const bob: Standing = { person: 2, x: 700 };

/** "started 1, lost 1" */
const told = (seen: Frames): string =>
  replay(seen)
    .events.map(({ type, person }) => `${type} ${person}`)
    .join(", ");

describe("somebody", () => {
  test.each<{ name: string; seen: Frames; events: string }>([
    { name: "who comes is told at once", seen: frames(1, ann), events: "started 1" },
    {
      name: "who blinks out for less than a second is not lost",
      seen: [...frames(5, ann), ...frames(9), ...frames(5, ann)],
      events: "started 1",
    },
    {
      name: "who is not seen for a second is lost",
      seen: [...frames(5, ann), ...frames(12)],
      events: "started 1, lost 1",
    },
    {
      name: "who is seen again is recovered, under whatever track",
      seen: [...frames(5, ann), ...frames(30), ...frames(5, { ...ann, track: 9 })],
      events: "started 1, lost 1, recovered 1",
    },
    {
      name: "who is not seen for ten seconds is gone for good",
      seen: [...frames(5, ann), ...frames(120)],
      events: "started 1, lost 1, ended 1",
    },
    {
      name: "comes and goes without regard to others",
      seen: [...frames(5, ann, bob), ...frames(120, bob)],
      events: "started 1, started 2, lost 1, ended 1",
    },
  ])("$name", ({ seen, events }) => {
    expect(told(seen)).toBe(events);
  });

  test("is told with when they were first seen, where they were last, and how steadily they were seen", () => {
    const [, lost] = replay([...frames(2, ann), ...frames(2), ...frames(1, { ...ann, x: 300 }), ...frames(11)]).events;
    expect(lost).toMatchObject({ type: "lost", firstSeen: 0, lastSeen: 400_000, position: { x: 300, y: 250 } });
    expect(lost?.at).toBe(1_500_000);
    expect(lost?.quality).toBeCloseTo(3 / 5);
  });

  test("is known to be lost while not seen", () => {
    const { state } = replay([...frames(5, ann, bob), ...frames(20, bob)]);
    expect(presenceOf(state, 1)).toMatchObject({ lost: true, track: 1 });
    expect(presenceOf(state, 2)).toMatchObject({ lost: false, quality: 1 });
    expect(presenceOf(state, 3)).toBeNull();
  });
});

test("everybody who started ends once, whatever was seen, and is lost one time more than recovered", () => {
  const visits = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 150 })), { maxLength: 12 });
  fc.assert(
    fc.property(visits, (parts) => {
      const seen = parts.flatMap(([a, b, count]) => frames(count, ...(a ? [ann] : []), ...(b ? [bob] : [])));
      const { events, state } = replay([...seen, ...frames(120)]);
      const count = (type: PresenceEvent["type"]) => events.filter((event) => event.type === type).length;
      expect(count("ended")).toBe(count("started"));
      expect(count("lost")).toBe(count("recovered") + count("started"));
      expect(state.people.size).toBe(0);
      for (const { quality } of events) expect(quality > 0 && quality <= 1).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("a step changes nothing it is given, so that it can be taken again", () => {
  const step = trackPresence();
  const { state } = replay(frames(3, ann));
  const later = microsFromSeconds(2);
  expect(step(state, peopleFrame([bob]), later)).toEqual(step(state, peopleFrame([bob]), later));
  expect(state.people.size).toBe(1);
});

test("times that contradict one another are refused", () => {
  const unusable = { lostAfter: microsFromSeconds(2), endAfter: microsFromSeconds(1) };
  expect(() => trackPresence(unusable)).toThrow(expect.objectContaining({ code: "config-invalid" }));
});
