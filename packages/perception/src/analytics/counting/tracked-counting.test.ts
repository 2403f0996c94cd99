import { type Detections, lineId, microsFromSeconds, type Tracked } from "@sensorium/protocol";
import { describe, expect, test } from "vitest";
import { found, frame, repeat } from "../../../test/people.ts";
import type { TrackerOptions } from "../../tracking/tracker-options.ts";
import { createTracker, trackerNames } from "../../tracking/trackers.ts";
import { type Crossing, countCrossings, noCounting } from "./count-crossings.ts";
import type { CountingOptions } from "./counting-options.ts";

const size = { width: 640, height: 480 };
/** Down the middle, at 320 pixels: walking to the right is in. A crossing is complete 24 pixels beyond it. */
const middle = { id: lineId("middle"), a: { x: 0.5, y: 0 }, b: { x: 0.5, y: 1 } };

/** Somebody who walks 4 pixels a frame to the right from `from`, seen except in the frames he is `hidden` in. */
const walk = (frames: number, { from = 200, hidden = () => false }: Walk = {}): Detections[] =>
  repeat(frames, (i) => (hidden(from + 4 * i) ? found() : found({ x: from + 4 * i })));

interface Walk {
  readonly from?: number;
  readonly hidden?: (x: number) => boolean;
}

/** Hidden from one place to another, for so long that the tracker gives the track up: it goes on under a new number. */
const broken = (from: number, to: number): Detections[] => walk(61, { hidden: (x) => x > from && x < to });
const impatient: TrackerOptions = { lostFor: microsFromSeconds(0.15) };

/** A repeatable shake of up to `reach` pixels either way. */
const shake = (i: number, reach: number): number => reach * Math.sin(7.3 * i) * Math.cos(3.1 * i);

interface Scene {
  readonly name: string;
  readonly frames: Detections[];
  readonly counted: string;
  readonly tracker?: TrackerOptions;
  readonly counting?: Partial<CountingOptions>;
}

describe.each(trackerNames)("people tracked by %s", (tracker) => {
  test.each<Scene>([
    {
      name: "two abreast are two",
      frames: repeat(61, (i) => found({ x: 200 + 4 * i, y: 150 }, { x: 204 + 4 * i, y: 260 })),
      counted: "in in",
    },
    {
      name: "two who meet on the line and pass are one in and one out",
      frames: repeat(61, (i) => found({ x: 200 + 4 * i, y: 180 }, { x: 440 - 4 * i, y: 220 })),
      counted: "in out",
    },
    {
      name: "somebody hidden while crossing is counted, because the tracker waits",
      frames: walk(61, { hidden: (x) => x > 296 && x < 344 }),
      counted: "in",
    },
    {
      name: "a track broken just before the line is counted once: its continuation crosses",
      frames: broken(270, 304),
      tracker: impatient,
      counted: "in",
    },
    {
      name: "a track broken on the line is not counted: neither part was on both sides",
      frames: broken(300, 336),
      tracker: impatient,
      counted: "",
    },
    {
      name: "a track broken just beyond the line, before the crossing is complete, is not counted",
      frames: broken(330, 366),
      tracker: impatient,
      counted: "",
    },
    {
      name: "and is, where one sighting beyond is enough",
      frames: broken(330, 366),
      tracker: impatient,
      counting: { frames: 1 },
      counted: "in",
    },
    {
      name: "a track broken after the crossing is complete is counted once: its continuation does not cross",
      frames: broken(352, 388),
      tracker: impatient,
      counted: "in",
    },
    {
      name: "somebody who stands on the line with a shaking box is not counted",
      frames: [...walk(30), ...repeat(200, (i) => found({ x: 318 + shake(i, 8) }))],
      counted: "",
    },
    {
      name: "and is counted once when he goes on",
      frames: [...walk(30), ...repeat(200, (i) => found({ x: 316 + shake(i, 8) })), ...walk(30, { from: 320 })],
      counted: "in",
    },
    {
      name: "and not at all when he goes back",
      frames: [
        ...walk(30),
        ...repeat(200, (i) => found({ x: 316 + shake(i, 8) })),
        ...repeat(30, (i) => found({ x: 312 - 4 * i })),
      ],
      counted: "",
    },
    {
      name: "somebody who goes out of sight and comes back later the same way is in and out, under two numbers",
      frames: [...walk(61), ...repeat(90, () => found()), ...repeat(61, (i) => found({ x: 440 - 4 * i }))],
      counted: "in out",
    },
    {
      name: "somebody who comes back around the line and crosses again is in twice",
      frames: [...walk(61), ...repeat(90, () => found()), ...walk(61)],
      counted: "in in",
    },
  ])("$name", ({ frames, counted, tracker: options, counting }) => {
    const follower = createTracker(tracker, options);
    const tracked = frames.map((detections, i) => follower.update(detections, frame(i)));
    expect(directions(tracked, counting)).toBe(counted);
  });
});

describe("two tracks that swap their people", () => {
  /** Track 1 starts with the first of two walkers, track 2 with the other; from frame `at` on it is the other way. */
  const swapped = (one: (i: number) => number, other: (i: number) => number, at: number): Tracked[] =>
    repeat(61, (i) => found({ x: one(i), y: 180 }, { x: other(i), y: 220 })).map((detections, i) => ({
      ...detections,
      tracks: i < at ? Int32Array.of(1, 2) : Int32Array.of(2, 1),
    }));
  const right = (i: number): number => 200 + 4 * i;
  const left = (i: number): number => 440 - 4 * i;
  const behind = (i: number): number => right(i) - 8;

  test.each([
    {
      name: "who meet on the line: each seems to turn back, and in less out stays right",
      of: left,
      at: 30,
      counted: "",
    },
    {
      name: "who meet, well before they do: each seems to jump across and to walk back, one too many either way",
      of: left,
      at: 15,
      counted: "out in in out",
    },
    {
      name: "who meet, after both crossings are complete: each seems to jump back, one too many either way",
      of: left,
      at: 50,
      counted: "in out in out",
    },
    { name: "who walk side by side: both are counted", of: behind, at: 31, counted: "in in" },
  ])("$name", ({ of, at, counted }) => {
    expect(directions(swapped(right, of, at))).toBe(counted);
  });
});

/** What is counted, in the order of the crossings themselves. */
function directions(frames: readonly Tracked[], options: Partial<CountingOptions> = {}): string {
  const step = countCrossings({ lines: [middle], ...options });
  let state = noCounting;
  const crossings = frames.flatMap((tracked, i): readonly Crossing[] => {
    const next = step(state, { tracked, size }, frame(i));
    state = next.state;
    return next.events;
  });
  return crossings
    .toSorted((one, other) => one.at - other.at)
    .map(({ direction }) => direction)
    .join(" ");
}
