import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { posedPerson, poseFrame, ScriptedSensing } from "../testing/scripted-sensing.ts";
import {
  GOLDEN_MS,
  happeningOf,
  readGolden,
  StreamingFixture,
  settled,
  subscribe,
} from "../testing/streaming.fixture.ts";
import type { TestClient } from "../testing/test-client.ts";

const FRAME_MS = 100;
const LEAST_FRAMES = 10;

const clock = new HandClock(GOLDEN_MS);
const cleanup = new AsyncDisposableStack();
let access: TestAuth;
let fixture: StreamingFixture;
let witness: TestClient;
let frame = 0;

beforeAll(async () => {
  access = cleanup.use(await TestAuth.open(clock));
  const sensing = new ScriptedSensing(["room_001", "room_002"]);
  fixture = cleanup.use(await StreamingFixture.open({ clock, sensing, auth: access.auth }));
  witness = await fixture.join(`?token=${await reader({ exp: nowS() + 7200 })}`);
  const room = { environment_id: "room_001" };
  await subscribe(witness, [
    { event_type: "pose_data", filters: room, throttle: { max_fps: 30 } },
    { event_type: "activity_event", filters: room },
  ]);
});
afterAll(() => cleanup.disposeAsync());

const nowS = (): number => Math.floor(clock.now() / 1000);
/** An account for each, since one has ten places. */
async function reader(claims: object = {}): Promise<string> {
  const sub = await access.user({ scopes: ["read"], environments: null });
  return access.token({ claims: { sub, permissions: ["read"], ...claims } });
}

const attackerQuery = async (): Promise<string> => `?token=${await reader()}`;
const attacker = async (): Promise<TestClient> => fixture.join(await attackerQuery());

const fall = happeningOf("activity_event");

/** Attacks while frames and events go on; the witness gets every single one, in order and at once. */
async function unnoticed<T>(attack: Promise<T>): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  attack.then(end, end);
  for (let count = 0; count < LEAST_FRAMES || !over; count++) {
    fixture.sensing.show(poseFrame({ frame: ++frame }));
    fixture.sensing.record(fall);
    expect(await witness.next("pose_data")).toMatchObject({ data: { frame_id: frame, persons: [{ person_id: 1 }] } });
    expect(await witness.next("activity_event")).toMatchObject({ metadata: { stream: { offset: frame } } });
    clock.advance(FRAME_MS);
  }
  return attack;
}

const errorsOf = async (client: TestClient, count: number): Promise<unknown[]> => {
  const errors: unknown[] = [];
  while (errors.length < count) errors.push((await client.next("error")).data);
  return errors;
};

describe("others get every frame and every event while somebody", () => {
  it.each<[string, number, () => Promise<string>]>([
    ["garbage", 401, async () => "garbage"],
    ["a token signed with another key", 401, () => access.token({ secret: "A".repeat(43) })],
    ["a token of alg none", 401, async () => `${btoa('{"alg":"none"}')}.${(await reader()).split(".")[1]}.`],
    ["a token that has run out", 401, () => reader({ exp: nowS() - 1 })],
    ["a token that is not yet good", 401, () => reader({ nbf: nowS() + 3600 })],
    ["a token that may not read", 403, () => reader({ permissions: [] })],
    ["a token of no environment there is", 403, () => reader({ accessible_zones: ["attic"] })],
  ])("knocks fifty times with %s, and is refused with %d", async (_, status, make) => {
    const query = `?token=${await make()}`;
    const knocks = Array.from({ length: 50 }, () => fixture.connect(query).then(() => "in", String));
    const answers = await unnoticed(Promise.all(knocks));
    expect(new Set(answers)).toEqual(new Set([`Error: Unexpected server response: ${status}`]));
  });

  it("waits at the door without a word, and is closed with 4002", async () => {
    const guests = await Promise.all(Array.from({ length: 20 }, () => fixture.connect("")));
    const closed = await unnoticed(Promise.all(guests.map((guest) => guest.closed)));
    expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([wire.CLOSE.notAuthenticated.code]));
  });

  it("asks for an environment that is not theirs, and is told that there is none", async () => {
    const client = await fixture.join(`?token=${await reader({ accessible_zones: ["room_002"] })}`);
    const subscriptions = Array.from({ length: 100 }, () => ({
      ...{ event_type: "pose_data", filters: { environment_id: "room_001" } },
    }));
    client.send({ type: "subscribe", data: { subscriptions } });
    const errors = await unnoticed(errorsOf(client, 100));
    const details = { field: "environment_id", reason: "No environment has this id" };
    for (const error of errors) expect(error).toMatchObject({ error_code: "SUBSCRIPTION_ERROR", details });
    await settled(client);
    expect(client.drain("pose_data")).toEqual([]);
  });

  it.each<[string, string]>([
    ["arrays in arrays", "[".repeat(60_000)],
    ["objects in objects", `${'{"data":'.repeat(7_000)}1${"}".repeat(7_000)}`],
    ["a subscription in itself", `{"type":"subscribe","data":${'{"subscriptions":['.repeat(3_000)}`],
    ["one long name", `{"${"x".repeat(60_000)}":1}`],
    ["thousands of fields", `{${Array.from({ length: 6_000 }, (_, i) => `"${i}":1`).join()}}`],
    ["10 000 subscriptions", `{"type":"subscribe","data":{"subscriptions":[0${",0".repeat(9_999)}]}}`],
    ["a prototype", '{"__proto__":{"type":"subscribe"},"constructor":{"prototype":{}}}'],
    ["numbers beyond numbers", `{"type":"heartbeat","data":{"uptime":${"9".repeat(60_000)}},"timestamp":1e999}`],
    ["an unknown type", '{"type":"shout"}'],
    ["half a character", '{"type":"\\ud800"}'],
  ])("sends %s thirty times, and is answered with errors", async (_, message) => {
    const client = await attacker();
    for (let i = 0; i < 30; i++) client.send(message);
    const errors = await unnoticed(errorsOf(client, 30));
    const kinds = new Set(errors.map((error) => (error as wire.ErrorData).error_code));
    expect(kinds).toEqual(new Set(["VALIDATION_ERROR"]));
    await settled(client);
  });

  it("asks for what there is not, and is told what is wrong", async () => {
    const client = await attacker();
    const names = ["refused.event-type", "refused.confidence", "refused.not-an-object"];
    const subscriptions = names.map((name) => readGolden(name).subscription);
    client.send({ type: "subscribe", data: { subscriptions } });
    const errors = await unnoticed(errorsOf(client, 3));
    expect(errors).toMatchObject(
      names.map((name, index) => ({
        error_code: "SUBSCRIPTION_ERROR",
        message: "Invalid subscription filter",
        details: { subscription_id: null, index, ...readGolden(name).problem },
      })),
    );
    expect(await client.next("ack")).toMatchObject({ data: { status: "error", active_subscriptions: [] } });
  });

  it("subscribes without end: ten are heard, a hundred refused, then it is closed with 4029", async () => {
    const client = await attacker();
    const subscriptions = Array.from({ length: 10 }, () => ({ event_type: "pose_data" }));
    for (let i = 0; i < 1_000; i++) client.send({ type: "subscribe", data: { subscriptions } });
    const { code } = await unnoticed(client.closed);
    expect(code).toBe(wire.CLOSE.flooding.code);
    expect(client.drain("ack")).toHaveLength(10);
    const errors = client.drain("error").map((error) => error.data as wire.ErrorData);
    expect(errors.filter(({ error_code }) => error_code === "RATE_LIMIT_EXCEEDED")).toHaveLength(100);
  });

  it("takes every place of an account, and gives them back", async () => {
    const query = await attackerQuery();
    const crowd = await Promise.all(Array.from({ length: 60 }, () => fixture.connect(query)));
    const turnedAway = Promise.all(crowd.slice(wire.MAX_PER_ACCOUNT).map((client) => client.closed));
    const closed = await unnoticed(turnedAway);
    expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([wire.CLOSE.tooManyConnections.code]));
    for (const client of crowd) await client[Symbol.asyncDispose]();
    await fixture.join(query);
  });
});

/** A client that speaks by hand what it has to, over a connection that nobody minds for it. */
async function rawClient(query: string): Promise<Socket> {
  const socket = connectTcp({ host: "127.0.0.1", port: fixture.server.port, allowHalfOpen: true });
  cleanup.defer(() => void socket.destroy());
  socket.on("error", () => undefined);
  const lines = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
  const head = [`GET /ws/v1${query} HTTP/1.1`, `Host: 127.0.0.1:${fixture.server.port}`, ...lines];
  socket.write(`${[...head, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="].join("\r\n")}\r\n\r\n`);
  await once(socket, "readable");
  return socket;
}

/** A text or control message of a client, its mask all zeros. */
function masked(opcode: number, text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), Buffer.from(text)]);
}

const SUBSCRIBE = masked(
  1,
  JSON.stringify({
    type: "subscribe",
    data: { subscriptions: [{ event_type: "pose_data", filters: { environment_id: "room_002" } }] },
  }),
);
const CLOSED_AS_SLOW = Buffer.from([
  0x88,
  2 + "slow consumer".length,
  4008 >> 8,
  4008 & 0xff,
  ...Buffer.from("slow consumer"),
]);

/** A connection that wants the frames of a room of its own, so that it is known when the server has let go of it. */
async function follower(): Promise<Socket> {
  const socket = await rawClient(await attackerQuery());
  socket.write(SUBSCRIBE);
  await fixture.sensing.until((sensing) => sensing.readers("room_002") === 1);
  return socket;
}

/** Resolves when nobody follows that room any more. */
const released = (): Promise<void> =>
  new Promise((resolve) => {
    const looking = clock.every(FRAME_MS, () => {
      if (fixture.sensing.readers("room_002") > 0) return;
      looking[Symbol.dispose]();
      resolve();
    });
  });

const passing = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));

describe("others get every frame and every event while a connection", () => {
  it("is opened and says nothing, or never ends its first sentence", async () => {
    const sockets = Array.from({ length: 20 }, () => connectTcp(fixture.server.port, "127.0.0.1"));
    for (const socket of sockets) cleanup.defer(() => void socket.destroy());
    for (const socket of sockets.slice(10)) socket.write("GET /ws/v1 HTTP/1.1\r\nUpgrade: webso");
    await unnoticed(Promise.all(sockets.map((socket) => once(socket, "connect"))));
  });

  it("is half closed by its client: it is closed whole", async () => {
    const socket = await follower();
    socket.end();
    await unnoticed(released());
  });

  it("is held by nobody any more, so that pings come to no pong: it is cut after two of them", async () => {
    await follower();
    const from = clock.now();
    await unnoticed(released());
    expect(clock.now() - from).toBeGreaterThanOrEqual(20_000);
    expect(clock.now() - from).toBeLessThanOrEqual(40_000 + 2 * FRAME_MS);
  });

  it("is read a byte a second: it is closed with 4008", async () => {
    const socket = await follower();
    const persons = Array.from({ length: 12_000 }, (_, person) => posedPerson({ person: person + 1 }));
    fixture.sensing.show(poseFrame({ persons }), "room_002");
    const reading = clock.every(1_000, () => void socket.read(1));
    await unnoticed(passing(15_000));
    reading[Symbol.dispose]();
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await unnoticed(released());
    expect(Buffer.concat(chunks).subarray(-CLOSED_AS_SLOW.length)).toEqual(CLOSED_AS_SLOW);
  });

  it("sends pings and takes no pong: it is cut before the answers fill the memory", async () => {
    const socket = await follower();
    const from = clock.now();
    socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => masked(9, "x".repeat(125)))));
    await unnoticed(released());
    expect(clock.now() - from).toBeLessThan(20_000);
  });
});
