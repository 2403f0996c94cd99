import { SensoriumError } from "@sensorium/protocol";
import { expect, test, vi } from "vitest";
import { type Clock, systemClock } from "../flow/supervise.ts";
import { temporaryFolder } from "../storage/events.fixture.ts";
import { ActionLog } from "./action-log.ts";
import { beginRecord, mqttPublish, openNode, publish, saveImage, valuesOf, webhook } from "./actions.fixture.ts";
import { delivered } from "./delivered.fixture.ts";
import type { Connect, Parcel } from "./sink.ts";

const redis = { host: "127.0.0.1", port: 6379, db: 0 };
const mqtt = { host: "127.0.0.1", port: 1883, tls: false };

/** Sinks that take everything once their gate is open, and what they took in the order in which they did. */
function gatedSinks() {
  const taken: { readonly kind: string; readonly parcel: Parcel }[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const gate = (kind: string) => gates.get(kind) ?? gates.set(kind, Promise.withResolvers()).get(kind);
  const connections: string[] = [];
  const connect: Connect = async ({ kind }) => {
    connections.push(kind);
    return {
      lost: new AbortController().signal,
      deliver: async (parcel) => {
        await gate(kind)?.promise;
        taken.push({ kind, parcel });
        return "done";
      },
      [Symbol.asyncDispose]: async () => void connections.splice(connections.indexOf(kind), 1),
    };
  };
  return { taken, connections, connect, open: (kind: string) => gate(kind)?.resolve() };
}

test("recording waits for the disk only, however slow a sink is, and no sink waits for another", async () => {
  using folder = temporaryFolder();
  const sinks = gatedSinks();
  sinks.open("mqtt");
  await using node = await openNode(folder.path, { connect: sinks.connect });
  for (let i = 0; i < 50; i++) {
    const due = [saveImage(valuesOf()), mqttPublish(valuesOf(), { message: `${i}` })];
    await node.actions.record(due, { connections: { redis, mqtt }, dueMs: Date.now() });
  }
  await vi.waitFor(() => expect(sinks.taken).toHaveLength(50));
  expect(node.actions.health().sinks).toMatchObject([
    { name: "redis://127.0.0.1:6379/0", waiting: 50, bytes: expect.any(Number) },
    { name: "mqtt://127.0.0.1:1883", waiting: 0 },
  ]);
  sinks.open("redis");
  await delivered(node);
});

test("a message for one sink waits a moment for the picture that it names in another", async () => {
  using folder = temporaryFolder();
  const sinks = gatedSinks();
  sinks.open("webhook");
  await using node = await openNode(folder.path, { connect: sinks.connect });
  const values = valuesOf({ session_id: "s", image_key: "cars:s" });
  const naming = webhook(values, "http://127.0.0.1/");
  const other = mqttPublish(values, { message: "nothing about it" });
  sinks.open("mqtt");
  await node.actions.record([saveImage(values), naming, other], { connections: { redis, mqtt }, dueMs: Date.now() });
  await vi.waitFor(() => expect(sinks.taken.map(({ kind }) => kind)).toEqual(["mqtt"]));
  sinks.open("redis");
  await delivered(node);
  expect(sinks.taken.map(({ kind }) => kind)).toEqual(["mqtt", "redis", "webhook"]);
});

test("a message does not wait for its picture for longer than that", async () => {
  using folder = temporaryFolder();
  const sinks = gatedSinks();
  sinks.open("webhook");
  await using node = await openNode(folder.path, { connect: sinks.connect });
  const values = valuesOf({ session_id: "s", image_key: "cars:s" });
  const due = [saveImage(values), webhook(values, "http://127.0.0.1/")];
  await node.actions.record(due, { connections: { redis }, dueMs: Date.now() - 5_000 });
  await vi.waitFor(() => expect(sinks.taken.map(({ kind }) => kind)).toEqual(["webhook"]));
  sinks.open("redis");
});

test("an action without a server to go to is left out and counted", async () => {
  using folder = temporaryFolder();
  const sinks = gatedSinks();
  sinks.open("redis");
  await using node = await openNode(folder.path, { connect: sinks.connect });
  const { picture: _, ...without } = saveImage(valuesOf());
  const due = [beginRecord(valuesOf()), mqttPublish(valuesOf()), without, publish(valuesOf())];
  await node.actions.record(due, { connections: { redis }, dueMs: Date.now() });
  await delivered(node);
  expect(sinks.taken).toHaveLength(1);
  expect(node.actions.health()).toMatchObject({ skipped: 3, lost: 0 });
});

test("a connection that is no longer needed is closed, and made again when it is", async () => {
  using folder = temporaryFolder();
  const sinks = gatedSinks();
  sinks.open("redis");
  /** A sink's long rest is over when this says so. */
  const rested = Promise.withResolvers<void>();
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) =>
      ms < 60_000 ? systemClock.sleep(ms, signal) : Promise.race([rested.promise, aborted(signal)]),
  };
  await using node = await openNode(folder.path, { connect: sinks.connect, clock });
  await node.actions.record([publish(valuesOf())], { connections: { redis }, dueMs: Date.now() });
  await delivered(node);
  expect(sinks.connections).toEqual(["redis"]);
  rested.resolve();
  await vi.waitFor(() => expect(sinks.connections).toEqual([]));
  await node.actions.record([publish(valuesOf())], { connections: { redis }, dueMs: Date.now() });
  await vi.waitFor(() => expect(sinks.taken).toHaveLength(2));
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve()));

test("when the disk takes nothing the caller hears of it, and it is counted", async () => {
  using folder = temporaryFolder();
  const sinks = gatedSinks();
  await using node = await openNode(folder.path, { connect: sinks.connect });
  const records = {
    ...node.store.actions,
    addActions: () => Promise.reject(new SensoriumError("store-failed", "the disk is full", { retryable: true })),
  };
  await using full = await ActionLog.open({ records, connect: sinks.connect });
  const recorded = full.record([publish(valuesOf())], { connections: { redis }, dueMs: Date.now() });
  await expect(recorded).rejects.toThrow("the disk is full");
  expect(full.health()).toMatchObject({ lost: 1, queued: 0, sinks: [] });
});
