import { randomUUID } from "node:crypto";
import type { Recorded, SensoriumEvent } from "@sensorium/protocol";
import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { bothDatabases } from "./both-databases.fixture.ts";
import { allRows } from "./databases.fixture.ts";
import { crossing, sourceChange, trafficEnded, trafficStarted } from "./events.fixture.ts";
import { type Migration, migrate, migrations } from "./migrations.ts";
import { project } from "./project.ts";
import { counts, crossings, traffic } from "./queries.ts";

const recorded = (events: readonly SensoriumEvent[]): Recorded[] =>
  events.map((event, i) => ({ event, position: { epoch: "e", offset: i + 1 } }));

const camera = "entrance";

describe.each(bothDatabases())("the same contract holds on %s:", (_, open) => {
  test("crossings are counted per line and direction from the instant asked for", async () => {
    await using database = await open();
    const events = [
      crossing({ wallMs: 99 }),
      crossing({ wallMs: 100, line: "door" }),
      crossing({ wallMs: 100, line: "door", direction: "out" }),
      crossing({ wallMs: 2 ** 45, line: "back door", direction: "out" }),
      crossing({ wallMs: 100, camera: "yard" }),
      sourceChange({ wallMs: 100 }),
    ];
    await project(database.db, recorded(events));
    expect(await counts(database.db, { camera, sinceMs: 100 })).toEqual([
      { line: "back door", in: 0, out: 1 },
      { line: "door", in: 1, out: 1 },
    ]);
    expect(await counts(database.db, { camera: "nowhere", sinceMs: 0 })).toEqual([]);
  });

  test("crossings are listed newest first, from inclusive to exclusive, up to the limit", async () => {
    await using database = await open();
    const [at1, at2, at3, at4] = [1, 2, 3, 4].map((wallMs) => crossing({ wallMs, model: "yolox_nano" }));
    await project(database.db, recorded([at3, at1, at4, at2].filter((event) => event !== undefined)));
    const span = { camera, fromMs: 1, toMs: 4 };
    expect(await crossings(database.db, { ...span, limit: 9 })).toEqual([at3, at2, at1]);
    expect(await crossings(database.db, { ...span, limit: 1 })).toEqual([at3]);
  });

  test("a period of traffic is open until its end is recorded, and counts who came in since", async () => {
    await using database = await open();
    const began = [trafficStarted(100), crossing({ wallMs: 99 }), crossing({ wallMs: 100 }), crossing({ wallMs: 120 })];
    await project(database.db, recorded(began));
    expect(await traffic(database.db, { camera, sinceMs: 0 })).toEqual({
      periods: [{ startMs: 100, endMs: null, countIn: null }],
      open: { startMs: 100, countIn: 2 },
    });
    const ended = trafficEnded(100, 200, 2);
    await project(database.db, [{ event: ended, position: { epoch: "e", offset: 5 } }]);
    expect(await traffic(database.db, { camera, sinceMs: 0 })).toEqual({
      periods: [{ startMs: 100, endMs: 200, countIn: 2 }],
      open: null,
    });
  });

  test("a period that began before the reset goes on after it, but is not one of the new day", async () => {
    await using database = await open();
    await project(database.db, recorded([trafficStarted(100), crossing({ wallMs: 150 }), crossing({ wallMs: 250 })]));
    const since = await traffic(database.db, { camera, sinceMs: 200 });
    expect(since).toEqual({ periods: [], open: { startMs: 100, countIn: 2 } });
  });

  test("a period whose end was never recorded is not open once another has begun", async () => {
    await using database = await open();
    await project(database.db, recorded([trafficStarted(100), trafficStarted(300), trafficEnded(300, 400, 1)]));
    expect(await traffic(database.db, { camera, sinceMs: 0 })).toEqual({
      periods: [
        { startMs: 100, endMs: null, countIn: null },
        { startMs: 300, endMs: 400, countIn: 1 },
      ],
      open: null,
    });
  });

  test("writing the same events again changes nothing", async () => {
    await using database = await open();
    const events = recorded([crossing(), trafficStarted(1), sourceChange(), trafficEnded(1, 2, 1)]);
    await project(database.db, events);
    const once = await allRows(database.db);
    await project(database.db, [...events, ...events]);
    expect(await allRows(database.db)).toEqual(once);
  });

  test("whatever an event holds, it can be stored and comes back", async () => {
    await using database = await open();
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\0", "\uD800"));
    const anyCrossing = fc
      .record({
        line: text,
        className: text,
        model: text,
        score: fc.double({ min: 0, max: 1, noNaN: true }),
        track: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        at: fc.maxSafeInteger(),
        wallMs: fc.integer({ min: 0, max: 8.64e15 }),
        point: fc.record({
          x: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
          y: fc.constant(0.1),
        }),
        simulated: fc.boolean(),
      })
      .map(crossing);
    const shown = (value: string): string => value.toWellFormed().replaceAll("\0", "\uFFFD");
    await fc.assert(
      fc.asyncProperty(anyCrossing, async (drawn) => {
        const event = { ...drawn, id: randomUUID() };
        await project(database.db, [{ event, position: { epoch: event.id, offset: 1 } }]);
        const span = { camera, fromMs: event.wallMs, toMs: event.wallMs + 1, limit: 1000 };
        const back = (await crossings(database.db, span)).find(({ id }) => id === event.id);
        const readable = {
          line: shown(event.line),
          className: shown(event.className),
          model: shown(event.model ?? ""),
        };
        expect(back).toEqual({ ...event, ...readable });
      }),
      { numRuns: 40 },
    );
  });

  const addRemarks: Migration = ({ schema }) =>
    schema
      .alterTable("crossings")
      .addColumn("remark", "text", (column) => column.defaultTo("none"))
      .execute();

  test("a database of an older version gains what it lacks and keeps its rows", async () => {
    await using database = await open();
    await project(database.db, recorded([crossing(), trafficStarted(1)]));
    await migrate(database.db, [...migrations, addRemarks]);
    await migrate(database.db, [...migrations, addRemarks]);
    const { rows } = await sql`select remark from crossings`.execute(database.db);
    expect(rows).toEqual([{ remark: "none" }]);
  });

  test("a database of a newer version is refused", async () => {
    await using database = await open();
    await migrate(database.db, [...migrations, addRemarks]);
    await expect(migrate(database.db)).rejects.toMatchObject({
      code: "store-failed",
      retryable: false,
      message: expect.stringContaining(`schema version ${migrations.length + 1}`),
    });
  });

  test("a migration that fails leaves the database as it was", async () => {
    await using database = await open();
    await project(database.db, recorded([crossing()]));
    const before = await allRows(database.db);
    const broken: Migration = (db) => db.schema.dropTable("no_such_table").execute();
    await expect(migrate(database.db, [...migrations, addRemarks, broken])).rejects.toThrow("no_such_table");
    await migrate(database.db);
    expect(await allRows(database.db)).toEqual(before);
  });
});
