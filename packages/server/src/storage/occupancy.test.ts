import type { AnalyticsSpan, SensoriumEvent, SystemEvent } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { sqliteDatabase } from "./databases.fixture.ts";
import { analytics, occupancyChange, systemChange } from "./events.fixture.ts";
import { migrate } from "./migrations.ts";
import { occupancy } from "./occupancy.ts";
import { project } from "./project.ts";

const environment = "ward";
const system = (change: SystemEvent["change"], wallMs: number): SystemEvent =>
  systemChange({ environment, change, wallMs });
const people = (current: number, wallMs: number) => occupancyChange({ environment, current, wallMs });

/** What was measured from one instant to another. */
const windowOf = (startMs: number, endMs: number, span: AnalyticsSpan = "1_minute") =>
  analytics({ environment, startMs, endMs, span });
const unmeasured = { current: 0, average: null, peak: null, peakMs: null };

/** How many people there were in seconds 0 to 10, all of which were watched, on average, and at their end. */
async function recorded(...events: readonly SensoriumEvent[]) {
  const { average, current, peak } = await told(windowOf(0, 10_000), ...events);
  return { average, current, peak };
}

/** The same, where only what is said to be was watched. */
async function told(...events: readonly SensoriumEvent[]) {
  await using database = await sqliteDatabase();
  await migrate(database.db);
  await project(
    database.db,
    events.map((event, i) => ({ event, position: { epoch: "e", offset: i + 1 } })),
  );
  return await occupancy(database.db, { environments: [environment], fromMs: 0, toMs: 10_000, bucketMs: 5_000 });
}

it("nobody is counted from when the sensing stops, or starts again after a crash, until somebody is seen", async () => {
  expect(await recorded(people(3, 1_000))).toEqual({ average: 2.7, current: 3, peak: 3 });
  expect(await recorded(people(3, 1_000), system("stopped", 2_000))).toEqual({ average: 0.3, current: 0, peak: 3 });
  for (const again of ["started", "restarted"] as const) {
    const killed = [people(3, 1_000), system(again, 6_000), people(1, 8_000)];
    expect(await recorded(...killed)).toEqual({ average: 1.7, current: 1, peak: 3 });
  }
});

it("a part that works no more changes nothing of who is there", async () => {
  expect(await recorded(people(3, 0), system("failed", 5_000))).toEqual({ average: 3, current: 3, peak: 3 });
});

it("time in which nobody watched is left out, and a step without any other is null", async () => {
  const people3 = [people(3, 1_000), people(1, 8_000)];
  expect(await told(...people3, windowOf(7_000, 9_000))).toMatchObject({
    ...{ current: 1, average: 2, peak: 3, peakMs: 7_000 },
    timeline: [
      { startMs: 0, average: null, peak: null },
      { startMs: 5_000, average: 2, peak: 3 },
    ],
  });
  expect(await told(...people3)).toMatchObject({ current: 1, average: null, peak: null, peakMs: null });
});

it("nobody knows how many there were between a crash and the next start", async () => {
  const killed = [people(3, 1_000), windowOf(1_000, 3_000), system("started", 6_000), windowOf(6_000, 9_000)];
  expect(await told(...killed)).toMatchObject({ average: 6 / 5, peak: 3 });
});

it("a minute in which no camera gave pictures tells nothing of who was there", async () => {
  const blind = analytics({ environment, startMs: 5_000, endMs: 10_000, occupancy: unmeasured });
  expect(await told(people(2, 0), windowOf(0, 5_000), blind)).toMatchObject({
    average: 2,
    timeline: [{ average: 2 }, { average: null }],
  });
});

it("where minutes are not kept any more, hours say what was watched", async () => {
  const kept = [windowOf(0, 4_000, "1_hour"), windowOf(4_000, 8_000, "1_hour"), windowOf(4_000, 5_000)];
  expect(await told(people(2, 0), people(0, 2_000), ...kept)).toMatchObject({ average: 4 / 5 });
});
