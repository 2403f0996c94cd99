import { expect, it } from "vitest";
import { sqliteDatabase } from "./databases.fixture.ts";
import { fall, pose } from "./events.fixture.ts";
import { migrate } from "./migrations.ts";
import { lastPerson } from "./persons.ts";
import { PoseLog } from "./pose-log.ts";
import { project } from "./project.ts";

it("the numbers of people go on after the highest that was recorded in their environment, of poses or events", async () => {
  await using database = await sqliteDatabase();
  const { db } = database;
  await migrate(db);
  const poses = await PoseLog.open(db, "e");
  const last = (environment: string): Promise<number> => lastPerson(db, { epoch: "e", environment });
  expect(await last("ward")).toBe(0);
  const events = [fall({ environment: "ward", person: 12 }), fall({ environment: "ward", person: 7 })];
  const others = [fall({ environment: "shop", person: 90 })];
  await project(
    db,
    [...events, ...others].map((event, i) => ({ event, position: { epoch: "e", offset: i + 1 } })),
  );
  expect(await last("ward")).toBe(12);
  await poses.add([pose({ environment: "ward", person: 15 }), pose({ environment: "shop", person: 91 })]);
  expect(await last("ward")).toBe(15);
  expect(await last("shop")).toBe(91);
});
