import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Recorded } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { PostgresServer } from "../../../testkit/src/services/index.ts";
import { caughtUp, recordBacklog, rowsOfFolder, rowsOfSite } from "./databases.fixture.ts";
import { temporaryFolder } from "./events.fixture.ts";
import { Store } from "./store.ts";

const appender = fileURLToPath(new URL("./append-until-killed.fixture.ts", import.meta.url));

/** What a process was told is durable before it was killed: events, id → offset, and the frame of its newest pose. */
interface Acknowledged {
  readonly events: Map<string, number>;
  readonly poses: number;
}

/** Lets another process append, and kills it in the middle. */
async function appendAndKill(store: readonly string[], acknowledgements: number): Promise<Acknowledged> {
  const child = spawn(process.execPath, [appender, ...store], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  const events = new Map<string, number>();
  let poses = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [offset, id] = line.split(" ");
    if (offset === "pose") poses = Number(id);
    if (id?.length === 36) events.set(id, Number(offset));
    if (events.size >= acknowledgements) child.kill("SIGKILL");
  }
  expect(await gone).toEqual([null, "SIGKILL"]);
  return { events, poses };
}

async function wholeLog(store: Store): Promise<readonly Recorded[]> {
  const all: Recorded[] = [];
  for (;;) {
    const answer = await store.read({ after: { epoch: store.epoch, offset: all.length }, limit: 1000 });
    if (answer.kind !== "events") throw new Error("the log is shorter than what was read from it");
    if (answer.events.length === 0) return all;
    all.push(...answer.events);
  }
}

test("an event is on disk before append resolves, whenever the process is killed", async () => {
  using folder = temporaryFolder();
  const acknowledged = new Map<string, number>();
  let before = 0;
  for (const kill of [1, 300]) {
    const { events, poses } = await appendAndKill([folder.path], kill);
    for (const [id, offset] of events) acknowledged.set(id, offset);
    await using store = await Store.open({ folder: folder.path });
    const log = await wholeLog(store);
    expect(log.map(({ position }) => position.offset)).toEqual(log.map((_, i) => i + 1));
    const offsets = new Map(log.map(({ event, position }) => [event.id, position.offset]));
    expect(offsets.size).toBe(log.length);
    for (const [id, offset] of acknowledged) expect(offsets.get(id)).toBe(offset);
    const { total } = await store.history.poses({ environments: null, fromMs: 0, toMs: 1e15, limit: 1, skip: 0 });
    expect(total - before).toBeGreaterThanOrEqual(poses);
    before = total;
    expect(await store.counts({ camera: "entrance", sinceMs: 0 })).toEqual([{ line: "door", in: log.length, out: 0 }]);
  }
});

test("a node killed in the middle of a delivery ends with exactly the same rows in PostgreSQL", async () => {
  using folder = temporaryFolder();
  await using server = await PostgresServer.launch();
  const databaseUrl = await server.createDatabase();
  await recordBacklog(folder.path, 5);
  for (const kill of [100, 200]) await appendAndKill([folder.path, databaseUrl], kill);
  const store = await Store.open({ folder: folder.path, databaseUrl });
  await caughtUp(store);
  await store.close();
  expect(await rowsOfSite(databaseUrl)).toEqual(await rowsOfFolder(folder.path));
});
