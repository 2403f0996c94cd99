import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JPEG } from "../testing/scripted-worker.ts";
import { TestClient } from "../testing/test-client.ts";
import {
  CAMERA,
  GOLDEN_MS,
  GRACE_MS,
  goldenFolder,
  listOf,
  readGolden,
  subscription,
  WorkerFixture,
} from "../testing/worker.fixture.ts";

const exchanges = readdirSync(goldenFolder)
  .filter((name) => name.startsWith("exchange."))
  .map((name) => [name, readGolden(name.replace(".json", ""))] as const);

let served: WorkerFixture;

beforeEach(async () => {
  served = await WorkerFixture.open();
});
afterEach(() => served[Symbol.asyncDispose]());

describe("a backend", () => {
  it("is told at once, every two seconds and when it asks how the worker is", async () => {
    const client = await served.connect();
    const idle = { ...readGolden("worker.stateReport"), cameraConnections: [] };
    expect(await client.next("stateReport")).toEqual(idle);
    served.clock.advance(1_999);
    await served.dealtWith(client);
    expect(client.drain("stateReport")).toEqual([]);
    served.clock.advance(4_001);
    expect([
      await client.next("stateReport"),
      await client.next("stateReport"),
      await client.next("stateReport"),
    ]).toEqual([idle, idle, idle]);
    expect(await served.stateOf(client)).toEqual(idle);
  });

  it("gets back what it has subscribed to word for word, as the golden files have it", async () => {
    const client = await served.join();
    client.send(readGolden("backend.setSubscriptionList"));
    await served.stateOf(client);
    served.streams.show(CAMERA, served.clock.now());
    expect(await served.stateOf(client)).toEqual(readGolden("worker.stateReport"));
  });

  it("is told of every frame that is looked at, as the golden files have it", async () => {
    const client = await served.join();
    client.send(readGolden("backend.subscribe"));
    await served.stateOf(client);
    served.streams.show(CAMERA, served.clock.now());
    expect(await client.next("imageDetection")).toEqual(readGolden("worker.imageDetection.visit"));
    client.send(readGolden("backend.setSessionId"));
    await served.stateOf(client);
    for (const at of [1_000, 2_000]) {
      served.clock.advance(1_000);
      served.streams.show(CAMERA, served.clock.now());
      expect(await client.next("imageDetection")).toEqual({
        ...readGolden("worker.imageDetection"),
        timestamp: new Date(GOLDEN_MS + at).toISOString(),
      });
    }
    client.send(readGolden("backend.setSessionId.ended"));
    await served.stateOf(client);
    served.bundle.car.answer = [];
    served.clock.advance(1_000);
    served.streams.show(CAMERA, served.clock.now());
    expect(await client.next("imageDetection")).toEqual({
      ...readGolden("worker.imageDetection.nothing"),
      timestamp: new Date(GOLDEN_MS + 3_000).toISOString(),
    });
  });

  it("is asked once to merge what becomes known of the car into the session that it has set", async () => {
    const client = await served.join();
    client.send(readGolden("backend.subscribe"));
    client.send(readGolden("backend.setSessionId"));
    await served.stateOf(client);
    for (let frame = 0; frame < 5; frame++) {
      served.streams.show(CAMERA, served.clock.now());
      await client.next("imageDetection");
      served.clock.advance(1_000);
    }
    await served.stateOf(client);
    const { sessionId } = readGolden("worker.patchSession");
    const data = { currentCar: { carBrand: "Honda", bodyType: "Sedan" } };
    expect(client.drain("patchSession")).toEqual([{ type: "patchSession", sessionId, data }]);
    client.send(readGolden("backend.patchSessionResult"));
    client.send(readGolden("backend.patchSessionResult.failed"));
    expect(await served.stateOf(client)).toMatchObject({ type: "stateReport" });
  });

  it.each(exchanges)("is answered as %s says", async (_, { request, reply }) => {
    const client = await served.join();
    client.send(request);
    expect(await client.next("error")).toEqual(reply);
  });

  it("gets the newest picture of a subscription, and 404 before the first and after the last", async () => {
    const client = await served.join();
    const id = "display-001;cam-001";
    const missing = { detail: `Camera ${id} not found or not active` };
    expect([(await served.image(id)).status, await (await served.image(id)).json()]).toEqual([404, missing]);
    client.send(readGolden("backend.subscribe"));
    await served.stateOf(client);
    expect([(await served.image(id)).status, await (await served.image(id)).json()]).toEqual([
      404,
      { detail: `No frame available for camera ${id}` },
    ]);
    served.streams.show(CAMERA, served.clock.now());
    await client.next("imageDetection");
    const reply = await served.image(id);
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "image/jpeg"]);
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(JPEG);
    client.send(readGolden("backend.unsubscribe"));
    await served.stateOf(client);
    expect((await served.image(id)).status).toBe(404);
  });

  it("is not for pages of other sites", async () => {
    const url = `ws://127.0.0.1:${served.port}/`;
    await expect(TestClient.connect(url, { origin: "https://evil.example" })).rejects.toThrow("403");
  });
});

describe("a backend that is gone", () => {
  async function leave(client: TestClient): Promise<void> {
    const before = served.worker.backends;
    await client[Symbol.asyncDispose]();
    while (served.worker.backends === before) await new Promise((resolve) => setImmediate(resolve));
  }

  it("finds everything as it was when it comes back in time", async () => {
    const client = await served.join();
    client.send(listOf(subscription("display-001;cam-001")));
    client.send(readGolden("backend.setSessionId"));
    await served.stateOf(client);
    const [tap] = served.streams.of(CAMERA);
    await leave(client);
    served.clock.advance(GRACE_MS - 1);
    const again = await served.join();
    again.send(listOf(subscription("display-001;cam-001")));
    await served.stateOf(again);
    await served.pass(again, GRACE_MS);
    expect(served.streams.of(CAMERA)).toEqual([tap]);
    served.streams.show(CAMERA, served.clock.now());
    expect(await again.next("imageDetection")).toMatchObject({ sessionId: 12345 });
  });

  it("leaves nothing behind when it does not", async () => {
    const client = await served.join();
    client.send(listOf(subscription("d1;a")));
    await served.stateOf(client);
    await leave(client);
    expect(served.streams.taps).toHaveLength(1);
    served.clock.advance(GRACE_MS);
    await served.streams.until(({ taps }) => taps.length === 0);
    expect((await served.image("d1;a")).status).toBe(404);
  });

  it("leaves to the next list what that one names, and the rest ends", async () => {
    const client = await served.join();
    client.send(listOf(subscription("d1;a"), subscription("d2;a", { rtspUrl: "rtsp://192.0.2.11/" })));
    await served.stateOf(client);
    await leave(client);
    const again = await served.join();
    again.send(listOf(subscription("d1;a")));
    expect(await served.identifiers(again)).toEqual(["d1;a"]);
    await served.streams.until(({ taps }) => taps.length === 1);
  });
});
