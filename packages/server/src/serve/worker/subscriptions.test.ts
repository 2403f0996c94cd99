import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoadedBundle } from "../../mpta/run/loaded-bundle.ts";
import { CAMERA, listOf, readGolden, subscription, WorkerFixture } from "../testing/worker.fixture.ts";

const SNAPSHOT = "http://viewer:secret@192.0.2.10/snapshot.jpg";

let served: WorkerFixture;

beforeEach(async () => {
  served = await WorkerFixture.open();
});
afterEach(() => served[Symbol.asyncDispose]());

describe("a subscription list", () => {
  it("ends what it leaves out, begins what is new, and leaves the rest alone", async () => {
    const client = await served.join();
    client.send(listOf(subscription("d1;a"), subscription("d1;b", { rtspUrl: "rtsp://192.0.2.11/" })));
    await served.stateOf(client);
    const before = served.streams.of(CAMERA)[0];
    client.send(listOf(subscription("d1;a"), subscription("d1;c", { rtspUrl: "rtsp://192.0.2.12/" })));
    expect(await served.identifiers(client)).toEqual(["d1;a", "d1;c"]);
    expect(served.streams.of(CAMERA)).toEqual([before]);
    expect(served.streams.of("rtsp://192.0.2.11/")).toEqual([]);
    client.send(readGolden("backend.setSubscriptionList.empty"));
    expect(await served.identifiers(client)).toEqual([]);
    expect(served.streams.taps).toEqual([]);
  });

  it.each([
    ["another query of modelUrl", { modelUrl: "http://cms.example/a.mpta?token=2" }, false],
    ["another path of modelUrl", { modelUrl: "http://cms.example/b.mpta?token=1" }, true],
    ["another name of the model", { modelName: "Other" }, true],
    ["another crop", { cropX1: 0, cropY1: 0, cropX2: 10, cropY2: 10 }, true],
    ["null where nothing was", { snapshotUrl: null }, false],
  ])("with %s changes a subscription: %#", async (_, fields, isChange) => {
    const client = await served.join();
    const given = subscription("d1;a", { modelUrl: "http://cms.example/a.mpta?token=1" });
    client.send(listOf(given));
    const [before] = (await served.stateOf(client)).cameraConnections;
    const subscribed = found("d1;a");
    client.send(listOf({ ...given, ...fields }));
    const [after] = (await served.stateOf(client)).cameraConnections;
    expect(found("d1;a") === subscribed).toBe(!isChange);
    expect({ ...before, ...fields }).toMatchObject({ ...after, ...fields });
  });

  it("concerns only the backend that sends it", async () => {
    const [one, other] = [await served.join(), await served.join()];
    one.send(listOf(subscription("d1;a")));
    await served.stateOf(one);
    other.send(listOf(subscription("d1;a"), subscription("d2;a")));
    await served.stateOf(other);
    served.streams.show(CAMERA, served.clock.now());
    await one.next("imageDetection");
    await other.next("imageDetection");
    one.send(listOf());
    expect(await served.identifiers(one)).toEqual([]);
    expect(await served.identifiers(other)).toEqual(["d1;a", "d2;a"]);
  });

  it("of more than may be is served as far as it goes, and the rest is refused by name", async () => {
    const client = await served.join();
    client.send(listOf(...Array.from({ length: 200 }, (_, i) => subscription(`d${i};a`))));
    expect(await served.identifiers(client)).toEqual(["d0;a", "d1;a", "d2;a"]);
    const errors = client.drain("error");
    expect(errors).toHaveLength(197);
    expect(errors[0]).toEqual({
      type: "error",
      subscriptionIdentifier: "d3;a",
      error: "The subscription cannot be used: there are 3 subscriptions, and this worker takes no more (max_streams)",
    });
  });
});

const found = (identifier: string): unknown => served.worker.find(identifier)[0];

describe("subscriptions that share something", () => {
  it("of two displays on four cameras look once at each camera, with every model once per frame", async () => {
    await using served = await WorkerFixture.open({ maxStreams: 8 });
    const cameras = [1, 2, 3, 4].map((number) => `rtsp://192.0.2.${number}/`);
    const client = await served.join();
    const wanted = ["d1", "d2"].flatMap((display) =>
      cameras.map((rtspUrl, i) => subscription(`${display};c${i}`, { rtspUrl })),
    );
    client.send(listOf(...wanted));
    await served.stateOf(client);
    expect(served.streams.taps).toHaveLength(4);
    for (let frame = 0; frame < 3; frame++) {
      for (const camera of cameras) served.streams.show(camera, served.clock.now());
      for (let i = 0; i < 8; i++) await client.next("imageDetection");
      served.clock.advance(1_000);
    }
    expect(served.opened).toEqual(["forecourt.mpta"]);
    expect(served.worker.counters).toEqual({
      ...{ frames: 12, results: 24, subscriptions: 8, lookouts: 4, bundles: 1 },
      modelRuns: { car_v1: 12, brand_v1: 12, bodytype_v1: 12 },
    });
  });

  it("with different crops look once at each", async () => {
    const client = await served.join();
    const crop = { cropX1: 0, cropY1: 0, cropX2: 100, cropY2: 100 };
    client.send(listOf(subscription("d1;a"), subscription("d2;a", crop), subscription("d3;a", crop)));
    await served.stateOf(client);
    served.streams.show(CAMERA, served.clock.now());
    for (let i = 0; i < 3; i++) await client.next("imageDetection");
    expect(served.worker.counters).toMatchObject({ frames: 2, results: 3, modelRuns: { car_v1: 2 } });
  });

  it("take snapshots as often as the most impatient of them wants", async () => {
    const client = await served.join();
    const intervals = () =>
      served.streams.of(SNAPSHOT).map(({ source }) => ("intervalMs" in source ? source.intervalMs : undefined));
    const every = (id: string, snapshotInterval: number, fields = {}) =>
      subscription(id, { snapshotUrl: SNAPSHOT, snapshotInterval, ...fields });
    const crop = { cropX1: 0, cropY1: 0, cropX2: 100, cropY2: 100 };
    client.send(listOf(every("d1;a", 5_000), every("d2;a", 8_000, crop)));
    await served.streams.until(() => String(intervals()) === "5000,5000");
    client.send(listOf(every("d1;a", 5_000), every("d2;a", 2_000, crop)));
    await served.streams.until(() => String(intervals()) === "2000,2000");
    client.send(listOf(every("d1;a", 5_000)));
    await served.streams.until(() => String(intervals()) === "5000");
    expect(served.streams.of(CAMERA)).toEqual([]);
  });

  it("are read anew once, however fast their intervals change", async () => {
    const client = await served.join();
    for (const snapshotInterval of [5_000, 4_000, 3_000, 2_000]) {
      client.send(listOf(subscription("d1;a", { snapshotUrl: SNAPSHOT, snapshotInterval }), subscription("d1;b")));
      client.send(listOf(subscription("d1;a", { snapshotUrl: SNAPSHOT, snapshotInterval, modelName: "B" })));
    }
    await served.stateOf(client);
    await served.streams.until(({ taps }) => taps.length === 1);
    await served.stateOf(client);
    expect(served.streams.taps.map(({ source }) => source)).toMatchObject([{ intervalMs: 2_000 }]);
  });

  it("look at no more frames than they are told to", async () => {
    const client = await served.join();
    client.send(listOf(subscription("d1;a")));
    await served.stateOf(client);
    for (let i = 0; i < 5; i++) served.streams.show(CAMERA, served.clock.now() + i);
    await client.next("imageDetection");
    await served.stateOf(client);
    expect(client.drain("imageDetection")).toEqual([]);
    served.clock.advance(100);
    await client.next("imageDetection");
  });

  it("give back their bundle with the last of them, and one that comes when nobody waits any more at once", async () => {
    const client = await served.join();
    client.send(listOf(subscription("d1;a"), subscription("d2;a")));
    await served.stateOf(client);
    client.send(listOf(subscription("d1;a")));
    await served.stateOf(client);
    expect(served.bundle.givenBack).toBe(0);
    client.send(listOf());
    await served.stateOf(client);
    expect(served.bundle.givenBack).toBe(1);
    const late = Promise.withResolvers<LoadedBundle>();
    served.openBundle = () => late.promise;
    client.send(listOf(subscription("d1;a")));
    client.send(listOf());
    await served.stateOf(client);
    late.resolve(served.bundle.loaded);
    await served.stateOf(client);
    expect(served.bundle.givenBack).toBe(2);
  });
});
