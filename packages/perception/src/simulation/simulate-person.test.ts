import { COCO_KEYPOINTS } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cameraAt, keypointsIn, project } from "./camera.ts";
import { type Observation, observePerson } from "./observe.ts";
import type { Action, FallDirection, Script } from "./script.ts";
import { type SimulatedPerson, simulatePerson } from "./simulate-person.ts";
import type { Place, Skeleton } from "./skeleton.ts";

const script = (...actions: readonly Action[]): Script => ({ start: { x: 4, y: 0, heading: 0 }, actions });

/** Everything there is to do, once. */
const day = script(
  { do: "stand", seconds: 1 },
  { do: "walk", to: { x: 5, y: 1 } },
  { do: "sit", hold: 2 },
  { do: "tie-shoes", hold: 1 },
  { do: "run", to: { x: 3, y: -1 } },
  { do: "jump", times: 2 },
  { do: "bend", hold: 1 },
  { do: "kneel", hold: 1 },
  { do: "lie", on: "bed", hold: 2 },
  { do: "fall", direction: "backward", hold: 2 },
  { do: "sit-on-floor", hold: 1 },
  { do: "lie", on: "floor", hold: 1 },
  { do: "turn", to: 1 },
);

const joint = (skeleton: Skeleton, name: (typeof COCO_KEYPOINTS)[number]): Place => {
  const place = skeleton[COCO_KEYPOINTS.indexOf(name)];
  if (!place) throw new Error(`no ${name}`);
  return place;
};
const apart = (a: Place, b: Place): number => Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);

const moments = (person: SimulatedPerson, every = 0.05) =>
  Array.from({ length: Math.ceil(person.duration / every) }, (_, i) => person.at(i * every));

describe("a simulated person", () => {
  test("does the same again for the same seed, and otherwise for another", () => {
    const [once, again, other] = [simulatePerson(7, day), simulatePerson(7, day), simulatePerson(8, day)];
    expect(moments(again, 0.5)).toEqual(moments(once, 0.5));
    expect(moments(other, 0.5)).not.toEqual(moments(once, 0.5));
  });

  test("has legs that do not stretch, and stays above the floor", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const person = simulatePerson(seed, day);
        for (const { skeleton } of moments(person, 0.2)) {
          expect(skeleton).toHaveLength(17);
          expect(Math.min(...skeleton.map(({ z }) => z))).toBeGreaterThan(0);
          expect(Math.max(...skeleton.map(({ z }) => z))).toBeLessThan(2.4);
          const torso = apart(joint(skeleton, "left_hip"), joint(skeleton, "left_shoulder"));
          expect(torso / person.stature).toBeLessThan(0.3);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("never jumps from one place to another", () => {
    const all = moments(simulatePerson(3, day), 0.02);
    const steps = all.slice(1).map(({ skeleton }, i) => {
      const before = all[i]?.skeleton ?? [];
      return Math.max(...skeleton.map((place, j) => apart(place, before[j] ?? place)));
    });
    // 12 m/s, of a wrist in a fall.
    expect(Math.max(...steps)).toBeLessThan(0.24);
  });

  test("does what the script says, in its order", () => {
    const told = moments(simulatePerson(5, day)).map(({ activity }) => activity);
    const order = told.filter((activity, i) => activity !== "unknown" && activity !== told[i - 1]);
    expect(order.filter((activity, i) => activity !== order[i - 1])).toEqual([
      "standing",
      "walking",
      "sitting",
      "running",
      "jumping",
      "lying",
      "falling",
      "lying",
      "sitting",
      "lying",
    ]);
  });

  test("tells when it falls, lies and gets up", () => {
    const person = simulatePerson(
      5,
      script({ do: "stand", seconds: 2 }, { do: "fall", direction: "left", seconds: 0.7, hold: 3 }, { do: "get-up" }),
    );
    const [fall, ...others] = person.falls;
    expect(others).toEqual([]);
    expect(fall?.start).toBeCloseTo(2);
    expect(fall?.impact).toBeCloseTo(2.7);
    expect(fall?.end).toBeCloseTo(2.7 + 0.4 + 3);
    expect(joint(person.at(1).skeleton, "nose").z).toBeGreaterThan(1.3);
    expect(joint(person.at(4).skeleton, "nose").z).toBeLessThan(0.6);
    expect(joint(person.at(person.duration).skeleton, "nose").z).toBeGreaterThan(1.3);
  });

  // Choi, Wakeling and Robinovitch 2015: head 2.9 m/s (SD 0.9), pelvis 2.1 m/s (SD 0.6).
  test("falls about as fast as people were filmed to", () => {
    const directions: readonly FallDirection[] = ["forward", "backward", "left", "right"];
    const fastest = (name: "nose" | "left_hip"): number => {
      const speeds = Array.from({ length: 40 }, (_, seed) => {
        const direction = directions[seed % 4] ?? "left";
        const person = simulatePerson(seed, script({ do: "stand", seconds: 1 }, { do: "fall", direction, hold: 1 }));
        const heights = moments(person, 0.03).map(({ skeleton }) => joint(skeleton, name).z);
        return Math.max(...heights.slice(1).map((z, i) => ((heights[i] ?? z) - z) / 0.03));
      });
      return speeds.reduce((sum, speed) => sum + speed / speeds.length, 0);
    };
    expect(fastest("nose")).toBeGreaterThan(2.3);
    expect(fastest("nose")).toBeLessThan(3.5);
    expect(fastest("left_hip")).toBeGreaterThan(1.6);
    expect(fastest("left_hip")).toBeLessThan(2.7);
  });
});

describe("a camera", () => {
  const camera = cameraAt(2.4, 4);

  test("sees what it looks at in the middle, and what is higher further up", () => {
    expect(project({ x: 4, y: 0, z: 0.8 }, camera)?.x).toBeCloseTo(640);
    expect(project({ x: 4, y: 0, z: 0.8 }, camera)?.y).toBeCloseTo(360);
    expect(project({ x: 4, y: 0, z: 1.7 }, camera)?.y).toBeLessThan(360);
  });

  test("sees what is on its left on the left", () => {
    expect(project({ x: 4, y: 1, z: 1 }, camera)?.x).toBeLessThan(640);
  });

  test("does not see what is behind it", () => {
    expect(project({ x: -1, y: 0, z: 1 }, camera)).toBeUndefined();
    expect(
      keypointsIn(camera, simulatePerson(1, { start: { x: -3, y: 0, heading: 0 }, actions: [] }).at(0).skeleton),
    ).toBeUndefined();
  });
});

describe("what is seen of a simulated person", () => {
  const person = simulatePerson(4, script({ do: "stand", seconds: 60 }));
  const clear: Observation = { camera: cameraAt(1.5, 4), conditions: { noise: 0, dropout: 0, missed: 0 }, seed: 1 };
  const observe = (seconds: number, conditions: Partial<Observation["conditions"]>) =>
    observePerson(person, seconds, { ...clear, conditions: { ...clear.conditions, ...conditions } });

  test("is the same however often and in whatever order it is asked for", () => {
    const shaken = { noise: 0.02, dropout: 0.1, missed: 0.1 };
    const first = Array.from({ length: 50 }, (_, i) => observe(i / 10, shaken));
    const reversed = Array.from({ length: 50 }, (_, i) => observe((49 - i) / 10, shaken));
    expect(reversed.reverse()).toEqual(first);
  });

  test("is a box around the keypoints", () => {
    const { count, boxes, keypoints } = observe(1, {});
    expect(count).toBe(1);
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = boxes;
    for (let i = 0; i < 17; i++) {
      expect(keypoints[3 * i]).toBeGreaterThan(x1);
      expect(keypoints[3 * i]).toBeLessThan(x2);
      expect(keypoints[3 * i + 1]).toBeGreaterThan(y1);
      expect(keypoints[3 * i + 1]).toBeLessThan(y2);
    }
  });

  test("is missed as often as it is said to be", () => {
    const missed = Array.from({ length: 200 }, (_, i) => observe(0.3 * i, { missed: 0.2 })).filter(
      ({ count }) => count === 0,
    );
    expect(missed.length / 200).toBeGreaterThan(0.12);
    expect(missed.length / 200).toBeLessThan(0.28);
  });

  test("ends where a table hides the legs", () => {
    const table = { a: { x: 3, y: -1 }, b: { x: 3, y: 1 }, height: 0.9 };
    const [hidden, free] = [observe(1, { screens: [table] }), observe(1, {})];
    const ankle = COCO_KEYPOINTS.indexOf("left_ankle");
    expect(hidden.keypoints[3 * ankle + 2]).toBeLessThan(0.3);
    expect(free.keypoints[3 * ankle + 2]).toBeGreaterThan(0.8);
    expect(hidden.boxes[3]).toBeLessThan((free.boxes[3] ?? 0) - 50);
  });
});
