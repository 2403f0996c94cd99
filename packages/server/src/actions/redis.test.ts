import { once } from "node:events";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { freePort, RedisServer, ScriptedServer } from "../../../testkit/src/services/index.ts";
import { temporaryFolder } from "../storage/events.fixture.ts";
import { openNode, publish, saveImage, valuesOf } from "./actions.fixture.ts";
import { delivered } from "./delivered.fixture.ts";
import type { ReadyAction } from "./prepare.ts";

let server: RedisServer;
let client: Redis;
beforeAll(async () => {
  server = await RedisServer.launch({ requirepass: "hunter2" });
  client = new Redis(server.port, { password: "hunter2" });
});
afterEach(() => client.flushall());
afterAll(async () => {
  client.disconnect();
  await server[Symbol.asyncDispose]();
});

const connections = (port = server.port, password = "hunter2") => ({
  redis: { host: "127.0.0.1", port, password, db: 0 },
});

/** Everything published on a channel from now on. */
async function listen(port = server.port): Promise<AsyncDisposable & { readonly heard: string[] }> {
  const subscriber = new Redis(port, { password: "hunter2" });
  const heard: string[] = [];
  subscriber.on("message", (_, message) => heard.push(message));
  await subscriber.subscribe("cars");
  return { heard, [Symbol.asyncDispose]: async () => subscriber.disconnect() };
}

async function doAll(due: readonly ReadyAction[], dueMs = Date.now()) {
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  await node.actions.record(due, { connections: connections(), dueMs });
  await delivered(node);
  return node.actions.health().sinks[0];
}

test("a picture lies under its key with its expiry before the message that names the key is out", async () => {
  const subscriber = new Redis(server.port, { password: "hunter2" });
  await subscriber.subscribe("cars");
  const heard = once(subscriber, "message");
  const values = valuesOf({ session_id: "s1", image_key: "cars:s1" });
  const picture = new Uint8Array([0xff, 0xd8, 0x00, 0x80, 0xff, 0xd9]);
  await doAll([{ ...saveImage(values), picture }, publish(values, '{"key":"{image_key}","score":{confidence:.1f}}')]);
  const { key, ...rest } = JSON.parse((await heard)[1]);
  expect(await client.getBuffer(key)).toEqual(Buffer.from(picture));
  const left = await client.ttl(key);
  expect(left).toBeGreaterThan(590);
  expect(left).toBeLessThanOrEqual(600);
  expect(rest).toEqual({
    score: 0.9,
    event: "frontal_detected",
    display_id: "display-001",
    session_id: "s1",
    timestamp: "2026-05-01T10-20-30",
    image_key: "cars:s1",
    event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  subscriber.disconnect();
});

test("a message keeps its own keys, and a text is sent as it is", async () => {
  await using subscriber = await listen();
  const values = valuesOf({ session_id: null });
  await doAll([publish(values, '{"event":"mine","session_id":7}'), publish(values, "a {class} at {display_id}")]);
  await vi.waitFor(() => expect(subscriber.heard).toHaveLength(2));
  expect(JSON.parse(subscriber.heard[0] ?? "")).toMatchObject({ event: "mine", session_id: 7, image_key: "" });
  expect(subscriber.heard[1]).toBe("a car at display-001");
});

test("a picture without an expiry stays, and one whose time is over is not written", async () => {
  const values = valuesOf({ session_id: "s" });
  const late = Date.now() - 60_000;
  const sink = await doAll(
    [saveImage(values, { key: "stays", seconds: 0 }), saveImage(values, { key: "over", seconds: 30 })],
    late,
  );
  expect(sink?.totals).toMatchObject({ delivered: 1, expired: 1 });
  expect(await client.keys("*")).toEqual(["stays"]);
  expect(await client.ttl("stays")).toBe(-1);
});

test("what falls due while Redis is away arrives in order once it is back, and nothing twice", async () => {
  using folder = temporaryFolder();
  await using redis = await RedisServer.launch();
  await using node = await openNode(folder.path);
  const sessions = Array.from({ length: 30 }, (_, i) => `s${String(i).padStart(2, "0")}`);
  for (const [i, session_id] of sessions.entries()) {
    if (i === 10) await redis.kill();
    const values = valuesOf({ session_id });
    const due = [saveImage(values), publish(values, "{session_id}")];
    await node.actions.record(due, { connections: connections(redis.port), dueMs: Date.now() });
  }
  await vi.waitFor(() => expect(node.actions.health().sinks).toMatchObject([{ state: "down" }]), { timeout: 10_000 });
  await redis.start();
  await delivered(node);
  const reader = new Redis(redis.port);
  expect((await reader.keys("*")).sort()).toEqual(sessions.map((session) => `cars:${session}`));
  reader.disconnect();
  expect(node.actions.health().sinks).toMatchObject([{ state: "following", totals: { delivered: 60, refused: 0 } }]);
});

test("a Redis that is full is waited for, and what waits arrives once there is room", async () => {
  using folder = temporaryFolder();
  await using redis = await RedisServer.launch({ maxmemory: "4mb", appendonly: "no" });
  await using node = await openNode(folder.path);
  const due = Array.from({ length: 12 }, (_, i) => saveImage(valuesOf({ session_id: `s${i}` }), { bytes: 500_000 }));
  await node.actions.record(due, { connections: connections(redis.port), dueMs: Date.now() });
  const reason = expect.stringContaining("OOM");
  await vi.waitFor(() => expect(node.actions.health().sinks).toMatchObject([{ state: "down", reason }]), {
    timeout: 10_000,
  });
  const admin = new Redis(redis.port);
  await admin.config("SET", "maxmemory", "0");
  await delivered(node);
  expect(await admin.dbsize()).toBe(12);
  admin.disconnect();
});

test("a Redis that hangs is given up and tried again", async () => {
  using folder = temporaryFolder();
  await using redis = await RedisServer.launch();
  await using node = await openNode(folder.path, { timeoutMs: 500 });
  await node.actions.record([saveImage(valuesOf())], { connections: connections(redis.port), dueMs: Date.now() });
  await delivered(node);
  redis.pause();
  await node.actions.record([saveImage(valuesOf())], { connections: connections(redis.port), dueMs: Date.now() });
  await vi.waitFor(() => expect(node.actions.health().sinks[0]?.state).toBe("down"), { timeout: 15_000 });
  redis.resume();
  await delivered(node);
  expect(node.actions.health().sinks).toMatchObject([{ totals: { delivered: 2 } }]);
});

test("a command that Redis will never take is refused, and the next is done", async () => {
  await client.call("ACL", "SETUSER", "shy", "on", ">pw", "~ok:*", "&*", "+@all");
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  const redis = { host: "127.0.0.1", port: server.port, username: "shy", password: "pw", db: 0 };
  const due = [saveImage(valuesOf(), { key: "secret" }), saveImage(valuesOf(), { key: "ok:1" })];
  await node.actions.record(due, { connections: { redis }, dueMs: Date.now() });
  await delivered(node);
  expect(node.actions.health().sinks).toMatchObject([{ totals: { delivered: 1, refused: 1 } }]);
  expect(await client.keys("*")).toEqual(["ok:1"]);
});

test("a wrong password is said without saying it, and what waits arrives with the right one", async () => {
  using folder = temporaryFolder();
  await using node = await openNode(folder.path);
  await node.actions.record([saveImage(valuesOf(), { key: "a" })], {
    connections: connections(server.port, "wrong-one"),
    dueMs: Date.now(),
  });
  await vi.waitFor(() => expect(node.actions.health().sinks).toMatchObject([{ state: "down" }]), { timeout: 10_000 });
  expect(JSON.stringify(node.actions.health())).not.toContain("wrong-one");
  expect(node.actions.health().sinks[0]?.reason).toMatch(/^Redis at redis:\/\/127\.0\.0\.1:\d+\/0: WRONGPASS/);
  await node.actions.record([saveImage(valuesOf(), { key: "b" })], { connections: connections(), dueMs: Date.now() });
  await delivered(node);
  expect((await client.keys("*")).sort()).toEqual(["a", "b"]);
});

test.each(["silent", "resets", "html", "garbage"] as const)(
  "a server that is no Redis and %s is a sink that is down",
  async (behaviour) => {
    using folder = temporaryFolder();
    await using other = await ScriptedServer.listen(behaviour);
    await using node = await openNode(folder.path, { timeoutMs: 500 });
    await node.actions.record([saveImage(valuesOf())], { connections: connections(other.port), dueMs: Date.now() });
    await vi.waitFor(() => expect(node.actions.health().sinks).toMatchObject([{ state: "down", waiting: 1 }]), {
      timeout: 15_000,
    });
  },
);

test("a node stops within a moment while its sink hangs or is not there", async () => {
  using folder = temporaryFolder();
  await using silent = await ScriptedServer.listen("silent");
  const node = await openNode(folder.path);
  for (const port of [silent.port, await freePort()]) {
    await node.actions.record([saveImage(valuesOf())], { connections: connections(port), dueMs: Date.now() });
  }
  await node[Symbol.asyncDispose]();
  expect(node.actions.health().sinks).toEqual([]);
});
