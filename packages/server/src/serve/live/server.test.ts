import { readFileSync } from "node:fs";
import type { CameraEvent } from "@sensorium/protocol";
import { live } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../observe/log.ts";
import type { TrackedFrame } from "../../pipeline/camera-view.ts";
import { HttpServer } from "../http/server.ts";
import { TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf, pictureOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { TestClient } from "../testing/test-client.ts";

const golden = new URL("../../../../protocol/src/live/v1/golden/", import.meta.url);
const readGolden = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, golden), "utf8"));

const crossing = readGolden("server.event.crossing").event as CameraEvent;

/** The frame of the golden tracks. */
const frame: TrackedFrame = {
  tracked: {
    count: 2,
    boxes: Float32Array.of(520.5, 101.3, 590.1, 300, 12, 40, 70.5, 210),
    scores: Float32Array.of(0.91, 0.42),
    classes: Uint16Array.of(0, 0),
    tracks: Int32Array.of(4, 7),
  },
  keypoints: null,
  size: { width: 768, height: 432 },
  sequence: 188,
  at: 18_800_000,
  times: {
    capturedMs: 1_773_480_000_000,
    decodedMs: 1_773_480_000_003.5,
    inferredMs: 1_773_480_000_024.25,
    inferenceMs: 17.5,
  },
};

let clock: HandClock;
let door: ScriptedCamera;
let room: ScriptedCamera;
let cleanup: AsyncDisposableStack;
let url: string;

beforeEach(async () => {
  clock = new HandClock(1_773_480_000_025);
  door = new ScriptedCamera("door");
  room = new ScriptedCamera("room");
  room.become({ name: "Simulated room", simulated: true, state: "connecting" });
  cleanup = new AsyncDisposableStack();
  const cameras = directoryOf(door, room);
  const options = { cameras, clock, log: silentLog, pageFolder: "/nonexistent", port: 0, maxClients: 3 };
  const server = cleanup.use(await HttpServer.listen(options));
  url = `ws://127.0.0.1:${server.port}/live/v1`;
});
afterEach(() => cleanup.disposeAsync());

const join = async (): Promise<TestClient> => cleanup.use(await TestClient.connect(url));

/** A page that has had the status of the camera it watches. */
async function watching(camera = "door", wanted: object = { pictures: true }): Promise<TestClient> {
  const client = await join();
  client.send({ type: "watch", camera, ...wanted });
  await client.next("status");
  return client;
}

describe("a page", () => {
  it("is told which cameras there are, and again when one changes", async () => {
    const client = await join();
    expect(await client.next("cameras")).toEqual(readGolden("server.cameras"));
    clock.advance(5_000);
    door.become({ state: "offline" });
    clock.advance(500);
    expect(await client.next("cameras")).toMatchObject({ cameras: [{ state: "offline" }, {}] });
    expect(client.drain("cameras")).toEqual([]);
  });

  it("is not told of cameras of other environments", async () => {
    const options = { clock, log: silentLog, pageFolder: "/nonexistent", port: 0 };
    await using access = await TestAuth.open(clock);
    const cameras = directoryOf(new ScriptedCamera("ward", "care"), new ScriptedCamera("till", "shop"));
    await using server = await HttpServer.listen({ ...options, cameras, auth: access.auth });
    const { key } = await access.key(["read"], { environments: ["shop"] });
    const client = cleanup.use(await TestClient.connect(`ws://127.0.0.1:${server.port}/live/v1?token=${key}`));
    expect(await client.next("cameras")).toMatchObject({ cameras: [{ id: "till" }] });
    client.send({ type: "watch", camera: "ward", pictures: false });
    expect(await client.next("error")).toMatchObject({ message: 'No camera has the id "ward"' });
    client.send({ type: "watch", camera: "till", pictures: false });
    expect(await client.next("status")).toMatchObject({ camera: "till" });
  });

  it("gets state and counts at once and twice a second, as the golden files have them", async () => {
    const { status } = readGolden("server.status");
    door.become({ lines: status.lines, zones: status.zones });
    door.count({
      in: 6,
      out: 2,
      trafficEvents: 3,
      traffic: { startMs: readGolden("server.counts").traffic.startMs, countIn: 4 },
    });
    const client = await join();
    client.send(readGolden("client.watch"));
    expect(await client.next("status")).toEqual(readGolden("server.status"));
    expect(await client.next("counts")).toEqual(readGolden("server.counts"));
    door.become({ state: "stalled", reason: "no picture for 5 s", frameAgeMs: 5_000 });
    clock.advance(500);
    expect(await client.next("status")).toMatchObject({ status: { state: "stalled", frameAgeMs: 5_000 } });
  });

  it("gets the tracks of each frame with its own time", async () => {
    const client = await watching();
    door.track(frame);
    expect(await client.next("tracks")).toEqual(readGolden("server.tracks"));
  });

  it("gets pictures that name their camera and time", async () => {
    const client = await watching("room");
    room.show(pictureOf(7, Buffer.from("jpeg")));
    const picture = live.decodePicture(await client.nextBinary());
    expect({ ...picture, jpeg: Buffer.from(picture.jpeg).toString() }).toEqual({
      handle: 1,
      sequence: 7,
      at: 700_000,
      capturedMs: 1_773_480_000_700,
      jpeg: "jpeg",
    });
  });

  it("hears of a crossing at once, together with the counts it made", async () => {
    const client = await watching();
    await client.next("counts");
    door.count({ in: 1 });
    door.record(crossing);
    const event = await client.next("event");
    expect(event).toEqual({ ...readGolden("server.event.crossing"), position: { epoch: "epoch", offset: 0 } });
    expect(await client.next("counts")).toMatchObject({ in: 1 });
  });

  it.each([
    ["{", "This message is not JSON"],
    ["[]", /^This message is not understood: /],
    [{ type: "watch", camera: "door" }, /pictures/],
    [{ type: "watch", camera: "door", pictures: true, quality: 1e9 }, /quality/],
    [{ type: "watch", camera: "garage", pictures: true }, 'No camera has the id "garage"'],
    [" ".repeat(20_000), "This message is 20000 bytes long; the limit is 16384 bytes"],
  ])("that sends something else (%#) is told what is wrong and stays connected", async (message, sentence) => {
    const client = await join();
    client.send(message);
    expect(await client.next("error")).toEqual({ type: "error", message: expect.stringMatching(sentence) });
    client.send({ type: "watch", camera: "door", pictures: false });
    await client.next("status");
  });
});

describe("a camera", () => {
  it("gives pictures and tracks only while it is watched, once for all who watch", async () => {
    const [first, second] = [await watching(), await watching()];
    expect(door.requests).toEqual([{ annotated: false, quality: 70, maxWidth: 1280, maxFps: 30 }]);
    expect(room.requests).toEqual([]);
    first.send({ type: "unwatch", camera: "door" });
    await second[Symbol.asyncDispose]();
    await door.until(({ pictureReaders, trackReaders }) => pictureReaders === 0 && trackReaders === 0);
  });

  it("gives no pictures to those who want only data", async () => {
    const client = await watching("door", { pictures: false });
    door.track(frame);
    await client.next("tracks");
    expect(door.requests).toEqual([]);
  });

  it("is asked for sizes and qualities in steps, so that viewers share", async () => {
    await watching("door", { pictures: true, maxWidth: 700, quality: 63 });
    await watching("door", { pictures: true, maxWidth: 900, quality: 58 });
    expect(door.requests).toEqual([{ annotated: false, quality: 60, maxWidth: 960, maxFps: 30 }]);
  });

  it("goes on without a break when a viewer changes how it watches", async () => {
    const client = await watching();
    client.send({ type: "watch", camera: "door", pictures: true, maxWidth: 320 });
    await client.next("status");
    await door.until(({ pictureReaders }) => pictureReaders === 1);
    door.track(frame);
    await client.next("tracks");
    clock.advance(500);
    await client.next("status");
    expect(client.drain("tracks")).toEqual([]);
  });
});

describe("a page that stops reading", () => {
  it("delays nobody, misses no event and gets the newest picture when it reads again", async () => {
    const [slow, fast] = [await watching(), await watching()];
    slow.socket.pause();
    for (let i = 1; i <= 12; i++) {
      door.show(pictureOf(i, Buffer.alloc(9_000_000)));
      expect(live.decodePicture(await fast.nextBinary()).sequence).toBe(i);
      door.record(crossing);
      await fast.next("event");
    }
    slow.socket.resume();
    const seen: number[] = [];
    while (seen.at(-1) !== 12) seen.push(live.decodePicture(await slow.nextBinary()).sequence);
    expect(seen.length).toBeLessThan(6);
    for (let offset = 0; offset < 12; offset++)
      expect(await slow.next("event")).toMatchObject({ position: { offset } });
  });
});
