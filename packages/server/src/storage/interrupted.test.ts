import type { SensoriumEvent, SystemEvent } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { sqliteDatabase } from "./databases.fixture.ts";
import { crossing, systemChange } from "./events.fixture.ts";
import { interrupted } from "./interrupted.ts";
import { migrate } from "./migrations.ts";
import { project } from "./project.ts";

const change = (...changes: readonly SystemEvent["change"][]): SensoriumEvent[] =>
  changes.map((each) => systemChange({ change: each }));
const crossings = (count: number): SensoriumEvent[] =>
  Array.from({ length: count }, () => crossing({ environment: "ward" }));

it.each<[string, readonly SensoriumEvent[], boolean]>([
  ["was never recorded", [], false],
  ["has started, and no more", change("started"), true],
  ["has started long ago", [...change("started"), ...crossings(300)], true],
  ["has ended", change("started", "stopped"), false],
  ["has ended, though something was recorded late", [...change("started", "stopped"), ...crossings(5)], false],
  ["has started again", change("started", "stopped", "started"), true],
  ["has ended after it was restarted", change("restarted", "degraded", "stopped"), false],
  ["was restarted, and mended", change("stopped", "restarted", "degraded", "recovered"), true],
])("sensing that %s (%#) was cut off only if it had not ended", async (_, events, expected) => {
  await using database = await sqliteDatabase();
  await migrate(database.db);
  const others = [systemChange({ environment: "yard" }), systemChange({ environment: "yard", change: "stopped" })];
  await project(
    database.db,
    [...others, ...events].map((event, i) => ({ event, position: { epoch: "e", offset: i + 1 } })),
  );
  expect(await interrupted(database.db, "e")).toEqual(expected ? ["ward"] : []);
});
