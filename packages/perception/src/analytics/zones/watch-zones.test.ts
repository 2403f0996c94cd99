import { type Micros, microsFromSeconds, secondsOf, type Tracked, zoneId } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noZones, watchZones, type ZoneEvent, type ZoneState } from "./watch-zones.ts";
import type { ZoneOptions } from "./zone-options.ts";

const size = { width: 100, height: 100 };
/** The middle of the picture, 40 to 60 both ways. */
const till = { id: zoneId("till"), corners: corners([0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]) };

function corners(...xy: readonly (readonly [number, number])[]) {
  return xy.map(([x, y]) => ({ x, y }));
}

type Spot = readonly [x: number, y: number];
/** Where each track's feet are in one frame; a track that is not seen is absent. */
type Frame = ReadonlyMap<number, Spot>;

/** One track along the middle of the picture, one frame every 100 ms; null where it is not seen. */
const along = (...xs: readonly (number | null)[]): Frame[] =>
  xs.map((x) => new Map(x === null ? [] : [[7, [x, 50] as const] as const]));

const stay = (x: number | null, frames: number): (number | null)[] => Array.from({ length: frames }, () => x);

function tracked(frame: Frame): Tracked {
  const items = [...frame];
  return {
    count: items.length,
    boxes: Float32Array.from(items.flatMap(([, [x, y]]) => [x - 4, y - 20, x + 4, y])),
    scores: Float32Array.from(items, () => 0.8),
    classes: Uint16Array.from(items, () => 3),
    tracks: Int32Array.from(items, ([track]) => track),
  };
}

interface Replay {
  readonly events: readonly ZoneEvent[];
  readonly state: ZoneState;
  /** How many were in the first zone after each frame. */
  readonly counts: readonly number[];
}

const quick: ZoneOptions = {
  zones: [till],
  enterAfter: microsFromSeconds(0.3),
  leaveAfter: microsFromSeconds(0.2),
  forgetAfter: microsFromSeconds(1),
};
const tenth = (index: number): Micros => microsFromSeconds(index / 10);

function replay(frames: readonly Frame[], options: Partial<ZoneOptions> = {}): Replay {
  const settings = { ...quick, ...options };
  const step = watchZones(settings);
  let state = noZones;
  const events: ZoneEvent[] = [];
  const counts = frames.map((frame, i) => {
    const next = step(state, { tracked: tracked(frame), size }, tenth(i));
    state = next.state;
    events.push(...next.events);
    return state.occupancy.get(settings.zones[0]?.id ?? till.id) ?? Number.NaN;
  });
  return { events, state, counts };
}

/** "in 0.2" and "out 1.4 after 1.2", in seconds. */
const told = ({ events }: Replay): string =>
  events
    .map((event) =>
      event.type === "entered"
        ? `in ${secondsOf(event.at)}`
        : `out ${secondsOf(event.at)} after ${secondsOf(event.dwell)}`,
    )
    .join(", ");

describe("a zone", () => {
  test.each<{ name: string; frames: Frame[]; events: string; options?: Partial<ZoneOptions> }>([
    {
      name: "tells who walks in and out, at the instants they met its edge, and how long they stayed",
      frames: along(20, 35, 45, 50, 50, 50, 50, 50, 55, 65, 80, 90),
      events: "in 0.15, out 0.85 after 0.7",
    },
    { name: "is not entered by who walks past", frames: along(20, 30, 39, 30, 20), events: "" },
    { name: "is not entered by who only steps in", frames: along(20, 45, 45, 45, 20, 20, 20), events: "" },
    { name: "is entered after the set time, not a frame before", frames: along(20, 45, 45, 45, 45), events: "in 0.08" },
    {
      name: "is not left by who only steps out",
      frames: along(...stay(50, 5), 65, 65, ...stay(50, 5)),
      events: "in 0",
    },
    {
      name: "is left after the set time outside, and was left when its edge was met",
      frames: along(...stay(50, 5), 65, 65, 65),
      events: "in 0, out 0.467 after 0.467",
    },
    {
      name: "counts nothing for a box that shakes on its edge from outside",
      frames: along(20, ...Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 41 : 39)), 20, 20, 20),
      events: "",
    },
    {
      name: "goes on for a box that shakes on its edge from inside",
      frames: along(...stay(50, 5), ...Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 39 : 41)), 50),
      events: "in 0",
    },
    { name: "includes its edge", frames: along(20, ...stay(40, 4)), events: "in 0.1" },
    {
      name: "is entered at once where no time is set",
      frames: along(20, 50, 20),
      events: "in 0.067, out 0.133 after 0.067",
      options: { enterAfter: microsFromSeconds(0), leaveAfter: microsFromSeconds(0) },
    },
    { name: "holds who appears in it from the first sighting", frames: along(...stay(50, 6)), events: "in 0" },
    {
      name: "was left when last seen by who vanishes in it",
      frames: along(...stay(50, 6), ...stay(null, 11)),
      events: "in 0, out 0.5 after 0.5",
    },
    {
      name: "was left at its edge by who vanishes just outside",
      frames: along(...stay(50, 6), 70, ...stay(null, 11)),
      events: "in 0, out 0.55 after 0.55",
    },
    {
      name: "is not left by who is not seen for a moment",
      frames: along(...stay(50, 6), ...stay(null, 9), ...stay(50, 3)),
      events: "in 0",
    },
    {
      name: "is not entered by who is found in it after a gap and goes at once",
      frames: along(20, null, null, null, null, null, 50, 20, 20, 20),
      events: "",
    },
    {
      name: "counts coming back as another visit",
      frames: along(...stay(50, 4), ...stay(80, 3), ...stay(50, 4)),
      events: "in 0, out 0.333 after 0.333, in 0.667",
    },
  ])("$name", ({ frames, events, options }) => {
    const rounded = (text: string): string => text.replace(/\d+\.\d{4,}/g, (number) => Number(number).toFixed(3));
    expect(rounded(told(replay(frames, options)))).toBe(events);
  });

  test("at the picture's lower edge holds who stands with the feet below it", () => {
    const floor = { id: zoneId("floor"), corners: corners([0, 0.8], [1, 0.8], [1, 1], [0, 1]) };
    const frames = Array.from({ length: 5 }, (): Frame => new Map([[7, [50, 130]]]));
    expect(told(replay(frames, { zones: [floor] }))).toBe("in 0");
  });

  test("tells which track of which class it was", () => {
    expect(replay(along(...stay(50, 6))).events).toEqual([
      { type: "entered", zone: "till", track: 7, classIndex: 3, at: 0 },
    ]);
  });

  test("is where it is in the picture, whatever the camera's resolution", () => {
    const step = watchZones(quick);
    let state = noZones;
    for (let i = 0; i < 6; i++) {
      const large = i % 2 === 1;
      const item = tracked(new Map([[7, large ? [500, 500] : [50, 50]]]));
      const frame = { tracked: item, size: large ? { width: 1000, height: 1000 } : size };
      state = step(state, frame, tenth(i)).state;
    }
    expect(state.occupancy).toEqual(new Map([[till.id, 1]]));
  });
});

describe("the number of people in a zone", () => {
  const both = (a: number | null, b: number | null): Frame =>
    new Map([...(a === null ? [] : [[1, [a, 45]] as const]), ...(b === null ? [] : [[2, [b, 55]] as const])]);

  test("follows those who entered and left", () => {
    const frames = [
      ...Array.from({ length: 5 }, () => both(50, null)),
      ...Array.from({ length: 5 }, () => both(50, 50)),
      ...Array.from({ length: 5 }, () => both(90, 50)),
      ...Array.from({ length: 12 }, () => both(90, null)),
    ];
    const { counts } = replay(frames);
    expect(counts.slice(0, 10)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 2, 2]);
    expect(counts.slice(10, 15)).toEqual([2, 2, 1, 1, 1]);
    expect(counts.at(-1)).toBe(0);
  });

  test("is counted for each zone by itself, also where they overlap", () => {
    const hall = { id: zoneId("hall"), corners: corners([0, 0], [1, 0], [1, 1], [0, 1]) };
    const { state, events } = replay(along(...stay(20, 5), ...stay(50, 5)), { zones: [till, hall] });
    expect([...state.occupancy]).toEqual([
      ["till", 1],
      ["hall", 1],
    ]);
    expect(events.map(({ zone }) => zone)).toEqual(["hall", "till"]);
  });

  const walk = fc.array(fc.option(fc.integer({ min: 30, max: 70 }), { freq: 5 }), { maxLength: 60, size: "max" });
  test("is those entered less those left at every moment, and every stay ends after it began", () => {
    fc.assert(
      fc.property(walk, (xs) => {
        const { events, counts } = replay([...along(...xs), ...along(...stay(null, 12))]);
        expect(events.map(({ type }) => type)).toEqual(events.map((_, i) => (i % 2 === 0 ? "entered" : "left")));
        expect(events.length % 2).toBe(0);
        for (const event of events) if (event.type === "left") expect(event.dwell).toBeGreaterThanOrEqual(0);
        expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted((a, b) => a - b));
        expect(counts.at(-1)).toBe(0);
      }),
    );
  });

  test("takes no more memory however many people there were", () => {
    const step = watchZones(quick);
    let state = noZones;
    let most = 0;
    for (let i = 0; i < 1000; i++) {
      const frame: Frame = new Map([[i + 1, [50, 50]]]);
      state = step(state, { tracked: tracked(frame), size }, tenth(i)).state;
      most = Math.max(most, state.tracks.size);
    }
    expect(most).toBe(11);
  });
});

test("a step changes nothing it is given, so that it can be taken again", () => {
  const step = watchZones({ ...quick, enterAfter: microsFromSeconds(0) });
  const { state } = step(noZones, { tracked: tracked(new Map([[7, [20, 50]]])), size }, tenth(0));
  const frame = { tracked: tracked(new Map([[7, [50, 50]]])), size };
  const once = step(state, frame, tenth(1));
  expect(step(state, frame, tenth(1))).toEqual(once);
  expect(once.events).toHaveLength(1);
});

describe("options that watch nothing are refused", () => {
  test.each<{ name: string; options: Partial<ZoneOptions> }>([
    { name: "two corners", options: { zones: [{ ...till, corners: corners([0, 0], [1, 1]) }] } },
    { name: "corners in a line", options: { zones: [{ ...till, corners: corners([0, 0], [0.5, 0.5], [1, 1]) }] } },
    {
      name: "a corner that is not a number",
      options: { zones: [{ ...till, corners: corners([0, 0], [1, Number.NaN], [1, 0]) }] },
    },
    { name: "a negative time to enter", options: { enterAfter: microsFromSeconds(-1) } },
    { name: "a negative time to leave", options: { leaveAfter: microsFromSeconds(-1) } },
    { name: "a negative memory", options: { forgetAfter: microsFromSeconds(-1) } },
  ])("$name", ({ options }) => {
    expect(() => watchZones({ ...quick, ...options })).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});
