import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Occupant, ROOM_FPS, ROOM_SIZE, SimulatedRoom } from "./room.ts";

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
const seconds = fc.double({ min: 0, max: 86_400, noNaN: true });
const runs = { numRuns: 30 };

describe("the simulated room", () => {
  it("is the same at the same moment for whoever asks, in whatever order", () => {
    fc.assert(
      fc.property(seeds, seconds, (seed, at) => {
        const room = new SimulatedRoom(seed);
        room.people(at + 100);
        expect(room.people(at)).toEqual(new SimulatedRoom(seed).people(at));
        expect(room.observe(at)).toEqual(new SimulatedRoom(seed).observe(at));
      }),
      runs,
    );
  });

  it("is another one for another seed", () => {
    expect(new SimulatedRoom(1).people(60)).not.toEqual(new SimulatedRoom(2).people(60));
  });

  it("is seen by the model as it is, but for a model's small errors", () => {
    fc.assert(
      fc.property(seeds, seconds, (seed, at) => {
        const room = new SimulatedRoom(seed);
        const { count, keypoints, boxes } = room.observe(at);
        const people = room.people(at);
        expect(count).toBeLessThanOrEqual(people.length);
        for (let i = 0; i < count; i++) {
          const [x = 0, y = 0] = keypoints.subarray(51 * i);
          const nearest = Math.min(
            ...people.map(({ keypoints: [nose] }) => Math.hypot((nose?.x ?? 0) - x, (nose?.y ?? 0) - y)),
          );
          expect(nearest).toBeLessThan(25);
          const [x1 = -1, y1 = -1, x2 = -1, y2 = -1] = boxes.subarray(4 * i);
          expect(x2 - x1).toBeGreaterThan(0);
          expect(y2 - y1).toBeGreaterThan(0);
        }
      }),
      runs,
    );
  });

  it("lets nobody jump from one picture to the next, and come and go only at its sides, out of sight", () => {
    const room = new SimulatedRoom(5);
    let before = byIndex(room.people(0));
    for (let picture = 1; picture < 120 * ROOM_FPS; picture++) {
      const now = byIndex(room.people(picture / ROOM_FPS));
      for (const [index, occupant] of now) {
        const was = before.get(index);
        if (was) expect(Math.abs(middleOf(occupant) - middleOf(was))).toBeLessThan(40);
      }
      for (const occupant of [...only(before, now), ...only(now, before)]) {
        const x = middleOf(occupant);
        expect(x <= 0 || x >= ROOM_SIZE.width).toBe(true);
      }
      before = now;
    }
  });

  it("shows everything a client has to cope with within two minutes: walking, standing, sitting and falls", () => {
    const room = new SimulatedRoom(1);
    const activities = new Set<string>();
    const falls = new Set<number>();
    let most = 0;
    for (let at = 0; at < 120; at += 0.5) {
      const people = room.people(at);
      most = Math.max(most, people.length);
      for (const { activity } of people) activities.add(activity);
      for (const { impact } of room.falls(at)) falls.add(impact);
    }
    expect([...activities].sort()).toEqual(["falling", "lying", "sitting", "standing", "unknown", "walking"]);
    expect(falls.size).toBeGreaterThanOrEqual(2);
    expect(most).toBeLessThan(9);
  });

  it("of seed 1 has the falls and the seat that docs/simulator.md names", () => {
    const room = new SimulatedRoom(1);
    const falls = new Map<number, number>();
    for (let at = 0; at < 90; at += 1)
      for (const { impact, end } of room.falls(at)) falls.set(Math.round(impact), end - impact);
    expect([...falls.keys()]).toEqual([26, 72]);
    expect(falls.get(26)).toBeCloseTo(12.4, 0);
    expect(room.people(66).map(({ activity }) => activity)).toContain("sitting");
  });
});

const byIndex = (people: readonly Occupant[]): Map<number, Occupant> =>
  new Map(people.map((occupant) => [occupant.index, occupant]));

const only = (some: Map<number, Occupant>, others: Map<number, Occupant>): Occupant[] =>
  [...some.values()].filter(({ index }) => !others.has(index));

const middleOf = ({ keypoints }: Occupant): number => keypoints.reduce((sum, { x }) => sum + x / keypoints.length, 0);
