import { micros } from "@sensorium/protocol";
import { describe, expect, test } from "vitest";
import { peopleFrame } from "../../../test/people-frames.ts";
import { type Motion, startMotion } from "../persons/motion.ts";
import { followMovement, type MovementEvent, noMovement } from "./follow-movement.ts";

/** Somebody 100 pixels tall at so many pixels per second, for so many tenths of a second; null is not seen. */
type Way = readonly (readonly [speed: number | null, tenths: number])[];

const first = startMotion({ x1: 180, y1: 200, x2: 220, y2: 300 }, micros(0));
const motionAt = (speed: number): Motion => ({ ...first, at: micros(1), x: { ...first.x, velocity: speed } });

function replay(way: Way) {
  const step = followMovement();
  let state = noMovement;
  const events: MovementEvent["type"][] = [];
  const spent = { moving: 0, stationary: 0 };
  way
    .flatMap(([speed, tenths]) => Array.from({ length: tenths }, () => speed))
    .forEach((speed, i) => {
      const frame = peopleFrame(speed === null ? [] : [{ person: 1, x: 200 }]);
      const next = step(state, { frame, motions: speed === null ? [] : [motionAt(speed)] }, micros(i * 100_000));
      state = next.state;
      events.push(...next.events.map(({ type }) => type));
      spent.moving += state.moving;
      spent.stationary += state.stationary;
    });
  return { events: events.join(" "), ...spent };
}

describe("somebody", () => {
  test.each<{ name: string; way: Way; events: string }>([
    { name: "who stands stays", way: [[0, 30]], events: "" },
    {
      name: "who sways stays",
      way: [
        [0, 10],
        [40, 3],
        [0, 10],
        [40, 3],
        [0, 10],
      ],
      events: "",
    },
    {
      name: "who walks off moves",
      way: [
        [0, 10],
        [80, 20],
      ],
      events: "moves",
    },
    {
      name: "who hesitates on the way goes on moving",
      way: [
        [80, 20],
        [0, 8],
        [80, 20],
      ],
      events: "moves",
    },
    {
      name: "who stops for a second stays",
      way: [
        [80, 20],
        [0, 20],
      ],
      events: "moves stays",
    },
    {
      name: "who goes slowly does as before",
      way: [
        [18, 30],
        [80, 20],
        [18, 30],
      ],
      events: "moves",
    },
    {
      name: "who goes again moves again",
      way: [
        [80, 20],
        [0, 20],
        [80, 20],
      ],
      events: "moves stays moves",
    },
  ])("$name", ({ way, events }) => {
    expect(replay(way).events).toBe(events);
  });

  test("moves and stays for all the time in which they are seen", () => {
    const { moving, stationary } = replay([
      [0, 31],
      [80, 30],
      [0, 40],
    ]);
    expect(moving + stationary).toBeCloseTo(10);
    expect(moving).toBeCloseTo(3.5);
  });

  test("who is out of sight for long does neither", () => {
    const { moving, stationary } = replay([
      [0, 11],
      [null, 50],
      [0, 11],
    ]);
    expect(moving).toBe(0);
    expect(stationary).toBeCloseTo(2);
  });
});
