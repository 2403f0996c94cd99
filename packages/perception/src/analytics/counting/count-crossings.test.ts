import { lineId, microsFromSeconds, type Size, type Tracked } from "@sensorium/protocol";
import { describe, expect, test } from "vitest";
import { type Crossing, countCrossings, noCounting } from "./count-crossings.ts";
import type { CountingLine, CountingOptions } from "./counting-options.ts";

const size = { width: 100, height: 100 };
/** Down the middle of the picture, from 20 to 80: walking to the right is in. */
const middle: CountingLine = { id: lineId("middle"), a: { x: 0.5, y: 0.2 }, b: { x: 0.5, y: 0.8 } };

type Spot = readonly [x: number, y: number];
/** Where each track's feet are in one frame; a track that is not seen is absent. */
type Frame = ReadonlyMap<number, Spot>;

const alone = (...spots: readonly (Spot | null)[]): Frame[] =>
  spots.map((spot) => new Map(spot ? [[7, spot] as const] : []));

const along = (y: number, ...xs: readonly number[]): Frame[] => alone(...xs.map((x): Spot => [x, y]));

function tracked(frame: Frame, score = 0.8): Tracked {
  const items = [...frame];
  return {
    count: items.length,
    boxes: Float32Array.from(items.flatMap(([, [x, y]]) => [x - 4, y - 20, x + 4, y])),
    scores: Float32Array.from(items, () => score),
    classes: Uint16Array.from(items, () => 3),
    tracks: Int32Array.from(items, ([track]) => track),
  };
}

interface Replay extends Partial<CountingOptions> {
  readonly size?: Size;
  /** Seconds from one frame to the next. */
  readonly every?: number;
}

/** Runs frames through the step, one every 100 ms unless told otherwise. */
function count(frames: readonly Frame[], { size: picture = size, every = 0.1, ...options }: Replay = {}): Crossing[] {
  const step = countCrossings({ lines: [middle], frames: 3, distance: 0.05, ...options });
  let state = noCounting;
  return frames.flatMap((frame, i) => {
    const next = step(state, { tracked: tracked(frame), size: picture }, microsFromSeconds(i * every));
    state = next.state;
    return [...next.events];
  });
}

const directions = (crossings: readonly Crossing[]): string => crossings.map(({ direction }) => direction).join(" ");
const turned: CountingLine = { ...middle, a: middle.b, b: middle.a };

describe("counting at a line", () => {
  test.each<{ name: string; frames: Frame[]; counted: string; options?: Replay }>([
    { name: "a person walking to the right goes in", frames: along(50, 30, 40, 48, 52, 60), counted: "in" },
    { name: "a person walking to the left goes out", frames: along(50, 70, 60, 52, 48, 40), counted: "out" },
    {
      name: "the line given the other way round swaps in and out",
      frames: along(50, 30, 40, 48, 52, 60),
      counted: "out",
      options: { lines: [turned] },
    },
    { name: "a person who only comes near is not counted", frames: along(50, 30, 45, 49, 45, 30), counted: "" },
    { name: "a person who turns back on the line is not counted", frames: along(50, 40, 50, 40, 30), counted: "" },
    { name: "a person who turns back just beyond is not counted", frames: along(50, 40, 52, 53, 48, 40), counted: "" },
    {
      name: "a person who stops just beyond is counted after the set number of frames",
      frames: along(50, 40, 52, 52, 52),
      counted: "in",
    },
    { name: "one frame fewer does not do", frames: along(50, 40, 52, 52), counted: "" },
    { name: "further than the set distance, one frame is enough", frames: along(50, 40, 56), counted: "in" },
    { name: "at the set distance it is not", frames: along(50, 40, 55), counted: "" },
    {
      name: "a box that shakes on the line counts nothing",
      frames: along(50, 40, ...Array.from({ length: 99 }, (_, i) => 50 + 3 * Math.sin(2 * i)), 40),
      counted: "",
    },
    {
      name: "a box that shakes on the line, then goes on, counts once",
      frames: along(50, 40, 51, 49, 52, 48, 51, 49, 52, 60, 70),
      counted: "in",
    },
    { name: "standing on the line counts nothing", frames: along(50, 40, 50, 50, 50, 50, 50, 50), counted: "" },
    {
      name: "standing on the line interrupts the frames beyond",
      frames: along(50, 40, 52, 52, 50, 52, 52, 50, 52, 40),
      counted: "",
    },
    { name: "going on after standing on the line counts", frames: along(50, 40, 50, 50, 50, 60), counted: "in" },
    { name: "going back after standing on the line does not", frames: along(50, 40, 50, 50, 50, 40), counted: "" },
    { name: "appearing on the line and leaving it is no crossing", frames: along(50, 50, 50, 60, 70), counted: "" },
    { name: "appearing on the line and coming back to cross is", frames: along(50, 50, 60, 40), counted: "out" },
    { name: "in, out and in again", frames: along(50, 40, 60, 40, 60), counted: "in out in" },
    {
      name: "in, out and in again, once per track",
      frames: along(50, 40, 60, 40, 60),
      counted: "in",
      options: { lines: [{ ...middle, oncePerTrack: true }] },
    },
    {
      name: "once per track means once in either direction",
      frames: along(50, 60, 40, 60),
      counted: "out",
      options: { lines: [{ ...middle, oncePerTrack: true }] },
    },
    {
      name: "walking around the end of the line is no crossing",
      frames: alone([40, 50], [40, 90], [60, 90], [60, 50]),
      counted: "",
    },
    {
      name: "around the end and back through the line is one",
      frames: alone([40, 50], [40, 90], [60, 90], [60, 50], [40, 50]),
      counted: "out",
    },
    {
      name: "a box that shakes around the end of the line counts nothing",
      frames: alone([40, 80], [51, 83], [49, 78], [51, 83], [49, 78], [48, 79], [47, 79], [46, 79]),
      counted: "",
    },
    { name: "through the end point of the line", frames: alone([40, 80], [60, 80]), counted: "in" },
    { name: "one big step across", frames: alone([0, 50], [99, 50]), counted: "in" },
    { name: "one big step past the end", frames: alone([20, 70], [99, 100]), counted: "" },
    {
      name: "a track that is lost on one side and found on the other",
      frames: alone([40, 50], null, null, [60, 52]),
      counted: "in",
    },
    {
      name: "a track lost and found where the way leads past the line",
      frames: alone([40, 90], null, [60, 90]),
      counted: "",
    },
    {
      name: "a track that ends before the crossing is complete",
      frames: alone([40, 50], [52, 50], null, null),
      counted: "",
    },
    {
      name: "a track forgotten meanwhile starts anew",
      frames: alone([40, 50], null, null, null, [60, 50]),
      counted: "",
      options: { forgetAfter: microsFromSeconds(0.3) },
    },
    {
      name: "a box that ends below the picture crosses with its anchor on the edge",
      frames: alone([40, 130], [60, 130]),
      counted: "in",
      options: { lines: [{ ...middle, b: { x: 0.5, y: 1 } }] },
    },
    {
      name: "a box that ends beside the picture is never beyond a line on that edge",
      frames: alone([90, 50], [104, 50], [108, 50], [120, 50]),
      counted: "",
      options: { lines: [{ ...middle, a: { x: 1, y: 0 }, b: { x: 1, y: 1 } }] },
    },
    {
      name: "another anchor crosses where that anchor is",
      frames: alone([40, 95], [60, 95]),
      counted: "in",
      options: { anchor: "top-centre" },
    },
  ])("$name: $counted", ({ frames, counted, options }) => {
    expect(directions(count(frames, options))).toBe(counted);
  });
});

describe("several at once", () => {
  test("two people abreast are two", () => {
    const frames = [40, 47, 53, 60].map(
      (x): Frame =>
        new Map([
          [1, [x, 45]],
          [2, [x, 55]],
        ]),
    );
    expect(count(frames).map(({ track, direction }) => [track, direction])).toEqual([
      [1, "in"],
      [2, "in"],
    ]);
  });

  test("two people who meet on the line are one in and one out", () => {
    const frames = [40, 48, 52, 60].map(
      (x): Frame =>
        new Map([
          [1, [x, 45]],
          [2, [100 - x, 46]],
        ]),
    );
    expect(count(frames).map(({ track, direction }) => [track, direction])).toEqual([
      [1, "in"],
      [2, "out"],
    ]);
  });

  test("every line counts for itself", () => {
    const lines = [
      middle,
      { ...turned, id: lineId("turned") },
      { id: lineId("right"), a: { x: 0.7, y: 0 }, b: { x: 0.7, y: 1 }, oncePerTrack: true },
      { id: lineId("elsewhere"), a: { x: 0, y: 0.1 }, b: { x: 1, y: 0.1 } },
    ];
    const crossings = count(along(50, 40, 60, 80, 60, 80), { lines });
    expect(crossings.map(({ line, direction }) => `${line} ${direction}`)).toEqual([
      "middle in",
      "turned out",
      "right in",
    ]);
  });
});

describe("the record of a crossing", () => {
  test("tells the instant and the place where the path met the line, not where it was confirmed", () => {
    const [crossing] = count(along(50, 30, 45, 53, 53, 53), { every: 0.2 });
    expect(crossing).toEqual({
      line: "middle",
      direction: "in",
      track: 7,
      classIndex: 3,
      score: expect.closeTo(0.8, 5),
      at: microsFromSeconds(0.2 + (0.2 * 5) / 8),
      point: { x: 0.5, y: 0.5 },
    });
  });

  test("is of the last time it met the line, when it shook there first", () => {
    const [crossing] = count(along(50, 40, 52, 48, 52, 60));
    expect(crossing?.at).toBe(microsFromSeconds(0.25));
  });

  test("is of the moment the line was left, when the person stood on it", () => {
    const [crossing] = count(along(50, 40, 50, 50, 50, 60));
    expect(crossing?.at).toBe(microsFromSeconds(0.3));
  });

  test.each([
    { name: "the sighting before", from: 49, to: 60, score: 0.8 },
    { name: "the sighting after", from: 40, to: 56, score: 0.4 },
  ])("carries the score of $name when that is nearer", ({ from, to, score }) => {
    const step = countCrossings({ lines: [middle] });
    const [before = new Map(), after = new Map()] = along(50, from, to);
    const first = step(noCounting, { tracked: tracked(before, 0.8), size }, microsFromSeconds(0));
    const second = step(first.state, { tracked: tracked(after, 0.4), size }, microsFromSeconds(0.1));
    expect(second.events[0]?.score).toBeCloseTo(score, 5);
  });

  test("does not change when the camera changes its resolution midway", () => {
    const step = countCrossings({ lines: [middle] });
    const small = step(noCounting, { tracked: tracked(new Map([[7, [45, 50]]])), size }, microsFromSeconds(0));
    const large = { tracked: tracked(new Map([[7, [480, 500]]])), size: { width: 1000, height: 1000 } };
    const still = step(small.state, large, microsFromSeconds(0.1));
    expect(still.events).toEqual([]);
    const over = { ...large, tracked: tracked(new Map([[7, [560, 500]]])) };
    expect(step(still.state, over, microsFromSeconds(0.2)).events).toHaveLength(1);
  });
});

describe("the counter's state", () => {
  test("is not changed by a step, so that the same step can be taken again", () => {
    const step = countCrossings({ lines: [middle] });
    const [before = new Map(), after = new Map()] = along(50, 40, 60);
    const { state } = step(noCounting, { tracked: tracked(before), size }, microsFromSeconds(0));
    const once = step(state, { tracked: tracked(after), size }, microsFromSeconds(1));
    expect(step(state, { tracked: tracked(after), size }, microsFromSeconds(1))).toEqual(once);
    expect(once.events).toHaveLength(1);
  });

  test("holds only the tracks seen of late, however many there were", () => {
    const step = countCrossings({ lines: [middle], forgetAfter: microsFromSeconds(2) });
    let state = noCounting;
    let most = 0;
    for (let i = 0; i < 1000; i++) {
      const frame: Frame = new Map([[i + 1, [40, 50]]]);
      state = step(state, { tracked: tracked(frame), size }, microsFromSeconds(i / 10)).state;
      most = Math.max(most, state.tracks.size);
    }
    expect(most).toBe(21);
  });
});

describe("options that cannot count are refused", () => {
  test.each<{ name: string; options: Partial<CountingOptions> }>([
    { name: "a line without length", options: { lines: [{ ...middle, b: middle.a }] } },
    { name: "a line that is not made of numbers", options: { lines: [{ ...middle, b: { x: Number.NaN, y: 0 } }] } },
    { name: "no frames", options: { frames: 0 } },
    { name: "a negative distance", options: { distance: -0.1 } },
    { name: "a negative memory", options: { forgetAfter: microsFromSeconds(-1) } },
  ])("$name", ({ options }) => {
    expect(() => countCrossings({ lines: [middle], ...options })).toThrow(
      expect.objectContaining({ code: "config-invalid" }),
    );
  });
});
