import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROOM_FPS, ROOM_SIZE, type Walker, walkerBox, walkersAt } from "./simulated-room.ts";

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
const seconds = fc.double({ min: 0, max: 86_400, noNaN: true });

describe("the simulated room", () => {
  it("is the same at the same moment for whoever asks", () => {
    fc.assert(
      fc.property(seeds, seconds, (seed, at) => {
        expect(walkersAt(seed, at)).toEqual(walkersAt(seed, at));
      }),
    );
  });

  it("is another one for another seed", () => {
    expect(walkersAt(1, 60)).not.toEqual(walkersAt(2, 60));
  });

  it("has people of human proportions, standing on the floor", () => {
    fc.assert(
      fc.property(seeds, seconds, (seed, at) => {
        for (const walker of walkersAt(seed, at)) {
          const [x1, y1, x2, y2] = walkerBox(walker);
          expect((x2 - x1) / (y2 - y1)).toBeCloseTo(0.34);
          expect(y1).toBeGreaterThanOrEqual(0);
          expect(y2).toBeLessThanOrEqual(ROOM_SIZE.height);
          expect(y2).toBeGreaterThan(ROOM_SIZE.height * 0.52);
        }
      }),
    );
  });

  it("lets nobody jump from one picture to the next", () => {
    fc.assert(
      fc.property(seeds, seconds, (seed, at) => {
        const before = byIndex(walkersAt(seed, at));
        for (const [index, { x, y, height }] of byIndex(walkersAt(seed, at + 1 / ROOM_FPS))) {
          const was = before.get(index);
          if (!was) continue;
          expect(Math.abs(x - was.x)).toBeLessThan(15);
          expect(Math.abs(y - was.y)).toBeLessThan(1);
          expect(height).toBe(was.height);
        }
      }),
    );
  });

  it("lets people come and go only at its sides, out of sight", () => {
    for (let picture = 0; picture < 120 * ROOM_FPS; picture++) {
      const before = byIndex(walkersAt(5, picture / ROOM_FPS));
      const after = byIndex(walkersAt(5, (picture + 1) / ROOM_FPS));
      for (const walker of [...only(before, after), ...only(after, before)]) {
        const [x1, , x2] = walkerBox(walker);
        expect(x2 <= 20 || x1 >= ROOM_SIZE.width - 20).toBe(true);
      }
    }
  });

  it("is seldom empty and never crowded, and people walk both ways", () => {
    const directions = new Set<number>();
    let most = 0;
    let people = 0;
    for (let at = 20; at < 620; at++) {
      const now = byIndex(walkersAt(3, at));
      people += now.size;
      most = Math.max(most, now.size);
      for (const [index, { x }] of byIndex(walkersAt(3, at + 0.5)))
        directions.add(Math.sign(x - (now.get(index)?.x ?? x)));
    }
    expect(people / 600).toBeGreaterThan(1.5);
    expect(most).toBeLessThan(8);
    expect(directions).toContain(1);
    expect(directions).toContain(-1);
  });
});

const byIndex = (walkers: readonly Walker[]): Map<number, Walker> =>
  new Map(walkers.map((walker) => [walker.index, walker]));

const only = (some: Map<number, Walker>, others: Map<number, Walker>): Walker[] =>
  [...some.values()].filter(({ index }) => !others.has(index));
