import type { SensoriumEvent, SystemEvent } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { sqliteDatabase } from "./databases.fixture.ts";
import { occupancyChange } from "./events.fixture.ts";
import { migrate } from "./migrations.ts";
import { occupancy } from "./occupancy.ts";
import { project } from "./project.ts";

const environment = "ward";
const system = (change: SystemEvent["change"], wallMs: number): SystemEvent => ({
  ...{ id: `${change} ${wallMs}`, environment, wallMs, simulated: false, type: "system", change, severity: "info" },
  ...{ message: "", session: "s", domain: null, components: {} },
});
const people = (current: number, wallMs: number) => occupancyChange({ environment, current, wallMs });

/** How many people there were in seconds 0 to 10 on average, and at their end. */
async function recorded(...events: readonly SensoriumEvent[]) {
  await using database = await sqliteDatabase();
  await migrate(database.db);
  await project(
    database.db,
    events.map((event, i) => ({ event, position: { epoch: "e", offset: i + 1 } })),
  );
  const query = { environments: [environment], fromMs: 0, toMs: 10_000, bucketMs: 10_000 };
  const { average, current, peak } = await occupancy(database.db, query);
  return { average, current, peak };
}

it("nobody is counted from when the sensing stops, or starts again after a crash, until somebody is seen", async () => {
  expect(await recorded(people(3, 1_000))).toEqual({ average: 2.7, current: 3, peak: 3 });
  expect(await recorded(people(3, 1_000), system("stopped", 2_000))).toEqual({ average: 0.3, current: 0, peak: 3 });
  const killed = [people(3, 1_000), system("started", 6_000), people(1, 8_000)];
  expect(await recorded(...killed)).toEqual({ average: 1.7, current: 1, peak: 3 });
});

it("a part that works no more changes nothing of who is there", async () => {
  expect(await recorded(people(3, 0), system("failed", 5_000))).toEqual({ average: 3, current: 3, peak: 3 });
});
