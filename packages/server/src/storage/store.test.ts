import type { Recorded } from "@sensorium/protocol";
import { expect, test } from "vitest";
import { crossing, sourceChange, temporaryFolder, trafficEnded, trafficStarted } from "./events.fixture.ts";
import { Store } from "./store.ts";

const offsets = (recorded: readonly Recorded[]): number[] => recorded.map(({ position }) => position.offset);

test("events get offsets in the order in which they were appended", async () => {
  using folder = temporaryFolder();
  await using store = await Store.open({ folder: folder.path });
  const calls = [[crossing(), sourceChange()], [crossing()], [], [crossing(), crossing()]];
  const recorded = (await Promise.all(calls.map((events) => store.append(events)))).flat();
  expect(offsets(recorded)).toEqual([1, 2, 3, 4, 5]);
  expect(recorded.map(({ event }) => event)).toEqual(calls.flat());
  expect(store.health()).toEqual({ queued: 0, refused: 0, lastOffset: 5, sinks: [] });
});

test("an event appended again keeps its first position and is counted once", async () => {
  using folder = temporaryFolder();
  await using store = await Store.open({ folder: folder.path });
  const twice = crossing();
  expect(offsets(await store.append([twice, twice]))).toEqual([1, 1]);
  expect(offsets(await store.append([crossing(), twice, crossing()]))).toEqual([2, 1, 3]);
  expect(await store.counts({ camera: "entrance", sinceMs: 0 })).toEqual([{ line: "door", in: 3, out: 0 }]);
});

test("counts since the reset survive a restart", async () => {
  using folder = temporaryFolder();
  const reset = 10_000;
  const days = [
    crossing({ wallMs: reset - 1 }),
    crossing({ wallMs: reset }),
    crossing({ wallMs: reset + 1, direction: "out" }),
    crossing({ wallMs: reset + 2, line: "back door" }),
    crossing({ wallMs: reset + 3, camera: "yard" }),
  ];
  const before = await Store.open({ folder: folder.path });
  await before.append(days);
  await before.close();
  await using after = await Store.open({ folder: folder.path });
  expect(after.epoch).toBe(before.epoch);
  expect(await after.counts({ camera: "entrance", sinceMs: reset })).toEqual([
    { line: "back door", in: 1, out: 0 },
    { line: "door", in: 1, out: 1 },
  ]);
  expect(offsets(await after.append([crossing()]))).toEqual([6]);
});

test("a reader resumes exactly where it stopped", async () => {
  using folder = temporaryFolder();
  await using store = await Store.open({ folder: folder.path });
  const all = await store.append([crossing(), sourceChange(), trafficStarted(5), trafficEnded(5, 9, 3), crossing()]);
  const first = await store.read({ after: { epoch: store.epoch, offset: 0 }, limit: 2 });
  expect(first).toEqual({ kind: "events", events: all.slice(0, 2) });
  const rest = await store.read({ after: { epoch: store.epoch, offset: 2 }, limit: 100 });
  expect(rest).toEqual({ kind: "events", events: all.slice(2) });
  expect(await store.read({ after: { epoch: store.epoch, offset: 5 }, limit: 100 })).toEqual({
    kind: "events",
    events: [],
  });
});

test.each([
  ["of another log", { epoch: "another", offset: 1 }],
  ["that this log has not reached", { offset: 2 }],
])("a position %s is reported as unknown", async (_, position) => {
  using folder = temporaryFolder();
  await using store = await Store.open({ folder: folder.path });
  await store.append([crossing()]);
  const after = { epoch: store.epoch, ...position };
  expect(await store.read({ after, limit: 1 })).toEqual({
    kind: "unknown-position",
    epoch: store.epoch,
    lastOffset: 1,
  });
});

test("an event that is not one is refused alone, not with those committed beside it", async () => {
  using folder = temporaryFolder();
  await using store = await Store.open({ folder: folder.path });
  const [good, bad, alsoGood] = await Promise.allSettled([
    store.append([crossing()]),
    store.append([{ ...crossing(), score: Number.NaN }]),
    store.append([crossing()]),
  ]);
  expect([good?.status, bad?.status, alsoGood?.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(bad).toMatchObject({ reason: { code: "internal", message: expect.stringContaining("score") } });
});

test("closing keeps what was appended and refuses what comes after", async () => {
  using folder = temporaryFolder();
  const store = await Store.open({ folder: folder.path });
  const appended = Array.from({ length: 50 }, () => store.append([crossing()]));
  const closed = store.close();
  await expect(store.append([crossing()])).rejects.toMatchObject({ code: "store-failed" });
  expect((await Promise.all(appended)).flat()).toHaveLength(50);
  await closed;
  await store.close();
  expect(await store.ended).toEqual({ kind: "stopped" });
  await expect(store.counts({ camera: "entrance", sinceMs: 0 })).rejects.toMatchObject({ code: "store-failed" });
});

test("a folder has one store at a time", async () => {
  using folder = temporaryFolder();
  const first = await Store.open({ folder: folder.path });
  await expect(Store.open({ folder: folder.path })).rejects.toMatchObject({
    code: "store-failed",
    message: `${folder.path} is in use by another Sensorium`,
  });
  await first.append([crossing()]);
  await first.close();
  await using second = await Store.open({ folder: folder.path });
  expect(second.health().lastOffset).toBe(1);
});

test.each(["redis://user:s3cret@host/0", "s3cret", "postgresql://user:%zz-s3cret@host/db"])(
  "a DATABASE_URL that is none is refused without repeating it: %s",
  async (databaseUrl) => {
    using folder = temporaryFolder();
    const refused = await Store.open({ folder: folder.path, databaseUrl }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "config-invalid" });
    expect(String(refused)).not.toContain("s3cret");
  },
);
