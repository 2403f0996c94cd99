import type { Recorded, SensoriumEvent } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothDatabases } from "./both-databases.fixture.ts";
import {
  activityChanged,
  alert,
  analytics,
  fall,
  inactivity,
  occupancyChange,
  pose,
  zoneEntered,
} from "./events.fixture.ts";
import type { HappeningsQuery, OccupancyQuery, PosesQuery, RecordedOccupancy } from "./history.ts";
import { historyRecords } from "./history-records.ts";
import { PoseLog } from "./pose-log.ts";
import { project } from "./project.ts";

/** Gives events their places, one after the other. */
function recording(): (events: readonly SensoriumEvent[]) => Recorded[] {
  let offset = 0;
  return (events) => events.map((event) => ({ event, position: { epoch: "e", offset: ++offset } }));
}

const always = { environments: null, fromMs: 0, toMs: 1e15 };
const page = { limit: 50, skip: 0 };

describe.each(bothDatabases())("the same history is told by %s:", (_, open) => {
  async function opened() {
    const database = await open();
    const records = historyRecords(database.db, await PoseLog.open(database.db, "e"));
    const recorded = recording();
    const record = (events: readonly SensoriumEvent[]) => project(database.db, recorded(events));
    return { records, record, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  }

  test("poses come back as they were, by time and then person", async () => {
    await using history = await opened();
    const [second, third, first] = [
      pose({ wallMs: 2_000, person: 1 }),
      pose({ wallMs: 2_000, person: 2, keypoints: null, model: null, simulated: true }),
      pose({ wallMs: 1_000, person: 9 }),
    ];
    await history.records.addPoses([third, second]);
    await history.records.addPoses([first]);
    expect(await history.records.poses({ ...always, ...page })).toEqual({ items: [first, second, third], total: 3 });
  });

  test("poses are found by environment, time, person, track and score, page by page", async () => {
    await using history = await opened();
    const rows = Array.from({ length: 60 }, (_, i) => {
      const environment = ["shop", "ward", "yard"][i % 3] ?? "";
      return pose({ environment, wallMs: i, person: i % 5, track: i % 4, score: i / 60, frame: i });
    });
    await history.records.addPoses(rows);
    const found = async (query: Partial<PosesQuery>) => {
      const { items, total } = await history.records.poses({ ...always, ...page, limit: 1000, ...query });
      expect(total).toBe(items.length);
      return items;
    };
    const those = (keep: (row: (typeof rows)[number]) => boolean) => rows.filter(keep);
    expect(await found({ environments: ["ward"] })).toEqual(those((row) => row.environment === "ward"));
    expect(await found({ environments: ["ward", "shop"] })).toEqual(those((row) => row.environment !== "yard"));
    expect(await found({ environments: [] })).toEqual([]);
    expect(await found({ fromMs: 10, toMs: 12 })).toEqual(rows.slice(10, 12));
    expect(await found({ person: 2 })).toEqual(those((row) => row.person === 2));
    expect(await found({ track: 3, environments: ["yard"], person: 2 })).toEqual(
      those((row) => row.track === 3 && row.environment === "yard" && row.person === 2),
    );
    expect(await found({ minScore: 0.5 })).toEqual(rows.slice(30));
    const third = await history.records.poses({ ...always, limit: 20, skip: 40 });
    expect(third).toEqual({ items: rows.slice(40), total: 60 });
    expect(await history.records.persons(always)).toBe(15);
    expect(await history.records.persons({ environments: ["shop"], fromMs: 0, toMs: 10 })).toBe(4);
  });

  test("pages follow one another without a gap, also where many poses are of one instant", async () => {
    await using history = await opened();
    const rows = Array.from({ length: 60 }, (_, i) => {
      return pose({
        environment: i % 2 ? "shop" : "ward",
        wallMs: 1_000 * Math.floor(i / 10),
        person: i % 10,
        frame: i,
      });
    });
    await history.records.addPoses(rows);
    const pages = Array.from({ length: 10 }, (_, i) => history.records.poses({ ...always, limit: 7, skip: 7 * i }));
    expect((await Promise.all(pages)).flatMap(({ items }) => items)).toEqual(rows);
  });

  test("a track is the newest of its number: after a camera began anew it is another's", async () => {
    await using history = await opened();
    const at = (wallMs: number, frame: number, x1: number) =>
      pose({ wallMs, frame, score: frame / 100, box: { x1, y1: 0, x2: x1 + 10, y2: 20 } });
    await history.records.addPoses([
      at(1_000, 50, 0),
      at(2_000, 60, 10),
      at(4_000, 10, 20),
      at(5_000, 20, 30),
      pose({ wallMs: 4_500, camera: "yard", environment: "yard" }),
      pose({ wallMs: 5_500, track: 4 }),
    ]);
    const newest = await history.records.track({ environments: null, track: 3 });
    expect(newest).toMatchObject({ environment: "default", camera: "entrance", track: 3, person: 7, frames: 2 });
    expect(newest).toMatchObject({ firstSeenMs: 4_000, lastSeenMs: 5_000, size: { width: 640, height: 360 } });
    expect(newest?.averageScore).toBeCloseTo(0.15);
    expect(newest?.points).toEqual([
      { wallMs: 4_000, x: 25, y: 10, score: 0.1 },
      { wallMs: 5_000, x: 35, y: 10, score: 0.2 },
    ]);
    const before = await history.records.track({ environments: null, track: 3, toMs: 3_000 });
    expect(before).toMatchObject({ firstSeenMs: 1_000, lastSeenMs: 2_000 });
    expect(await history.records.track({ environments: ["yard"], track: 3 })).toMatchObject({ camera: "yard" });
    expect(await history.records.track({ environments: ["ward"], track: 3 })).toBeNull();
  });

  test("a track of which nothing was recorded for minutes is another when it comes again", async () => {
    await using history = await opened();
    await history.records.addPoses([pose({ wallMs: 0, frame: 1 }), pose({ wallMs: 200_000, frame: 9 })]);
    const found = await history.records.track({ environments: null, track: 3 });
    expect(found).toMatchObject({ firstSeenMs: 200_000, frames: 1 });
  });

  test("analytics windows come back as they were told, by span and time", async () => {
    await using history = await opened();
    const nothingMeasured = analytics({
      startMs: 60_000,
      endMs: 120_000,
      model: "yolox_nano",
      occupancy: { current: 0, average: null, peak: null, peakMs: null },
      activity: { movements: 0, stationaryS: 0, level: null },
      detection: { total: 0, confidence: null, persons: 0 },
      trends: { occupancy: null, activity: "falling", confidence: null },
    });
    const other = analytics({ environment: "ward" });
    const first = analytics();
    await history.record([nothingMeasured, first, analytics({ span: "1_hour", endMs: 3_600_000 }), other]);
    const span = { ...always, span: "1_minute" } as const;
    expect(await history.records.windows({ ...span, environments: ["default"] })).toEqual([first, nothingMeasured]);
    expect(await history.records.windows({ ...span, fromMs: 0, toMs: 60_000 })).toEqual([first, other]);
    expect(await history.records.windows({ ...span, span: "1_hour" })).toHaveLength(1);
  });

  test("where minutes are not kept any more, hours are told instead, and none of them twice", async () => {
    await using history = await opened();
    const hour = (hours: number) =>
      analytics({ span: "1_hour", startMs: hours * 3_600_000, endMs: (hours + 1) * 3_600_000 });
    const minute = (minutes: number) => analytics({ startMs: minutes * 60_000, endMs: (minutes + 1) * 60_000 });
    const [first, second, third] = [hour(0), hour(1), minute(90)];
    await history.record([first, second, third]);
    const found = await history.records.windows({ ...always, span: "1_minute" });
    expect(found).toEqual([first, third]);
    expect(await history.records.windows({ ...always, span: "5_minutes" })).toEqual([first, second]);
  });

  test("falls, alerts and activities are listed newest first, each with what it is and how much it matters", async () => {
    await using history = await opened();
    const told = [
      [fall({ wallMs: 1, change: "suspected" }), "fall", "medium"],
      [fall({ wallMs: 2, change: "confirmed" }), "fall", "high"],
      [fall({ wallMs: 3, change: "recovered" }), "fall", "low"],
      [inactivity({ wallMs: 4 }), "activity", "medium"],
      [inactivity({ wallMs: 5, change: "ended" }), "activity", "low"],
      [activityChanged({ wallMs: 6, environment: "ward" }), "activity", "low"],
      [alert({ wallMs: 7, severity: "high" }), "alert", "high"],
    ] as const;
    await history.record([...told.map(([event]) => event), zoneEntered()]);
    const all = told.map(([event, kind, severity]) => ({ kind, severity, event, acknowledged: null })).reverse();
    const found = async (query: Partial<HappeningsQuery>) => {
      const { items, total } = await history.records.happenings({ environments: null, ...page, ...query });
      expect(total).toBe(items.length);
      return items;
    };
    expect(await found({})).toEqual(all);
    expect(await found({ environments: ["ward"] })).toEqual(all.slice(1, 2));
    expect(await found({ fromMs: 2, toMs: 4 })).toEqual(all.slice(4, 6));
    expect(await found({ kinds: ["fall", "alert"], severities: ["high"] })).toEqual([all[0], all[5]]);
    const second = await history.records.happenings({ environments: null, limit: 3, skip: 3 });
    expect(second).toEqual({ items: all.slice(3, 6), total: 7 });
  });

  test("who saw to a fall first is noted, and only where they may see it", async () => {
    await using history = await opened();
    const event = fall({ environment: "ward" });
    await history.record([event]);
    const note = { id: event.id, by: "anna", atMs: 5_000, environments: ["shop"] };
    expect(await history.records.acknowledge(note)).toBeNull();
    const acknowledged = { atMs: 5_000, by: "anna" };
    expect(await history.records.acknowledge({ ...note, environments: ["ward"] })).toMatchObject({ acknowledged });
    const again = { ...note, environments: null, by: "bert", atMs: 6_000 };
    expect(await history.records.acknowledge(again)).toMatchObject({ event, acknowledged });
    const { items } = await history.records.happenings({ environments: ["ward"], ...page });
    expect(items).toMatchObject([{ acknowledged }]);
  });

  test("an occupancy holds until the next one, in the average, the peak and the timeline", async () => {
    await using history = await opened();
    const change = (wallMs: number, current: number) => occupancyChange({ wallMs, current });
    await history.record([change(50, 4), change(110, 1), change(150, 3), change(175, 0), change(300, 9)]);
    await history.record([analytics({ startMs: 0, endMs: 400 })]);
    const query = { environments: ["default"], fromMs: 100, toMs: 225, bucketMs: 50 };
    expect(await history.records.occupancy(query)).toEqual({
      current: 0,
      average: (4 * 10 + 1 * 40 + 3 * 25) / 125,
      peak: 4,
      peakMs: 100,
      timeline: [
        { startMs: 100, average: (4 * 10 + 1 * 40) / 50, peak: 4 },
        { startMs: 150, average: 1.5, peak: 3 },
        { startMs: 200, average: 0, peak: 0 },
      ],
    });
    expect(await history.records.occupancy({ ...query, environments: [] })).toMatchObject({
      average: null,
      peak: null,
    });
    await expect(history.records.occupancy({ ...query, toMs: 1e9 })).rejects.toThrow("cannot have");
  });

  test("whatever happened, the occupancy is what counting it millisecond by millisecond gives", async () => {
    await using history = await opened();
    const change = fc.record({
      environment: fc.constantFrom("a", "b", "c"),
      zone: fc.constantFrom(null, null, "till"),
      wallMs: fc.integer({ min: 0, max: 60 }),
      current: fc.nat(9),
    });
    const window = fc.record({
      environment: fc.constantFrom("a", "b", "c"),
      startMs: fc.integer({ min: 0, max: 80 }),
      lengthMs: fc.integer({ min: 1, max: 60 }),
    });
    const recorded = fc.record({
      changes: fc.array(change, { maxLength: 25 }),
      watched: fc.array(window, { maxLength: 4 }),
    });
    const span = fc.record({
      environments: fc.option(fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 })),
      fromMs: fc.integer({ min: 0, max: 40 }),
      lengthMs: fc.integer({ min: 1, max: 40 }),
      bucketMs: fc.integer({ min: 1, max: 50 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(recorded, span, async ({ changes, watched }, { lengthMs, ...asked }) => {
        // Each run has environments of its own; they are named in order of the runs, not to be found by null.
        const names = new Map(["a", "b", "c", "d"].map((name) => [name, `${run}-${name}`]));
        run++;
        const named = (environment: string) => ({ environment: names.get(environment) ?? "" });
        const events = changes.map(({ environment, ...rest }) => occupancyChange({ ...rest, ...named(environment) }));
        const windows = watched.map(({ environment, startMs, lengthMs: ms }) =>
          analytics({ startMs, endMs: startMs + ms, ...named(environment) }),
        );
        await history.record([...events, ...windows]);
        const environments = (asked.environments ?? ["a", "b", "c"]).map((name) => names.get(name) ?? "");
        const query = { ...asked, toMs: asked.fromMs + lengthMs, environments };
        const told = await history.records.occupancy(query);
        const counted = countedByTheMillisecond(query, { events, windows });
        expect(told).toMatchObject({ current: counted.current, peak: counted.peak, peakMs: counted.peakMs });
        expect(told.average ?? -1).toBeCloseTo(counted.average ?? -1, 9);
        expect(told.timeline.map(({ startMs, peak }) => ({ startMs, peak }))).toEqual(
          counted.timeline.map(({ startMs, peak }) => ({ startMs, peak })),
        );
        for (const [i, { average }] of told.timeline.entries()) {
          expect(average ?? -1).toBeCloseTo(counted.timeline[i]?.average ?? -1, 9);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("all environments are meant when none is named", async () => {
    await using history = await opened();
    await history.record(["a", "b", "c"].map((environment) => occupancyChange({ environment, current: 2 })));
    await history.record([analytics({ environment: "b" })]);
    expect(await history.records.occupancy({ ...always, toMs: 2_000, bucketMs: 2_000 })).toMatchObject({
      current: 6,
      average: 3,
      peakMs: 1_000,
    });
  });
});

interface Happened {
  readonly events: readonly ReturnType<typeof occupancyChange>[];
  readonly windows: readonly ReturnType<typeof analytics>[];
}

/**
 * The occupancy by its definition: the sum over the environments of what each was told last, for each millisecond in
 * which one of them was watched.
 */
function countedByTheMillisecond(
  { environments, fromMs, toMs, bucketMs }: OccupancyQuery,
  { events, windows }: Happened,
): RecordedOccupancy {
  const levelAt = (ms: number) => {
    const last = (environment: string) =>
      events
        .filter((event) => event.environment === environment && event.zone === null && event.wallMs <= ms)
        .reduce((latest, event) => (event.wallMs >= (latest?.wallMs ?? 0) ? event : latest), undefined as Event);
    return (environments ?? []).reduce((sum, environment) => sum + (last(environment)?.current ?? 0), 0);
  };
  const isWatched = (ms: number) =>
    windows.some((one) => environments?.includes(one.environment) && one.startMs <= ms && ms < one.endMs);
  const levels = Array.from({ length: toMs - fromMs }, (_, i) => (isWatched(fromMs + i) ? levelAt(fromMs + i) : null));
  const of = (part: readonly (number | null)[]) => {
    const known = part.filter((level) => level !== null);
    if (known.length === 0) return { average: null, peak: null };
    return { average: known.reduce((sum, level) => sum + level, 0) / known.length, peak: Math.max(...known) };
  };
  const timeline = Array.from({ length: Math.ceil(levels.length / bucketMs) }, (_, i) => {
    return { startMs: fromMs + i * bucketMs, ...of(levels.slice(i * bucketMs, (i + 1) * bucketMs)) };
  });
  const { average, peak } = of(levels);
  const peakMs = peak === null ? null : fromMs + levels.indexOf(peak);
  return { current: levelAt(toMs - 1), average, peak, peakMs, timeline };
}

type Event = ReturnType<typeof occupancyChange> | undefined;
