import { type Micros, microsFromSeconds, secondsOf } from "@sensorium/protocol";
import { describe, expect, test } from "vitest";
import { peopleFrame } from "../../../test/people-frames.ts";
import { type Watching, watchPerson } from "../../../test/watched-person.ts";
import { cameraAt } from "../../simulation/camera.ts";
import type { Action } from "../../simulation/script.ts";
import { simulatePerson } from "../../simulation/simulate-person.ts";
import type { PeopleFrame } from "../persons/people-frame.ts";
import { type InactivityEvent, type InactivityOptions, noInactivity, watchInactivity } from "./watch-inactivity.ts";

const seconds = (value: number): Micros => microsFromSeconds(value);

function replay(
  frames: readonly { readonly frame: PeopleFrame; readonly at: Micros }[],
  options: InactivityOptions = { after: seconds(10) },
): InactivityEvent[] {
  const step = watchInactivity(options);
  let state = noInactivity;
  return frames.flatMap(({ frame, at }): readonly InactivityEvent[] => {
    const next = step(state, frame, at);
    state = next.state;
    return next.events;
  });
}

/** Where the feet are over time, one frame a fifth of a second; null where nobody is seen. */
const along = (duration: number, x: (t: number) => number | null) =>
  Array.from({ length: duration * 5 }, (_, i) => {
    const place = x(i / 5);
    return { frame: peopleFrame(place === null ? [] : [{ person: 1, x: place }]), at: seconds(i / 5) };
  });

const told = (events: readonly InactivityEvent[]): string => events.map(({ type }) => type).join(", ");

describe("somebody", () => {
  test.each<{ name: string; x: (t: number) => number | null; events: string }>([
    { name: "who stays is inactive after a time", x: () => 100, events: "inactive" },
    { name: "who walks is not", x: (t) => 100 + 20 * t, events: "" },
    { name: "who shakes on the spot is", x: (t) => 100 + 2 * Math.sin(9 * t), events: "inactive" },
    {
      name: "who moves off in the end is active again",
      x: (t) => (t < 15 ? 100 : 200),
      events: "inactive, active-again",
    },
    { name: "who creeps on slowly is not", x: (t) => 100 + 2 * t, events: "" },
    { name: "who is not seen for a while is", x: (t) => (t > 5 && t < 9 ? null : 100), events: "inactive" },
  ])("$name", ({ x, events }) => {
    expect(told(replay(along(20, x)))).toBe(events);
  });

  test("is told of with when it began and how long it lasted", () => {
    const [inactive, active] = replay(along(25, (t) => (t < 4 ? 100 + 30 * t : t < 20 ? 220 : 320)));
    expect(secondsOf(inactive?.since ?? seconds(0))).toBeGreaterThan(3);
    expect(secondsOf(inactive?.since ?? seconds(0))).toBeLessThan(7);
    expect(secondsOf(inactive?.duration ?? seconds(0))).toBeCloseTo(10, 0);
    expect(active?.since).toBe(inactive?.since);
    expect(secondsOf(active?.duration ?? seconds(0))).toBeGreaterThan(13);
  });

  test("who is gone for long starts anew", () => {
    const events = replay(
      along(30, (t) => (t > 12 && t < 20 ? null : 100)),
      {
        after: seconds(8),
        forgetAfter: seconds(5),
      },
    );
    expect(told(events)).toBe("inactive, inactive");
  });
});

describe("by keypoints", () => {
  const watching: Watching = {
    camera: cameraAt(1.8, 4),
    conditions: { noise: 0.01, dropout: 0.05, missed: 0.02 },
    seed: 1,
    framesPerSecond: 10,
    poses: true,
  };
  const scene = (...actions: readonly Action[]) =>
    watchPerson(simulatePerson(2, { start: { x: 4, y: 0, heading: 1 }, actions }), watching);

  test("who sits still is inactive, whatever the noise", () => {
    expect(told(replay(scene({ do: "sit", hold: 25 })))).toBe("inactive");
  });

  test("who sits and ties a shoe now and then is not", () => {
    const tying: Action = { do: "tie-shoes", hold: 1 };
    expect(told(replay(scene({ do: "sit", hold: 6 }, tying, { do: "sit", hold: 6 }, tying)))).toBe("");
  });
});

test("a step changes nothing it is given, so that it can be taken again", () => {
  const step = watchInactivity({ after: seconds(1) });
  const { state } = step(noInactivity, peopleFrame([{ person: 1, x: 100 }]), seconds(0));
  const once = step(state, peopleFrame([{ person: 1, x: 101 }]), seconds(2));
  expect(step(state, peopleFrame([{ person: 1, x: 101 }]), seconds(2))).toEqual(once);
  expect(once.events).toHaveLength(1);
});

test("negative values are refused", () => {
  for (const options of [{ after: seconds(-1) }, { forgetAfter: seconds(-1) }, { tolerance: -1 }]) {
    expect(() => watchInactivity(options)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  }
});
