import { type ConnectOptions, connect, login, type OpenSocket, type Socket } from "@sensorium/client";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuth } from "../../packages/server/src/serve/testing/auth.fixture.ts";
import { HandClock } from "../../packages/server/src/serve/testing/hand-clock.ts";
import {
  type Happening,
  poseFrame,
  ScriptedSensing,
} from "../../packages/server/src/serve/testing/scripted-sensing.ts";
import { GOLDEN_MS, readGolden, StreamingFixture } from "../../packages/server/src/serve/testing/streaming.fixture.ts";
import { hasty } from "./hasty.ts";
import { Network } from "./network.ts";

let cleanup: AsyncDisposableStack;
let sensing: ScriptedSensing;
let server: StreamingFixture;
beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  sensing = new ScriptedSensing(["room_001", "room_002"]);
  server = cleanup.use(await StreamingFixture.open({ sensing }));
});
afterEach(() => cleanup.disposeAsync());

/** Nothing listens there. */
const NOBODY = 1;

const connected = (url: string | URL = server.url, options: ConnectOptions = {}) =>
  cleanup.use(connect(url, { clock: hasty, ...options }));

const { type, data, timestamp, metadata } = readGolden("server.activity_event");
const fall: Happening = { type, data, atMs: Date.parse(timestamp), source: metadata.source };
const record = (count: number, environment?: string): void => {
  for (let i = 0; i < count; i++) sensing.record(fall, environment);
};
const span = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The next values of a stream. */
async function take<T>(values: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await values.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

const offsets = (events: readonly { readonly type: string; readonly metadata?: wire.Metadata | undefined }[]) =>
  events.map((event) => (event.type === "gap" ? "gap" : event.metadata?.stream?.offset));

/** Follows the events of the room from its very first one. */
function following(url?: string, { buffer = 1_000, ...options }: ConnectOptions & { buffer?: number } = {}) {
  const after = [{ environment_id: "room_001", epoch: sensing.epoch, offset: 0 }];
  const request = { types: ["activity_event"], environment: "room_001", after, buffer } as const;
  const stream = connected(url, options).events(request);
  return { stream, events: stream[Symbol.asyncIterator]() };
}

describe.each<ConnectOptions>([
  { encoding: "json" },
  { encoding: "msgpack" },
  { compression: "gzip" },
  { compression: "deflate" },
])("over %j", (options) => {
  it("poses and events come as they are", async () => {
    const client = connected(server.url, { ...options, clientId: "client_123" });
    const poses = client.poses({ environment: "room_001" })[Symbol.asyncIterator]();
    const pose = poses.next();
    await sensing.until((it) => it.readers() === 1);
    sensing.show(poseFrame());
    const golden = readGolden(options.compression ? "server.pose_data.compressed" : "server.pose_data");
    expect((await pose).value?.data).toEqual(readGolden("server.pose_data").data);
    expect(Object.keys((await pose).value?.metadata ?? {})).toEqual(Object.keys(golden.metadata));
    const { events } = following(server.url, options);
    record(20);
    const taken = await take(events, 20);
    expect(taken[0]).toMatchObject({ type: "activity_event", data: fall.data });
    expect(offsets(taken)).toEqual(span(1, 20));
  });
});

describe("every durable event comes exactly once", () => {
  it("whenever the network breaks", async () => {
    const network = cleanup.use(await Network.open(server.server.port));
    const { events } = following(network.url);
    const seen: unknown[] = [];
    for (let recorded = 0; recorded < 150; recorded += 10) {
      record(7);
      seen.push(...offsets(await take(events, recorded + 6 - seen.length)));
      network.cut();
      record(3);
    }
    seen.push(...offsets(await take(events, 150 - seen.length)));
    expect(seen).toEqual(span(1, 150));
    expect(network.connections).toBeGreaterThanOrEqual(15);
  });

  it("when the server is killed and back after a while", async () => {
    const network = cleanup.use(await Network.open(server.server.port));
    const { events } = following(network.url);
    record(1);
    await take(events, 1);
    record(5);
    network.port = NOBODY;
    network.cut();
    await server[Symbol.asyncDispose]();
    record(45);
    const restarted = cleanup.use(await StreamingFixture.open({ sensing }));
    network.port = restarted.server.port;
    expect(offsets(await take(events, 50))).toEqual(span(2, 51));
  });

  it("to a reader that takes its time, which the server need not wait for", async () => {
    const network = cleanup.use(await Network.open(server.server.port));
    const { events } = following(network.url, { buffer: 5 });
    record(60);
    const seen: unknown[] = [];
    while (seen.length < 60) {
      seen.push(...offsets(await take(events, 1)));
      await new Promise(setImmediate);
    }
    expect(seen).toEqual(span(1, 60));
    expect(network.connections).toBeGreaterThan(5);
  });

  it("or a gap is told of, where the record does not reach back", async () => {
    const network = cleanup.use(await Network.open(server.server.port));
    const { events } = following(network.url);
    record(1);
    await take(events, 1);
    network.port = NOBODY;
    network.cut();
    record(10);
    sensing.forgetBefore(8);
    network.port = server.server.port;
    expect(await take(events, 1)).toEqual([
      { type: "gap", streams: [{ environment_id: "room_001", epoch: sensing.epoch, offset: 11 }] },
    ]);
    record(1);
    expect(offsets(await take(events, 1))).toEqual([12]);
  });

  it("of rooms that come later too, while it listens and while it is away", async () => {
    const network = cleanup.use(await Network.open(server.server.port));
    const stream = connected(network.url).events({ types: ["activity_event"] });
    const events = stream[Symbol.asyncIterator]();
    const first = take(events, 1);
    await sensing.until((it) => it.followers > 0);
    record(1);
    await first;
    sensing.appear("room_003");
    record(2, "room_003");
    expect(offsets(await take(events, 2))).toEqual([2, 3]);
    network.port = NOBODY;
    network.cut();
    sensing.appear("room_004");
    record(1, "room_004");
    record(1, "room_003");
    record(1, "room_004");
    network.port = server.server.port;
    expect(new Set(offsets(await take(events, 3)))).toEqual(new Set([4, 5, 6]));
  });

  it("to whoever goes on elsewhere from what was read", async () => {
    const { stream, events } = following();
    record(10);
    await take(events, 5);
    await events.return(undefined);
    const next = connected().events({ types: ["activity_event"], environment: "room_001", after: stream.positions });
    expect(offsets(await take(next[Symbol.asyncIterator](), 5))).toEqual(span(6, 10));
  });
});

describe("a token", () => {
  it("is changed in time, without a break", async () => {
    const clock = Object.assign(new HandClock(GOLDEN_MS), { random: () => 0.5 });
    const access = cleanup.use(await TestAuth.open(clock));
    const guarded = cleanup.use(await StreamingFixture.open({ clock, sensing, auth: access.auth }));
    let tokens = 0;
    const getToken = (): Promise<string> => {
      tokens++;
      return access.token({ claims: { exp: Math.floor(clock.now() / 1000) + 300 } });
    };
    const witness = await guarded.join(`?token=${await access.token()}`);
    let acks = 0;
    const openSocket: OpenSocket = (url, subprotocol) => {
      const socket = new WebSocket(url, subprotocol);
      socket.addEventListener("message", ({ data }) => {
        if (String(data).startsWith('{"type":"ack"')) acks++;
      });
      return socket as unknown as Socket;
    };
    const client = cleanup.use(connect(guarded.url, { clock, getToken, openSocket }));
    const notices: string[] = [];
    void (async () => {
      for await (const notice of client.notices()) notices.push(notice.type);
    })();
    const poses = client.poses({ environment: "room_001" })[Symbol.asyncIterator]();
    for (let second = 0; second < 750; second += 5) {
      const pose = poses.next();
      await sensing.until((it) => it.readers() === 1);
      sensing.show(poseFrame({ frame: second }));
      expect((await pose).value?.data.frame_id).toBe(second);
      await guarded.pass(5_000, witness);
      // One to the subscription, and one to each token.
      while (acks < 1 + tokens) await new Promise(setImmediate);
    }
    expect(tokens).toBe(4);
    expect(notices).toEqual(["connection_status"]);
  });

  it("of a login is renewed without the password", async () => {
    const access = cleanup.use(await TestAuth.open(server.clock));
    const { auth } = access;
    const guarded = cleanup.use(await StreamingFixture.open({ sensing, auth }));
    const link = await auth.accounts.exchangeLink(await auth.createLoginLink());
    const password = "correct horse battery";
    if (link) await auth.setPassword(link.principal, password);
    const { getToken } = await login(guarded.url.replace("ws", "http"), { username: "admin", password });
    const first = await getToken();
    server.clock.advance(60_000);
    const second = await getToken();
    expect(second).not.toBe(first);
    const pose = connected(guarded.url, { token: second }).poses()[Symbol.asyncIterator]().next();
    await sensing.until((it) => it.readers() === 1);
    sensing.show(poseFrame());
    expect((await pose).value?.data.persons).toHaveLength(1);
  });

  it.each([
    ["none", {}, "The server asks for a token"],
    ["a wrong one", { token: "sensorium_key_no" }, "The server does not take these credentials"],
  ])("that is %s ends the loop with an error", async (_, options, message) => {
    const access = cleanup.use(await TestAuth.open(server.clock));
    const guarded = cleanup.use(await StreamingFixture.open({ sensing, auth: access.auth }));
    const poses = connected(guarded.url, options).poses()[Symbol.asyncIterator]();
    await expect(poses.next()).rejects.toMatchObject({ code: "credentials-refused", message });
  });
});

it("an environment that there is not ends the loop with an error that says so", async () => {
  const poses = connected().poses({ environment: "attic" })[Symbol.asyncIterator]();
  await expect(poses.next()).rejects.toMatchObject({
    code: "subscription-refused",
    message: /No environment has this id/,
  });
});
