import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { SensoriumEvent } from "@sensorium/protocol";
import { peopleCounter } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Log, silentLog } from "../../observe/log.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { pictureOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { TestClient } from "../testing/test-client.ts";
import type { FaceStore } from "./faces.ts";
import { type CounterOptions, CounterServer } from "./server.ts";

const golden = new URL("../../../../protocol/src/people-counter/v1/golden/", import.meta.url);
const readGolden = (name: string) => JSON.parse(readFileSync(new URL(`server.${name}.json`, golden), "utf8"));
const exchanges = readdirSync(golden)
  .filter((name) => name.startsWith("exchange."))
  .map((name) => [name, JSON.parse(readFileSync(new URL(name, golden), "utf8"))] as const);

/** 2026-03-14 09:26:53.589 in Europe/Vienna, the instant of the golden files. */
const GOLDEN_MS = Date.UTC(2026, 2, 14, 8, 26, 53, 589);
const at = (hour: number, minute: number, second = 0): number => Date.UTC(2026, 2, 14, hour - 1, minute, second);

const base = { environment: "default", camera: "door", simulated: false } as const;
const started: SensoriumEvent = { ...base, type: "traffic-started", id: "1", wallMs: at(9, 20), startMs: at(9, 20) };
const ended: SensoriumEvent = {
  ...base,
  type: "traffic-ended",
  id: "2",
  wallMs: at(9, 25, 30),
  startMs: at(9, 20),
  endMs: at(9, 25, 30),
  countIn: 12,
};

const savedFaces: FaceStore = {
  count: () => 2,
  load: async (id) => (id === 123 ? { id, jpeg: pictureOf(0).jpeg } : id === 7 ? { id, jpeg: null } : null),
  loadNewest: async (limit) => [123, 122].slice(0, limit).map((id) => ({ id, jpeg: pictureOf(0).jpeg })),
};

let clock: HandClock;
let camera: ScriptedCamera;
let cleanup: AsyncDisposableStack;

beforeEach(() => {
  clock = new HandClock(GOLDEN_MS);
  camera = new ScriptedCamera();
  cleanup = new AsyncDisposableStack();
});
afterEach(() => cleanup.disposeAsync());

async function serve(options: Partial<CounterOptions> = {}): Promise<CounterServer> {
  const zone = "Europe/Vienna";
  return cleanup.use(await CounterServer.listen({ camera, zone, clock, log: silentLog, port: 0, ...options }));
}

async function join(server: CounterServer, headers: Record<string, string> = {}): Promise<TestClient> {
  return cleanup.use(await TestClient.connect(`ws://127.0.0.1:${server.port}`, { headers }));
}

/** A client that has had its first statistics. */
async function joined(server: CounterServer): Promise<TestClient> {
  const client = await join(server);
  await client.next("stats");
  return client;
}

describe("a people-counter client", () => {
  it("gets the counts at once and then twice a second, as the golden files have them", async () => {
    const client = await join(await serve());
    expect(await client.next("stats")).toEqual(readGolden("stats.quiet"));
    camera.count({ in: 6, out: 2, trafficEvents: 3, traffic: { startMs: clock.now(), countIn: 4 } });
    clock.advance(499);
    clock.advance(1);
    expect(await client.next("stats")).toEqual({ ...readGolden("stats"), timestamp: "2026-03-14 09:26:54.089" });
    clock.advance(2_000);
    for (const seconds of ["54.589", "55.089", "55.589", "56.089"]) {
      expect(await client.next("stats")).toMatchObject({ timestamp: `2026-03-14 09:26:${seconds}` });
    }
  });

  it("gets every picture once, and none while there is no new one", async () => {
    const client = await joined(await serve());
    camera.show(pictureOf(1));
    expect(await client.next("frame")).toEqual(readGolden("frame"));
    clock.advance(10_000);
    camera.show(pictureOf(2));
    await client.next("frame");
    expect(client.drain("frame")).toEqual([]);
  });

  it("is told when traffic starts and ends, in the zone of the daily reset", async () => {
    const client = await joined(await serve());
    camera.record(started);
    expect(await client.next("event")).toEqual(readGolden("event.started"));
    camera.record(ended);
    expect(await client.next("event")).toEqual(readGolden("event.ended"));
  });

  it.each(exchanges)("is answered as %s says", async (_, { request, reply }) => {
    const client = await joined(await serve());
    client.send(request);
    expect(await client.next(reply.type)).toEqual(reply);
  });

  it("gets the saved faces when there are some", async () => {
    const client = await join(await serve({ faces: savedFaces }));
    expect(await client.next("stats")).toMatchObject({ data: { face_count: 2 } });
    client.send({ type: "get_face", face_id: 123 });
    expect(await client.next("face_image")).toEqual(readGolden("face_image"));
    client.send({ type: "get_face", face_id: 7 });
    expect(await client.next("face_image")).toMatchObject({ error: "Face image file not found" });
    client.send({ type: "get_all_faces" });
    expect(await client.next("all_faces")).toEqual(readGolden("all_faces"));
    client.send({ type: "get_all_faces", limit: 0 });
    expect(await client.next("all_faces")).toEqual({ type: "all_faces", faces: [] });
  });

  it("is told of a failure inside without its details, and stays connected", async () => {
    const failing = { ...savedFaces, load: () => Promise.reject(new Error("secret path")) };
    const client = await joined(await serve({ faces: failing }));
    client.send({ type: "get_face", face_id: 123 });
    expect(await client.next(undefined)).toEqual(readGolden("error.internal"));
    client.send({ type: "get_all_faces" });
    expect(await client.next("all_faces")).toEqual(readGolden("all_faces"));
  });

  it("that sends 10 MB, or bytes, is told why not and stays connected", async () => {
    const client = await joined(await serve());
    client.send(" ".repeat(70_000));
    expect(await client.next(undefined)).toEqual(readGolden("error.too-large"));
    client.send(`{"type":"get_face","face_id":"${"9".repeat(10_000_000)}"}`);
    expect(await client.next(undefined)).toEqual({
      error: "This message is 10000032 bytes long; the limit is 65536 bytes",
    });
    client.socket.send(Buffer.from("{}"));
    expect(await client.next(undefined)).toEqual(readGolden("error.binary"));
    client.send({ type: "get_all_faces" });
    await client.next("all_faces");
  });

  it("has its requests answered in their order", async () => {
    const client = await joined(await serve());
    for (let id = 0; id < 200; id++) client.send({ type: "get_face", face_id: id });
    for (let id = 0; id < 200; id++) expect(await client.next("face_image")).toMatchObject({ face_id: id });
  });

  it("that sends more than 16 MiB at once is closed with 1009, and nobody else notices", async () => {
    const server = await serve();
    const [client, other] = [await joined(server), await joined(server)];
    client.socket.on("error", () => undefined);
    client.send(" ".repeat(17 * 1024 * 1024));
    expect((await client.closed).code).toBe(1009);
    clock.advance(500);
    await other.next("stats");
  });
});

describe("pictures for people-counter clients", () => {
  it("are asked for while somebody is connected and not otherwise", async () => {
    const server = await serve({ quality: 40 });
    expect(camera.requests).toEqual([]);
    const [first, second] = [await joined(server), await joined(server)];
    expect(camera.requests).toEqual([{ annotated: true, quality: 40, maxWidth: 1280, maxFps: 30 }]);
    await first[Symbol.asyncDispose]();
    camera.show(pictureOf(1));
    await second.next("frame");
    await second[Symbol.asyncDispose]();
    await camera.until(({ pictureReaders }) => pictureReaders === 0);
    await joined(server);
    expect(camera.pictureReaders).toBe(1);
  });

  it("come back after the encoder failed", async () => {
    camera.failPictures(1);
    const client = await joined(await serve());
    await camera.until(({ pictureReaders }) => pictureReaders === 1);
    camera.show(pictureOf(1));
    await client.next("frame");
  });
});

/** More than the buffers between two sockets of one machine take, so that a reader's pause is felt at once. */
const huge = (sequence: number) => pictureOf(sequence, Buffer.alloc(9_000_000, sequence));
const markOf = (frame: { data?: unknown }): number => Buffer.from(String(frame.data).slice(0, 8), "base64")[0] ?? -1;

describe("a people-counter client that stops reading", () => {
  it("delays nobody and gets the newest picture when it reads again", async () => {
    const server = await serve();
    const [slow, fast] = [await joined(server), await joined(server)];
    slow.socket.pause();
    for (let i = 1; i <= 12; i++) {
      camera.show(huge(i));
      expect(markOf(await fast.next("frame"))).toBe(i);
    }
    slow.socket.resume();
    const seen: number[] = [];
    while (seen.at(-1) !== 12) seen.push(markOf(await slow.next("frame")));
    expect(seen.length).toBeLessThan(6);
  });

  it("misses no statistics and no event", async () => {
    const server = await serve();
    const [slow, fast] = [await joined(server), await joined(server)];
    slow.socket.pause();
    for (let i = 1; i <= 5; i++) {
      camera.show(huge(i));
      await fast.next("frame");
    }
    camera.record(started);
    for (let i = 1; i <= 20; i++) {
      camera.count({ in: i });
      clock.advance(500);
    }
    camera.record(ended);
    await fast.next("event");
    await fast.next("event");
    slow.socket.resume();
    expect(await slow.next("event")).toMatchObject({ data: { status: "started" } });
    expect(await slow.next("event")).toMatchObject({ data: { status: "ended" } });
    for (let i = 1; i <= 20; i++) expect(await slow.next("stats")).toMatchObject({ data: { count_in: i } });
  });

  it("for 15 seconds is closed with 4008, after everything it had coming", async () => {
    const server = await serve();
    const [slow, fast] = [await joined(server), await joined(server)];
    slow.socket.pause();
    for (let i = 1; i <= 5; i++) {
      camera.show(huge(i));
      await fast.next("frame");
    }
    clock.advance(15_000);
    slow.socket.resume();
    expect(await slow.closed).toEqual({ code: 4008, reason: "slow consumer" });
    expect(slow.drain("stats").length).toBeGreaterThanOrEqual(29);
  });

  it("and never reads again is cut two seconds after its 4008", async () => {
    const server = await serve();
    const [slow, fast] = [await joined(server), await joined(server)];
    slow.socket.pause();
    for (let i = 1; i <= 5; i++) {
      camera.show(huge(i));
      await fast.next("frame");
    }
    clock.advance(15_000);
    expect(server.clients).toBe(2);
    clock.advance(2_000);
    await fast[Symbol.asyncDispose]();
    await camera.until(({ pictureReaders }) => pictureReaders === 0);
    expect(server.clients).toBe(0);
  });

  it("while more than 8 MiB of answers wait is closed with 4008", async () => {
    const face = { id: 1, jpeg: Buffer.alloc(5_000_000) };
    const loaded = Promise.withResolvers<void>();
    let loads = 0;
    const load = async () => {
      if (++loads === 9) loaded.resolve();
      return face;
    };
    const slow = await joined(await serve({ faces: { ...savedFaces, load } }));
    slow.socket.pause();
    for (let i = 0; i < 9; i++) slow.send({ type: "get_face", face_id: 1 });
    await loaded.promise;
    slow.socket.resume();
    expect((await slow.closed).code).toBe(4008);
  });
});

describe("the people-counter port", () => {
  it("turns away a client when all places are taken", async () => {
    const server = await serve({ maxClients: 1 });
    await joined(server);
    const late = await join(server);
    expect(await late.closed).toEqual({ code: 1013, reason: "all 1 places are taken" });
  });

  it("lets go of a client that answers no pings", async () => {
    const server = await serve();
    const dead = await cleanup.use(await TestClient.connect(`ws://127.0.0.1:${server.port}`, { autoPong: false }));
    for (let passed = 0; passed < 40_000; passed += 500) {
      await dead.next("stats");
      clock.advance(500);
    }
    expect((await dead.closed).code).toBe(1006);
  });

  it("says goodbye with 1001 and gives the port back", async () => {
    const server = await serve();
    const client = await joined(server);
    const { port } = server;
    await server[Symbol.asyncDispose]();
    expect((await client.closed).code).toBe(1001);
    await serve({ port });
  });

  it("that is taken is refused with a sentence naming it", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    cleanup.defer(() => void other.close());
    const { port } = other.address() as { port: number };
    await expect(serve({ port })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program: stop that program or give the people counter another port`,
    );
  });

  it("in a zone nobody knows is refused before it listens", async () => {
    await expect(serve({ zone: "Europe/Atlantis" })).rejects.toThrow("Europe/Atlantis");
  });

  it.each([
    ["a page from elsewhere", { origin: "https://shop.example" }],
    ["a name that was pointed at this machine", { host: "rebound.example:8765" }],
  ])("refuses %s and logs the setting that would open it", async (_, headers) => {
    const warnings: object[] = [];
    const log: Log = { ...silentLog, warn: (fields) => warnings.push(fields) };
    const server = await serve({ log });
    await expect(join(server, headers)).rejects.toThrow("403");
    expect(warnings).toEqual([expect.objectContaining({ setting: expect.stringMatching(/^counter\./) })]);
  });

  it.each([
    ["on this machine", { origin: "http://localhost:3000" }],
    ["opened from disk", { origin: "null" }],
    ["of a configured origin", { origin: "https://ui.shop.example" }],
  ])("serves a page %s", async (_, headers) => {
    const server = await serve({ origins: ["https://ui.shop.example"] });
    const client = await join(server, headers);
    await client.next("stats");
  });

  it("tells a browser that comes by HTTP what it is", async () => {
    const reply = await fetch(`http://127.0.0.1:${(await serve()).port}/`);
    expect(reply.status).toBe(426);
    expect(await reply.text()).toContain("WebSocket");
  });

  it("makes a picture's message once for all clients", async () => {
    let reads = 0;
    const { jpeg, ...rest } = pictureOf(1);
    const counted = {
      ...rest,
      get jpeg() {
        reads++;
        return jpeg;
      },
    };
    const server = await serve();
    const clients = [await joined(server), await joined(server), await joined(server)];
    camera.show(counted);
    for (const client of clients) await client.next("frame");
    expect(reads).toBe(1);
  });
});

describe("the documented error texts", () => {
  it("are those of the protocol's description", () => {
    expect(Object.values(peopleCounter.ErrorText)).toEqual([
      "Invalid JSON message",
      "Unknown request type",
      "Invalid face_id or limit format",
      "Internal server error processing request",
      "Face ID not found",
      "Face image file not found",
      "Face data not available on server",
    ]);
  });
});
