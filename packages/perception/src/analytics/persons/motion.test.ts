import { type Micros, microsFromSeconds } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Box } from "../../geometry/box.ts";
import { type Motion, predictMotion, seeMotion, startMotion, velocityOf } from "./motion.ts";

/** Somebody 50 × 200 pixels in size whose middle is at x, y. */
const boxAt = (x: number, y: number, scale = 1): Box => ({
  x1: x - 25 * scale,
  y1: y - 100 * scale,
  x2: x + 25 * scale,
  y2: y + 100 * scale,
});

const seconds = (value: number): Micros => microsFromSeconds(value);

/** Followed for some seconds along a way given as places over time. */
function follow(way: (t: number) => Box, { duration = 3, framesPerSecond = 10 } = {}): Motion {
  let motion = startMotion(way(0), seconds(0));
  for (let i = 1; i <= duration * framesPerSecond; i++) {
    const t = i / framesPerSecond;
    motion = seeMotion(motion, way(t), seconds(t));
  }
  return motion;
}

describe("the motion of somebody who walks straight on", () => {
  const walking = follow((t) => boxAt(100 + 80 * t, 300 - 20 * t));

  test("has their velocity in pixels per second", () => {
    expect(velocityOf(walking).x).toBeCloseTo(80, 0);
    expect(velocityOf(walking).y).toBeCloseTo(-20, 0);
  });

  test("says where they will be, less surely the later", () => {
    const soon = predictMotion(walking, 0.5);
    const later = predictMotion(walking, 2);
    expect(soon.position.x).toBeCloseTo(340 + 40, 0);
    expect(later.position.x).toBeCloseTo(340 + 160, -0.5);
    expect(later.confidence).toBeLessThan(soon.confidence);
    expect(predictMotion(walking, 0).confidence).toBeGreaterThan(0.95);
    expect(predictMotion(walking, 60).confidence).toBeLessThan(0.01);
  });

  test("sums up the way they went and the time they took", () => {
    const { distance, fastest, moving, stationary } = walking.statistics;
    expect(distance).toBeGreaterThan(230);
    expect(distance).toBeLessThan(255);
    expect(fastest).toBeLessThan(110);
    expect(moving + stationary).toBeCloseTo(3);
    expect(stationary).toBeLessThan(0.4);
  });

  test("keeps the way of the last ten seconds, twice a second and the present", () => {
    const { trajectory } = follow((t) => boxAt(100 + 20 * t, 300), { duration: 30 });
    expect(trajectory.at(-1)?.at).toBe(seconds(30));
    expect(trajectory[0]?.at).toBeGreaterThanOrEqual(seconds(20));
    expect(trajectory.length).toBeGreaterThan(15);
    expect(trajectory.length).toBeLessThan(24);
    const gaps = trajectory.slice(1, -1).map(({ at }, i) => at - (trajectory[i]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(seconds(0.5));
  });
});

test("a box that shakes where it stands makes no way", () => {
  const { distance, moving } = follow((t) => boxAt(100 + 3 * Math.sin(40 * t), 300), { duration: 10 }).statistics;
  expect(distance).toBeLessThan(10);
  expect(moving).toBeLessThan(0.5);
});

test("time out of sight is neither moving nor stationary, and the way across it counts", () => {
  const before = follow((t) => boxAt(100 + 80 * t, 300));
  const after = seeMotion(before, boxAt(100 + 80 * 8, 300), seconds(8));
  expect(after.statistics.moving).toBe(before.statistics.moving);
  expect(after.statistics.distance - before.statistics.distance).toBeGreaterThan(350);
});

test("a second sighting at the same time changes nothing", () => {
  const motion = startMotion(boxAt(100, 300), seconds(1));
  expect(seeMotion(motion, boxAt(200, 300), seconds(1))).toBe(motion);
});

test("velocity and confidence are the same at 5 and at 30 frames a second, near and far", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -150, max: 150, noNaN: true }),
      fc.double({ min: 0.2, max: 4, noNaN: true }),
      (speed, scale) => {
        const way = (t: number): Box => boxAt(scale * (500 + speed * t), scale * 300, scale);
        const slow = follow(way, { framesPerSecond: 5, duration: 6 });
        const fast = follow(way, { framesPerSecond: 30, duration: 6 });
        expect(Math.abs(velocityOf(slow).x - scale * speed)).toBeLessThan(4 * scale);
        expect(Math.abs(velocityOf(fast).x - scale * speed)).toBeLessThan(4 * scale);
        expect(Math.abs(predictMotion(slow, 1).confidence - predictMotion(fast, 1).confidence)).toBeLessThan(0.1);
      },
    ),
  );
});
