import { type Micros, micros, microsFromSeconds } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { handOver, handovers } from "../../../test/handed-over.ts";
import { expectPure } from "../../../test/pure-steps.ts";
import { fall, replay, scene, told, watching } from "../../../test/replayed-falls.ts";
import { type TimedFrame, watchPerson } from "../../../test/watched-person.ts";
import type { Action } from "../../simulation/script.ts";
import { simulatePerson } from "../../simulation/simulate-person.ts";
import { emptyFrame, type PeopleFrame } from "../persons/people-frame.ts";
import { detectFalls, noFalls } from "./detect-falls.ts";

test("a fall goes on when the one who fell gets a new track", () => {
  const frames = scene([{ do: "stand", seconds: 2 }, fall("left", 8)]).map(({ frame, at }) => ({
    frame: {
      ...frame,
      tracked: { ...frame.tracked, tracks: frame.tracked.tracks.map((track) => (at > 4e6 ? 9 : track)) },
    },
    at,
  }));
  expect(replay(frames).map(({ track }) => track)).toEqual([1, 9]);
});

test("a track that goes over to somebody further away is no fall", () => {
  const standing = { do: "stand", seconds: 3 } as const;
  const near = scene([standing]);
  const far = watchPerson(
    simulatePerson(3, { start: { x: 9, y: 0, heading: 0 }, actions: [{ ...standing, seconds: 8 }] }),
    { ...watching, camera: { ...watching.camera, pitch: 0 } },
  );
  const swapped = [...near, ...far.filter(({ seconds }) => seconds > 3)];
  expect(told(replay(swapped, { minConfidence: 0.05 }))).toBe("");
});

describe("a track that goes over to somebody far behind is no fall", () => {
  const rates = [3, 4, 5, 6, 10, 15];
  const conditions = { noise: 0.015, dropout: 0.05, missed: 0.03 };

  test.each(handovers.flatMap((between) => rates.map((framesPerSecond) => ({ between, framesPerSecond }))))(
    "$between, at $framesPerSecond frames a second",
    (how) => {
      for (let seed = 700_015; seed < 700_025; seed++) {
        expect(told(replay(handOver({ ...how, seed, conditions })))).toBe("");
      }
    },
  );
});

test("who is seen as a box alone beside people with poses does not begin to fall", () => {
  const boxes = scene([{ do: "stand", seconds: 2 }, fall("forward")], { poses: false });
  const posed = boxes.map(({ frame, at }) => ({
    frame: { ...frame, keypoints: new Float32Array(51 * frame.tracked.count) },
    at,
  }));
  expect(told(replay(boxes))).toBe("suspected, confirmed");
  expect(told(replay(posed))).toBe("");
});

describe("falls are told alike", () => {
  const actions: readonly Action[] = [
    { do: "stand", seconds: 2 },
    fall("left"),
    { do: "get-up" },
    { do: "sit", seconds: 0.6, hold: 4 },
    fall("forward"),
  ];

  test.each([5, 8, 10, 15, 25, 30])("at %d frames a second", (framesPerSecond) => {
    const still = { noise: 0.005, dropout: 0, missed: 0 };
    const events = replay(scene(actions, { framesPerSecond, conditions: still }));
    expect(told(events)).toBe("suspected, confirmed, recovered, suspected, confirmed");
  });

  const plain = scene(actions);
  const scaled = (factor: number): Pick<TimedFrame, "frame" | "at">[] =>
    plain.map(({ frame, at }) => ({
      at,
      frame: {
        ...frame,
        size: { width: frame.size.width * factor, height: frame.size.height * factor },
        tracked: { ...frame.tracked, boxes: frame.tracked.boxes.map((value) => value * factor) },
        keypoints: frame.keypoints?.map((value, i) => (i % 3 === 2 ? value : value * factor)) ?? null,
      },
    }));

  test("in a picture of any size", () => {
    const expected = replay(plain);
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 5, noNaN: true }), (factor) => {
        const events = replay(scaled(factor));
        expect(told(events)).toBe(told(expected));
        events.forEach(({ impact, startedAt }, i) => {
          expect(impact).toBeCloseTo(expected[i]?.impact ?? 0, 3);
          expect(startedAt).toBe(expected[i]?.startedAt);
        });
      }),
      { numRuns: 20 },
    );
  });
});

/** Instants so many micros apart. */
function timesOf(steps: readonly number[]): Micros[] {
  let at = 0;
  return steps.map((step) => {
    at += step;
    return micros(at);
  });
}

test("nothing happens where nobody is", () => {
  const empty = emptyFrame(watching.camera.size);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1e6 }), { maxLength: 100 }), (steps) => {
      expect(replay(timesOf(steps).map((at) => ({ frame: empty, at })))).toEqual([]);
    }),
  );
});

test("whatever is seen, times are in order and shares are shares", () => {
  const keypoints = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 51, maxLength: 51 });
  const pixels = fc.double({ min: 0, max: 2000, noNaN: true });
  const boxes = fc.tuple(pixels, pixels, pixels, pixels);
  fc.assert(
    fc.property(fc.array(fc.tuple(keypoints, boxes, fc.integer({ min: 1, max: 5e5 })), { maxLength: 60 }), (seen) => {
      const times = timesOf(seen.map(([, , step]) => step));
      const frames = seen.map(([points, [x, y, width, height]], i): { frame: PeopleFrame; at: Micros } => ({
        at: times[i] ?? micros(0),
        frame: {
          size: { width: 1000, height: 1000 },
          tracked: {
            count: 1,
            boxes: Float32Array.of(x, y, x + width + 1, y + height + 1),
            scores: Float32Array.of(0.9),
            classes: new Uint16Array(1),
            tracks: Int32Array.of(1),
          },
          persons: Int32Array.of(1),
          keypoints: Float32Array.from(points, (value, i) => (i % 3 === 2 ? Math.abs(value) / 1e4 : value)),
        },
      }));
      for (const { startedAt, impactAt, duration, impact, confidence } of replay(frames)) {
        expect(startedAt).toBeLessThanOrEqual(impactAt);
        expect(duration).toBeGreaterThanOrEqual(0);
        expect(impact >= 0 && impact <= 1 && confidence >= 0 && confidence <= 1).toBe(true);
      }
    }),
  );
});

test("a step changes nothing it is given, so that it can be taken again", () => {
  expectPure(detectFalls(), { from: noFalls, frames: scene([{ do: "stand", seconds: 2 }, fall("left")]) });
});

test("takes no more memory however many people there were", () => {
  const step = detectFalls({ forgetAfter: microsFromSeconds(10) });
  let state = noFalls;
  let most = 0;
  const [first] = scene([{ do: "stand", seconds: 1 }]).filter(({ frame }) => frame.tracked.count === 1);
  if (!first) throw new Error("nobody was seen");
  for (let i = 1; i < 300; i++) {
    state = step(state, { ...first.frame, persons: Int32Array.of(i) }, microsFromSeconds(i)).state;
    most = Math.max(most, state.people.size);
  }
  expect(most).toBe(11);
});
