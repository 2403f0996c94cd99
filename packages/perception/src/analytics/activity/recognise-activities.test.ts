import { type Micros, micros, microsFromSeconds } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectPure } from "../../../test/pure-steps.ts";
import { type TimedFrame, type Watching, watchPerson } from "../../../test/watched-person.ts";
import { cameraAt } from "../../simulation/camera.ts";
import type { Action, Script } from "../../simulation/script.ts";
import { simulatePerson } from "../../simulation/simulate-person.ts";
import type { Activity } from "./activities.ts";
import { type ActivityEvent, activityOf, noActivities, recogniseActivities } from "./recognise-activities.ts";

const watching: Watching = {
  camera: cameraAt(1.8, 5),
  conditions: { noise: 0.01, dropout: 0.02, missed: 0 },
  seed: 1,
  framesPerSecond: 15,
  poses: true,
};

/** Five metres away, with the side to the camera. */
const here: Script["start"] = { x: 5, y: 0, heading: Math.PI / 2 };

const scene = (actions: readonly Action[], how: Partial<Watching> = {}, start = here): TimedFrame[] =>
  watchPerson(simulatePerson(2, { start, actions }), { ...watching, ...how });

function replay(frames: readonly Pick<TimedFrame, "frame" | "at">[]) {
  const step = recogniseActivities();
  let state = noActivities;
  const events: ActivityEvent[] = [];
  const doing: (Activity | undefined)[] = [];
  for (const { frame, at } of frames) {
    const next = step(state, frame, at);
    state = next.state;
    events.push(...next.events);
    doing.push(activityOf(state, 1)?.activity);
  }
  return { events, doing, state };
}

/** "standing walking standing" */
const told = (frames: readonly Pick<TimedFrame, "frame" | "at">[]): string =>
  replay(frames)
    .events.map(({ activity }) => activity)
    .join(" ");

describe("somebody", () => {
  test.each<{
    name: string;
    actions: readonly Action[];
    activities: string;
    how?: Partial<Watching>;
    at?: Script["start"];
  }>([
    { name: "who stands", actions: [{ do: "stand", seconds: 5 }], activities: "standing" },
    {
      name: "who walks across the picture",
      actions: [
        { do: "stand", seconds: 1.5 },
        { do: "walk", to: { x: 5, y: 2 } },
        { do: "stand", seconds: 2 },
      ],
      activities: "standing walking standing",
    },
    {
      name: "who walks towards the camera",
      actions: [
        { do: "stand", seconds: 1.5 },
        { do: "walk", to: { x: 3, y: 0 } },
        { do: "stand", seconds: 2 },
      ],
      activities: "standing walking standing",
      at: { ...here, heading: Math.PI },
    },
    {
      name: "who runs past",
      actions: [
        { do: "stand", seconds: 1 },
        { do: "run", to: { x: 8, y: 3.5 }, metresPerSecond: 3.2 },
      ],
      activities: "standing running",
      how: { camera: cameraAt(1.8, 8) },
      at: { x: 8, y: -3.5, heading: Math.PI / 2 },
    },
    {
      name: "who sits down",
      actions: [
        { do: "stand", seconds: 2 },
        { do: "sit", hold: 5 },
      ],
      activities: "standing sitting",
    },
    {
      name: "who sits, seen from the front",
      actions: [
        { do: "stand", seconds: 1.5 },
        { do: "sit", hold: 5 },
      ],
      activities: "standing sitting",
      at: { ...here, heading: Math.PI },
    },
    {
      name: "who bends down stands",
      actions: [
        { do: "stand", seconds: 2 },
        { do: "bend", hold: 2 },
        { do: "stand", seconds: 1 },
      ],
      activities: "standing",
    },
    {
      name: "who jumps",
      actions: [
        { do: "stand", seconds: 2 },
        { do: "jump", times: 1 },
        { do: "stand", seconds: 2 },
      ],
      activities: "standing jumping standing",
    },
    {
      name: "who falls",
      actions: [
        { do: "stand", seconds: 2 },
        { do: "fall", direction: "left", seconds: 0.8, hold: 3 },
      ],
      activities: "standing falling lying",
    },
  ])("$name: $activities", ({ actions, activities, how, at }) => {
    expect(told(scene(actions, how, at))).toBe(activities);
  });

  test("who lies down lies in the end, and does not fall", () => {
    const { events } = replay(
      scene([
        { do: "stand", seconds: 2 },
        { do: "lie", on: "floor", seconds: 6, hold: 4 },
      ]),
    );
    expect(events.at(-1)?.activity).toBe("lying");
    expect(events.map(({ activity }) => activity)).not.toContain("falling");
  });

  test("whose legs are hidden is not said to stand or sit", () => {
    const desk = { a: { x: 4, y: -1 }, b: { x: 4, y: 1 }, height: 0.9 };
    const { doing } = replay(
      scene([{ do: "stand", seconds: 4 }], { conditions: { ...watching.conditions, screens: [desk] } }),
    );
    expect(doing.at(-1)).toBe("unknown");
  });
});

describe("without keypoints", () => {
  const boxes: Partial<Watching> = { poses: false };
  test("standing and sitting are one, and less sure", () => {
    const seen = replay(scene([{ do: "stand", seconds: 4 }], boxes)).events.at(-1);
    const posed = replay(scene([{ do: "stand", seconds: 4 }])).events.at(-1);
    expect(seen?.activity).toBe("standing");
    expect(seen?.confidence).toBeLessThan(posed?.confidence ?? 0);
  });

  test("walking and lying are still told", () => {
    expect(
      told(
        scene(
          [
            { do: "stand", seconds: 1.5 },
            { do: "walk", to: { x: 5, y: 2 } },
          ],
          boxes,
        ),
      ),
    ).toBe("standing walking");
    const fallen = scene(
      [
        { do: "stand", seconds: 2 },
        { do: "fall", direction: "forward", hold: 3 },
      ],
      boxes,
    );
    expect(told(fallen)).toMatch(/lying$/);
  });
});

test("what somebody does does not flicker under noise", () => {
  const noisy: Partial<Watching> = { conditions: { noise: 0.03, dropout: 0.15, missed: 0.05 } };
  const { events } = replay(
    scene(
      [
        { do: "stand", seconds: 20 },
        { do: "sit", hold: 20 },
        { do: "stand", seconds: 20 },
      ],
      noisy,
    ),
  );
  expect(events.length).toBeLessThanOrEqual(8);
});

describe("activities are told alike", () => {
  const actions: readonly Action[] = [
    { do: "stand", seconds: 2 },
    { do: "walk", to: { x: 5, y: 2 } },
    { do: "sit", hold: 4 },
    { do: "fall", direction: "forward", seconds: 0.7, hold: 4 },
  ];

  test.each([5, 10, 15, 30])("at %d frames a second", (framesPerSecond) => {
    const frames = scene(actions, { framesPerSecond, conditions: { noise: 0.005, dropout: 0, missed: 0 } });
    const { doing } = replay(frames);
    const right = frames.filter(({ seconds }, i) => {
      const person = simulatePerson(2, { start: here, actions });
      const truth = person.at(seconds).activity;
      const settled = person.at(Math.max(0, seconds - 1)).activity === truth && seconds > 1;
      return !settled || truth === "unknown" || doing[i] === truth;
    });
    expect(right.length / frames.length).toBeGreaterThan(0.97);
  });

  test("in a picture of any size", () => {
    const frames = scene(actions);
    const expected = replay(frames).events;
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 5, noNaN: true }), (factor) => {
        const scaled = frames.map(({ frame, at }) => ({
          at,
          frame: {
            ...frame,
            size: { width: frame.size.width * factor, height: frame.size.height * factor },
            tracked: { ...frame.tracked, boxes: frame.tracked.boxes.map((value) => value * factor) },
            keypoints: frame.keypoints?.map((value, i) => (i % 3 === 2 ? value : value * factor)) ?? null,
          },
        }));
        expect(told(scaled)).toBe(expected.map(({ activity }) => activity).join(" "));
      }),
      { numRuns: 10 },
    );
  });
});

test("an event says what was before, and since when it is so", () => {
  const { events } = replay(
    scene([
      { do: "stand", seconds: 2 },
      { do: "sit", hold: 4 },
    ]),
  );
  expect(events.map(({ previous }) => previous)).toEqual([null, "standing"]);
  expect(events.map(({ person, track }) => [person, track])).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(events[1]?.since).toBeGreaterThan(microsFromSeconds(2));
  expect(events[1]?.since).toBeLessThan(microsFromSeconds(4));
});

test("a step changes nothing it is given, so that it can be taken again", () => {
  const frames = scene([
    { do: "stand", seconds: 1 },
    { do: "sit", hold: 2 },
  ]);
  expectPure(recogniseActivities(), { from: noActivities, frames });
});

test("who is not seen for long is forgotten", () => {
  const { state } = replay(scene([{ do: "stand", seconds: 1 }]));
  const [first] = scene([{ do: "stand", seconds: 1 }]);
  if (!first) throw new Error("no frame");
  const empty = { ...first.frame, persons: new Int32Array(0) };
  expect(recogniseActivities()(state, empty, microsFromSeconds(5)).state.people.size).toBe(1);
  expect(recogniseActivities()(state, empty, microsFromSeconds(7)).state.people.size).toBe(0);
});

test("negative times are refused", () => {
  const negative: Micros = microsFromSeconds(-1);
  for (const options of [{ settleAfter: negative }, { forgetAfter: negative }]) {
    expect(() => recogniseActivities(options)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  }
});

test("a clock that is set back begins anew, and what people do is as sure as ever", () => {
  const frames = scene([{ do: "stand", seconds: 3 }]);
  const later = frames.map(({ frame, at }) => ({ frame, at: micros(at + 60e6) }));
  const { state, doing } = replay([...later, ...frames]);
  expect(doing.at(-1)).toBe("standing");
  expect(activityOf(state, 1)?.confidence).toBeLessThanOrEqual(1);
});
