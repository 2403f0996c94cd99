import { readdirSync, readFileSync } from "node:fs";
import { SensoriumError } from "@sensorium/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../observe/log.ts";
import type { OpenBundle } from "../../worker/bundles.ts";
import { DetectorWorker, type WorkerOptions } from "../../worker/worker.ts";
import { HttpServer } from "../http/server.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf } from "../testing/scripted-camera.ts";
import { JPEG, ScriptedBundle, ScriptedStreams, supervisorClock } from "../testing/scripted-worker.ts";
import { type Message, TestClient } from "../testing/test-client.ts";

const golden = new URL("../../../../protocol/src/detector-worker/v1/golden/", import.meta.url);
const readGolden = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, golden), "utf8"));
const exchanges = readdirSync(golden)
  .filter((name) => name.startsWith("exchange."))
  .map((name) => [name, readGolden(name.replace(".json", ""))] as const);

/** The instant of the golden files. */
const GOLDEN_MS = Date.UTC(2026, 2, 14, 9, 26, 53, 589);
const CAMERA = "rtsp://viewer:secret@192.0.2.10:554/stream1";
const SNAPSHOT = "http://viewer:secret@192.0.2.10/snapshot.jpg";
const GRACE_MS = 30_000;

let clock: HandClock;
let streams: ScriptedStreams;
let bundle: ScriptedBundle;
let worker: DetectorWorker;
let opened: string[];
let openBundle: OpenBundle;
let http: HttpServer;
let cleanup: AsyncDisposableStack;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  clock = new HandClock(GOLDEN_MS);
  streams = new ScriptedStreams();
  bundle = new ScriptedBundle();
  opened = [];
  openBundle = async () => bundle.loaded;
  await serve();
});
afterEach(() => cleanup.disposeAsync());

async function serve(options: Partial<WorkerOptions> = {}): Promise<void> {
  worker = cleanup.use(
    new DetectorWorker({
      ...{ streams, clock: supervisorClock(clock), log: silentLog, now: () => clock.now() },
      openBundle: (modelUrl, signal) => {
        opened.push(modelUrl);
        return openBundle(modelUrl, signal);
      },
      act: async () => undefined,
      visits: { newId: () => "0d9ab5b2-6f0e-4c8e-9d3a-2f4f3f5b7c11" },
      ...{ maxStreams: 3, targetFps: 10, graceMs: GRACE_MS },
      ...options,
    }),
  );
  http = cleanup.use(
    await HttpServer.listen({
      ...{ cameras: directoryOf(), log: silentLog, pageFolder: "/nowhere", port: 0, clock },
      worker: { worker, tokens: "never", usage: () => ({ cpu: 75.5, memory: 40.2, gpu: 60, gpuMemory: 25.1 }) },
    }),
  );
}

async function join(): Promise<TestClient> {
  const client = cleanup.use(await TestClient.connect(`ws://127.0.0.1:${http.port}/`));
  await client.next("stateReport");
  return client;
}

let asked = 0;

/** Resolves once everything sent before has been dealt with. */
async function dealtWith(client: TestClient): Promise<void> {
  const type = `asked-${++asked}-times`;
  client.send({ type });
  await client.nextThat((message) => String(message.error).includes(type));
}

/** Lets time pass in steps, so that a client can keep up. */
async function pass(client: TestClient, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10_000) {
    clock.advance(10_000);
    await dealtWith(client);
  }
}

/** The state once everything sent before has been dealt with. */
async function stateOf(client: TestClient): Promise<Message & { cameraConnections: Message[] }> {
  await dealtWith(client);
  client.drain("stateReport");
  client.send({ type: "requestState" });
  return (await client.next("stateReport")) as Message & { cameraConnections: Message[] };
}

const identifiers = async (client: TestClient): Promise<unknown[]> =>
  (await stateOf(client)).cameraConnections.map((each) => each.subscriptionIdentifier);

const subscription = (subscriptionIdentifier: string, fields: object = {}) => ({
  ...{ subscriptionIdentifier, rtspUrl: CAMERA, modelUrl: "forecourt.mpta", modelId: 101, modelName: "Forecourt" },
  ...fields,
});
const listOf = (...subscriptions: object[]) => ({ type: "setSubscriptionList", subscriptions });

const image = (id: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${http.port}/camera/${encodeURIComponent(id)}/image`);

describe("a backend", () => {
  it("is told at once, every two seconds and when it asks how the worker is", async () => {
    const client = cleanup.use(await TestClient.connect(`ws://127.0.0.1:${http.port}/`));
    const idle = { ...readGolden("worker.stateReport"), cameraConnections: [] };
    expect(await client.next("stateReport")).toEqual(idle);
    clock.advance(1_999);
    await dealtWith(client);
    expect(client.drain("stateReport")).toEqual([]);
    clock.advance(4_001);
    expect([
      await client.next("stateReport"),
      await client.next("stateReport"),
      await client.next("stateReport"),
    ]).toEqual([idle, idle, idle]);
    expect(await stateOf(client)).toEqual(idle);
  });

  it("gets back what it has subscribed to word for word, as the golden files have it", async () => {
    const client = await join();
    client.send(readGolden("backend.setSubscriptionList"));
    await stateOf(client);
    streams.show(CAMERA, clock.now());
    expect(await stateOf(client)).toEqual(readGolden("worker.stateReport"));
  });

  it("is told of every frame that is looked at, as the golden files have it", async () => {
    const client = await join();
    client.send(readGolden("backend.subscribe"));
    await stateOf(client);
    streams.show(CAMERA, clock.now());
    expect(await client.next("imageDetection")).toEqual(readGolden("worker.imageDetection.visit"));
    client.send(readGolden("backend.setSessionId"));
    await stateOf(client);
    for (const at of [1_000, 2_000]) {
      clock.advance(1_000);
      streams.show(CAMERA, clock.now());
      expect(await client.next("imageDetection")).toEqual({
        ...readGolden("worker.imageDetection"),
        timestamp: new Date(GOLDEN_MS + at).toISOString(),
      });
    }
    client.send(readGolden("backend.setSessionId.ended"));
    await stateOf(client);
    bundle.car.answer = [];
    clock.advance(1_000);
    streams.show(CAMERA, clock.now());
    expect(await client.next("imageDetection")).toEqual({
      ...readGolden("worker.imageDetection.nothing"),
      timestamp: new Date(GOLDEN_MS + 3_000).toISOString(),
    });
  });

  it("is asked once to merge what becomes known of the car into the session that it has set", async () => {
    const client = await join();
    client.send(readGolden("backend.subscribe"));
    client.send(readGolden("backend.setSessionId"));
    await stateOf(client);
    for (let frame = 0; frame < 5; frame++) {
      streams.show(CAMERA, clock.now());
      await client.next("imageDetection");
      clock.advance(1_000);
    }
    await stateOf(client);
    const { sessionId } = readGolden("worker.patchSession");
    const data = { currentCar: { carBrand: "Honda", bodyType: "Sedan" } };
    expect(client.drain("patchSession")).toEqual([{ type: "patchSession", sessionId, data }]);
    client.send(readGolden("backend.patchSessionResult"));
    client.send(readGolden("backend.patchSessionResult.failed"));
    expect(await stateOf(client)).toMatchObject({ type: "stateReport" });
  });

  it.each(exchanges)("is answered as %s says", async (_, { request, reply }) => {
    const client = await join();
    client.send(request);
    expect(await client.next("error")).toEqual(reply);
  });

  it("gets the newest picture of a subscription, and 404 before the first and after the last", async () => {
    const client = await join();
    const id = "display-001;cam-001";
    const missing = { detail: `Camera ${id} not found or not active` };
    expect([(await image(id)).status, await (await image(id)).json()]).toEqual([404, missing]);
    client.send(readGolden("backend.subscribe"));
    await stateOf(client);
    expect([(await image(id)).status, await (await image(id)).json()]).toEqual([
      404,
      { detail: `No frame available for camera ${id}` },
    ]);
    streams.show(CAMERA, clock.now());
    await client.next("imageDetection");
    const reply = await image(id);
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(JPEG);
    client.send(readGolden("backend.unsubscribe"));
    await stateOf(client);
    expect((await image(id)).status).toBe(404);
  });

  it("is not for pages of other sites", async () => {
    const url = `ws://127.0.0.1:${http.port}/`;
    await expect(TestClient.connect(url, { origin: "https://evil.example" })).rejects.toThrow("403");
  });
});

describe("a subscription list", () => {
  it("ends what it leaves out, begins what is new, and leaves the rest alone", async () => {
    const client = await join();
    client.send(listOf(subscription("d1;a"), subscription("d1;b", { rtspUrl: "rtsp://192.0.2.11/" })));
    await stateOf(client);
    const before = streams.of(CAMERA)[0];
    client.send(listOf(subscription("d1;a"), subscription("d1;c", { rtspUrl: "rtsp://192.0.2.12/" })));
    expect(await identifiers(client)).toEqual(["d1;a", "d1;c"]);
    expect(streams.of(CAMERA)).toEqual([before]);
    expect(streams.of("rtsp://192.0.2.11/")).toEqual([]);
    client.send(readGolden("backend.setSubscriptionList.empty"));
    expect(await identifiers(client)).toEqual([]);
    expect(streams.taps).toEqual([]);
  });

  it.each([
    ["another query of modelUrl", { modelUrl: "http://cms.example/a.mpta?token=2" }, false],
    ["another path of modelUrl", { modelUrl: "http://cms.example/b.mpta?token=1" }, true],
    ["another name of the model", { modelName: "Other" }, true],
    ["another crop", { cropX1: 0, cropY1: 0, cropX2: 10, cropY2: 10 }, true],
    ["null where nothing was", { snapshotUrl: null }, false],
  ])("with %s changes a subscription: %#", async (_, fields, isChange) => {
    const client = await join();
    const given = subscription("d1;a", { modelUrl: "http://cms.example/a.mpta?token=1" });
    client.send(listOf(given));
    const [before] = (await stateOf(client)).cameraConnections;
    const subscribed = found("d1;a");
    client.send(listOf({ ...given, ...fields }));
    const [after] = (await stateOf(client)).cameraConnections;
    expect(found("d1;a") === subscribed).toBe(!isChange);
    expect({ ...before, ...fields }).toMatchObject({ ...after, ...fields });
  });

  it("concerns only the backend that sends it", async () => {
    const [one, other] = [await join(), await join()];
    one.send(listOf(subscription("d1;a")));
    await stateOf(one);
    other.send(listOf(subscription("d1;a"), subscription("d2;a")));
    await stateOf(other);
    streams.show(CAMERA, clock.now());
    await one.next("imageDetection");
    await other.next("imageDetection");
    one.send(listOf());
    expect(await identifiers(one)).toEqual([]);
    expect(await identifiers(other)).toEqual(["d1;a", "d2;a"]);
  });

  it("of more than may be is served as far as it goes, and the rest is refused by name", async () => {
    const client = await join();
    client.send(listOf(...Array.from({ length: 200 }, (_, i) => subscription(`d${i};a`))));
    expect(await identifiers(client)).toEqual(["d0;a", "d1;a", "d2;a"]);
    const errors = client.drain("error");
    expect(errors).toHaveLength(197);
    expect(errors[0]).toEqual({
      type: "error",
      subscriptionIdentifier: "d3;a",
      error: "The subscription cannot be used: there are 3 subscriptions, and this worker takes no more (max_streams)",
    });
  });
});

const found = (identifier: string): unknown => worker.find(identifier)[0];

describe("a backend that is gone", () => {
  async function leave(client: TestClient): Promise<void> {
    const before = worker.backends;
    await client[Symbol.asyncDispose]();
    while (worker.backends === before) await new Promise((resolve) => setImmediate(resolve));
  }

  it("finds everything as it was when it comes back in time", async () => {
    const client = await join();
    client.send(listOf(subscription("display-001;cam-001")));
    client.send(readGolden("backend.setSessionId"));
    await stateOf(client);
    const [tap] = streams.of(CAMERA);
    await leave(client);
    clock.advance(GRACE_MS - 1);
    const again = await join();
    again.send(listOf(subscription("display-001;cam-001")));
    await stateOf(again);
    await pass(again, GRACE_MS);
    expect(streams.of(CAMERA)).toEqual([tap]);
    streams.show(CAMERA, clock.now());
    expect(await again.next("imageDetection")).toMatchObject({ sessionId: 12345 });
  });

  it("leaves nothing behind when it does not", async () => {
    const client = await join();
    client.send(listOf(subscription("d1;a")));
    await stateOf(client);
    await leave(client);
    expect(streams.taps).toHaveLength(1);
    clock.advance(GRACE_MS);
    await streams.until(({ taps }) => taps.length === 0);
    expect((await image("d1;a")).status).toBe(404);
  });

  it("leaves to the next list what that one names, and the rest ends", async () => {
    const client = await join();
    client.send(listOf(subscription("d1;a"), subscription("d2;a", { rtspUrl: "rtsp://192.0.2.11/" })));
    await stateOf(client);
    await leave(client);
    const again = await join();
    again.send(listOf(subscription("d1;a")));
    expect(await identifiers(again)).toEqual(["d1;a"]);
    await streams.until(({ taps }) => taps.length === 1);
  });
});

describe("what cannot be done", () => {
  it("is a bundle that cannot be had: told once per reason, tried again, and used when it is there", async () => {
    const answers = ["404 Not Found", "404 Not Found", "500 Internal Server Error"];
    openBundle = async () => {
      const answer = answers.shift();
      if (answer === undefined) return bundle.loaded;
      throw new SensoriumError("model-not-found", `the server answered ${answer}`);
    };
    const client = await join();
    client.send(readGolden("backend.subscribe"));
    expect(await client.next("error")).toEqual(readGolden("worker.error.subscription"));
    await pass(client, 40_000);
    expect(opened).toHaveLength(4);
    expect(client.drain("error")).toMatchObject([{ error: expect.stringContaining("500 Internal Server Error") }]);
    streams.show(CAMERA, clock.now());
    await client.next("imageDetection");
  });

  it("is a bundle that is no good: told, and not fetched again and again", async () => {
    openBundle = async () => {
      throw new SensoriumError("bundle-invalid", "a.mpta: pipeline.json: is missing");
    };
    const client = await join();
    client.send(listOf(subscription("d1;a"), subscription("d1;b")));
    const errors = [await client.next("error"), await client.next("error")];
    expect(errors.map((error) => error.subscriptionIdentifier)).toEqual(["d1;a", "d1;b"]);
    await pass(client, 180_000);
    expect(opened).toEqual(["forecourt.mpta"]);
    streams.show(CAMERA, clock.now());
    expect((await stateOf(client)).cameraConnections).toMatchObject([{ online: true }, { online: true }]);
  });

  it("is a bundle that hangs: the camera is there, and everybody else goes on", async () => {
    openBundle = (modelUrl) =>
      modelUrl === "slow.mpta" ? new Promise(() => undefined) : Promise.resolve(bundle.loaded);
    const client = await join();
    client.send(listOf(subscription("d1;a", { modelUrl: "slow.mpta" }), subscription("d1;b")));
    await stateOf(client);
    streams.show(CAMERA, clock.now());
    expect(await client.next("imageDetection")).toMatchObject({ subscriptionIdentifier: "d1;b" });
    expect((await stateOf(client)).cameraConnections).toMatchObject([{ online: true }, { online: true }]);
  });

  it.each([
    [{ rtspUrl: "file:///etc/passwd" }, "rtspUrl cannot be used: it has to begin with rtsp:// or rtsps://"],
    [{ rtspUrl: "/etc/passwd" }, "rtspUrl cannot be used: it has to begin with rtsp:// or rtsps://"],
    [{ snapshotUrl: "ftp://a/", snapshotInterval: 9 }, "snapshotUrl cannot be used: it has to begin with http"],
  ])("is a source like %j", async (fields, sentence) => {
    const client = await join();
    client.send(listOf(subscription("d1;a", fields), subscription("d1;b")));
    const error = await client.next("error");
    expect(error).toMatchObject({ subscriptionIdentifier: "d1;a", error: expect.stringContaining(sentence) });
    expect(await identifiers(client)).toEqual(["d1;b"]);
  });

  it("is a camera that is away: told once until it is back", async () => {
    const client = await join();
    client.send(listOf(subscription("d1;a")));
    await stateOf(client);
    for (let times = 0; times < 3; times++) streams.become(CAMERA, "offline", "192.0.2.10 does not answer");
    expect(await client.next("error")).toMatchObject({ error: "The camera is offline: 192.0.2.10 does not answer" });
    expect((await stateOf(client)).cameraConnections).toMatchObject([{ online: false }]);
    expect(client.drain("error")).toEqual([]);
  });

  it("is a crop that no part of the picture is in; of another one the part that is", async () => {
    const client = await join();
    const crop = (x2: number, x1 = 0) => ({ cropX1: x1, cropY1: 0, cropX2: x2, cropY2: 100 });
    client.send(listOf(subscription("d1;a", crop(9_000, 8_000)), subscription("d1;b", crop(9_000))));
    await stateOf(client);
    streams.show(CAMERA, clock.now());
    expect(await client.next("error")).toEqual({
      ...{ type: "error", subscriptionIdentifier: "d1;a" },
      error: "The crop lies outside of the picture, which is 640×480",
    });
    await streams.until(({ taps }) => taps.some(({ use }) => use.region?.x2 === 640));
    streams.show(CAMERA, clock.now());
    expect(await client.next("imageDetection")).toMatchObject({ subscriptionIdentifier: "d1;b" });
    expect(bundle.car.views).toEqual([{ region: { x1: 0, y1: 0, x2: 640, y2: 100 } }]);
  });
});

describe("subscriptions that share something", () => {
  it("of two displays on four cameras look once at each camera, with every model once per frame", async () => {
    await serve({ maxStreams: 8 });
    const cameras = [1, 2, 3, 4].map((number) => `rtsp://192.0.2.${number}/`);
    const client = await join();
    const wanted = ["d1", "d2"].flatMap((display) =>
      cameras.map((rtspUrl, i) => subscription(`${display};c${i}`, { rtspUrl })),
    );
    client.send(listOf(...wanted));
    await stateOf(client);
    expect(streams.taps).toHaveLength(4);
    for (let frame = 0; frame < 3; frame++) {
      for (const camera of cameras) streams.show(camera, clock.now());
      for (let i = 0; i < 8; i++) await client.next("imageDetection");
      clock.advance(1_000);
    }
    expect(opened).toEqual(["forecourt.mpta"]);
    expect(worker.counters).toEqual({
      ...{ frames: 12, results: 24, subscriptions: 8, lookouts: 4, bundles: 1 },
      modelRuns: { car_v1: 12, brand_v1: 12, bodytype_v1: 12 },
    });
  });

  it("with different crops look once at each", async () => {
    const client = await join();
    const crop = { cropX1: 0, cropY1: 0, cropX2: 100, cropY2: 100 };
    client.send(listOf(subscription("d1;a"), subscription("d2;a", crop), subscription("d3;a", crop)));
    await stateOf(client);
    streams.show(CAMERA, clock.now());
    for (let i = 0; i < 3; i++) await client.next("imageDetection");
    expect(worker.counters).toMatchObject({ frames: 2, results: 3, modelRuns: { car_v1: 2 } });
  });

  it("take snapshots as often as the most impatient of them wants", async () => {
    const client = await join();
    const intervals = () =>
      streams.of(SNAPSHOT).map(({ source }) => ("intervalMs" in source ? source.intervalMs : undefined));
    const every = (id: string, snapshotInterval: number, fields = {}) =>
      subscription(id, { snapshotUrl: SNAPSHOT, snapshotInterval, ...fields });
    const crop = { cropX1: 0, cropY1: 0, cropX2: 100, cropY2: 100 };
    client.send(listOf(every("d1;a", 5_000), every("d2;a", 8_000, crop)));
    await streams.until(() => String(intervals()) === "5000,5000");
    client.send(listOf(every("d1;a", 5_000), every("d2;a", 2_000, crop)));
    await streams.until(() => String(intervals()) === "2000,2000");
    client.send(listOf(every("d1;a", 5_000)));
    await streams.until(() => String(intervals()) === "5000");
    expect(streams.of(CAMERA)).toEqual([]);
  });

  it("are read anew once, however fast their intervals change", async () => {
    const client = await join();
    for (const snapshotInterval of [5_000, 4_000, 3_000, 2_000]) {
      client.send(listOf(subscription("d1;a", { snapshotUrl: SNAPSHOT, snapshotInterval }), subscription("d1;b")));
      client.send(listOf(subscription("d1;a", { snapshotUrl: SNAPSHOT, snapshotInterval, modelName: "B" })));
    }
    await stateOf(client);
    await streams.until(({ taps }) => taps.length === 1);
    await stateOf(client);
    expect(streams.taps.map(({ source }) => source)).toMatchObject([{ intervalMs: 2_000 }]);
  });

  it("look at no more frames than they are told to", async () => {
    const client = await join();
    client.send(listOf(subscription("d1;a")));
    await stateOf(client);
    for (let i = 0; i < 5; i++) streams.show(CAMERA, clock.now() + i);
    await client.next("imageDetection");
    await stateOf(client);
    expect(client.drain("imageDetection")).toEqual([]);
    clock.advance(100);
    await client.next("imageDetection");
  });
});
