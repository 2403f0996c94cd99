import { type Embedding, type Micros, microsFromSeconds } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { followPersons, noPersons, type PersonEvent, type PersonSights, type PersonsState } from "./follow-persons.ts";
import type { PersonOptions } from "./person-options.ts";

/** Somebody 50 × 200 pixels in size. */
interface Seen {
  readonly track: number;
  readonly x: number;
  readonly scale?: number;
  readonly looks?: Embedding;
}

const size = { width: 1000, height: 600 };
/** Frames come ten times a second. */
const tenth = (index: number): Micros => microsFromSeconds(index / 10);

const sights = (people: readonly Seen[]): PersonSights => ({
  size,
  tracked: {
    count: people.length,
    boxes: Float32Array.from(
      people.flatMap(({ x, scale = 1 }) => [x - 25 * scale, 300 - 100 * scale, x + 25 * scale, 300 + 100 * scale]),
    ),
    scores: Float32Array.from(people, () => 0.9),
    classes: new Uint16Array(people.length),
    tracks: Int32Array.from(people, ({ track }) => track),
  },
  appearances: people.map(({ looks }) => looks ?? null),
});

interface Replay {
  readonly state: PersonsState;
  readonly events: readonly PersonEvent[];
  /** Persons by track over all frames: "1→1 2→1". */
  readonly owners: string;
}

function replay(frames: readonly (readonly Seen[])[], options?: PersonOptions): Replay {
  const step = followPersons(options);
  let state = noPersons;
  const events: PersonEvent[] = [];
  const owners = new Set<string>();
  frames.forEach((people, i) => {
    const next = step(state, sights(people), tenth(i));
    state = next.state;
    events.push(...next.events);
    people.forEach(({ track }, index) => {
      owners.add(`${track}→${state.persons[index]}`);
    });
  });
  return { state, events, owners: [...owners].join(" ") };
}

/** As many frames, each made from its index. */
const frames = (count: number, make: (i: number) => readonly Seen[]): (readonly Seen[])[] =>
  Array.from({ length: count }, (_, i) => make(i));
const nobody = (count: number): (readonly Seen[])[] => frames(count, () => []);

const red: Embedding = Float32Array.of(1, 0, 0);
const reddish: Embedding = Float32Array.of(0.95, 0.312, 0);
const violet: Embedding = Float32Array.of(0.6, 0, 0.8);
const blue: Embedding = Float32Array.of(0, 0, 1);

describe("somebody whose track breaks", () => {
  test.each<{ name: string; seen: (readonly Seen[])[]; owners: string; options?: PersonOptions }>([
    {
      name: "is the same person where they would be by now",
      seen: [
        ...frames(20, (i) => [{ track: 1, x: 100 + 8 * i }]),
        ...nobody(10),
        ...frames(5, (i) => [{ track: 2, x: 320 + 8 * i }]),
      ],
      owners: "1→1 2→1",
    },
    {
      name: "is the same person where they stood",
      seen: [...frames(20, () => [{ track: 1, x: 100 }]), ...nobody(30), ...frames(5, () => [{ track: 2, x: 110 }])],
      owners: "1→1 2→1",
    },
    {
      name: "is the same person when they come back in where they went out",
      seen: [
        ...frames(20, (i) => [{ track: 1, x: 800 + 9 * i }]),
        ...nobody(30),
        ...frames(10, (i) => [{ track: 2, x: 960 - 9 * i }]),
      ],
      owners: "1→1 2→1",
    },
    {
      name: "is somebody else far away",
      seen: [...frames(20, () => [{ track: 1, x: 100 }]), ...nobody(5), ...frames(5, () => [{ track: 2, x: 900 }])],
      owners: "1→1 2→2",
    },
    {
      name: "is somebody else after too long",
      seen: [...frames(20, () => [{ track: 1, x: 100 }]), ...nobody(52), ...frames(5, () => [{ track: 2, x: 100 }])],
      owners: "1→1 2→2",
    },
    {
      name: "is somebody else when much larger",
      seen: [
        ...frames(20, () => [{ track: 1, x: 100, scale: 0.3 }]),
        ...nobody(5),
        ...frames(5, () => [{ track: 2, x: 100 }]),
      ],
      owners: "1→1 2→2",
    },
    {
      name: "is the same person anywhere, later, when they look alike",
      seen: [
        ...frames(20, () => [{ track: 1, x: 100, looks: red }]),
        ...nobody(200),
        ...frames(5, () => [{ track: 2, x: 900, looks: reddish }]),
      ],
      owners: "1→1 2→1",
    },
    {
      name: "is somebody else in the same place when they look different",
      seen: [
        ...frames(20, () => [{ track: 1, x: 100, looks: red }]),
        ...nobody(5),
        ...frames(5, () => [{ track: 2, x: 100, looks: blue }]),
      ],
      owners: "1→1 2→2",
    },
    {
      name: "is the same person in the same place when somebody in front of them changes their looks",
      seen: [
        ...frames(20, () => [{ track: 1, x: 100, looks: red }]),
        ...nobody(5),
        ...frames(5, () => [{ track: 2, x: 110, looks: violet }]),
      ],
      owners: "1→1 2→1",
    },
    {
      name: "is somebody else elsewhere when they look only a little alike",
      seen: [
        ...frames(20, () => [{ track: 1, x: 100, looks: red }]),
        ...nobody(5),
        ...frames(5, () => [{ track: 2, x: 900, looks: violet }]),
      ],
      owners: "1→1 2→2",
    },
    {
      name: "keeps the person who comes back under the old track",
      seen: [...frames(20, () => [{ track: 1, x: 100 }]), ...nobody(10), ...frames(5, () => [{ track: 1, x: 100 }])],
      owners: "1→1",
    },
    {
      name: "is not remembered where no time is set",
      seen: [...frames(5, () => [{ track: 1, x: 100 }]), ...nobody(2), ...frames(5, () => [{ track: 2, x: 100 }])],
      owners: "1→1 2→2",
      options: { lostFor: microsFromSeconds(0) },
    },
  ])("$name", ({ seen, owners, options }) => {
    expect(replay(seen, options).owners).toBe(owners);
  });
});

describe("two who meet behind a pillar and get new tracks", () => {
  const before = frames(20, (i) => [
    { track: 1, x: 100 + 10 * i, looks: red },
    { track: 2, x: 900 - 10 * i - 400, looks: blue },
  ]);

  test("keep who they are as they walk on", () => {
    const plain = before.map((people) => people.map(({ track, x }) => ({ track, x })));
    const after = frames(5, (i) => [
      { track: 3, x: 390 + 10 * i },
      { track: 4, x: 210 - 10 * i },
    ]);
    expect(replay([...plain, ...nobody(10), ...after]).owners).toBe("1→1 2→2 3→1 4→2");
  });

  test("keep who they are as they turn back, by their looks", () => {
    const after = frames(5, (i) => [
      { track: 3, x: 250 - 10 * i, looks: red },
      { track: 4, x: 350 + 10 * i, looks: blue },
    ]);
    expect(replay([...before, ...nobody(10), ...after]).owners).toBe("1→1 2→2 3→1 4→2");
  });

  test("are not mixed up when the tracker swaps their numbers back", () => {
    const after = frames(5, (i) => [
      { track: 4, x: 210 - 10 * i, looks: blue },
      { track: 3, x: 390 + 10 * i, looks: red },
    ]);
    expect(replay([...before, ...nobody(10), ...after]).owners).toBe("1→1 2→2 4→2 3→1");
  });
});

test("who is in the picture is nobody's find", () => {
  const seen = frames(10, (i) => [{ track: 1, x: 100 }, ...(i > 4 ? [{ track: 2, x: 120 }] : [])]);
  expect(replay(seen).owners).toBe("1→1 2→2");
});

test("coming, being found again and going are told once each", () => {
  const { events, state } = replay([
    ...frames(10, () => [{ track: 1, x: 100 }]),
    ...nobody(10),
    ...frames(10, () => [{ track: 2, x: 100 }]),
    ...nobody(60),
  ]);
  expect(events.map(({ type, person, track, at }) => [type, person, track, at / 1e6])).toEqual([
    ["appeared", 1, 1, 0],
    ["found-again", 1, 2, 2],
    ["gone", 1, 2, 2.9],
  ]);
  expect(state.known.size).toBe(0);
});

test("a person's way goes on across their tracks", () => {
  const { state } = replay([
    ...frames(20, (i) => [{ track: 1, x: 100 + 8 * i }]),
    ...nobody(10),
    ...frames(5, (i) => [{ track: 2, x: 340 + 8 * i }]),
  ]);
  expect(state.known.get(1)?.motion.startedAt).toBe(0);
  expect(state.known.get(1)?.motion.statistics.distance).toBeGreaterThan(200);
});

test("no two tracks of a frame are one person, and no person is taken for another's number", () => {
  const crowd = fc.array(
    fc.array(fc.record({ track: fc.integer({ min: 1, max: 8 }), x: fc.integer({ min: 0, max: 1000 }) }), {
      maxLength: 6,
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(crowd, (all) => {
      const step = followPersons();
      let state = noPersons;
      all.forEach((people, i) => {
        const unique = [...new Map(people.map((seen) => [seen.track, seen])).values()];
        state = step(state, sights(unique), tenth(5 * i)).state;
        expect(new Set(state.persons).size).toBe(unique.length);
        expect(Math.max(0, ...state.persons)).toBeLessThanOrEqual(state.lastPerson);
      });
    }),
  );
});

test("a step changes nothing it is given, so that it can be taken again", () => {
  const step = followPersons();
  const { state } = step(noPersons, sights([{ track: 1, x: 100, looks: red }]), tenth(0));
  const next = sights([{ track: 2, x: 110, looks: reddish }]);
  const once = step(state, next, tenth(5));
  expect(step(state, next, tenth(5))).toEqual(once);
  expect(state.known.get(1)?.track).toBe(1);
});

describe("options that link nothing are refused", () => {
  test.each<PersonOptions>([
    { lostFor: microsFromSeconds(-1) },
    { lostFor: microsFromSeconds(5), rememberedFor: microsFromSeconds(4) },
    { minLikeness: 1.2 },
    { minLikeness: Number.NaN },
  ])("%o", (options) => {
    expect(() => followPersons(options)).toThrow(expect.objectContaining({ code: "config-invalid" }));
  });
});
