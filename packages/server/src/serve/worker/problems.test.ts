import { SensoriumError } from "@sensorium/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CAMERA, listOf, readGolden, subscription, WorkerFixture } from "../testing/worker.fixture.ts";

let served: WorkerFixture;

beforeEach(async () => {
  served = await WorkerFixture.open();
});
afterEach(() => served[Symbol.asyncDispose]());

describe("what cannot be done", () => {
  it("is a bundle that cannot be had: told once per reason, tried again, and used when it is there", async () => {
    const answers = ["404 Not Found", "404 Not Found", "500 Internal Server Error"];
    served.openBundle = async () => {
      const answer = answers.shift();
      if (answer === undefined) return served.bundle.loaded;
      throw new SensoriumError("model-not-found", `the server answered ${answer}`);
    };
    const client = await served.join();
    client.send(readGolden("backend.subscribe"));
    expect(await client.next("error")).toEqual(readGolden("worker.error.subscription"));
    await served.pass(client, 40_000);
    expect(served.opened).toHaveLength(4);
    expect(client.drain("error")).toMatchObject([{ error: expect.stringContaining("500 Internal Server Error") }]);
    served.streams.show(CAMERA, served.clock.now());
    await client.next("imageDetection");
  });

  it("is a bundle that is no good: told, and not fetched again and again", async () => {
    served.openBundle = async () => {
      throw new SensoriumError("bundle-invalid", "a.mpta: pipeline.json: is missing");
    };
    const client = await served.join();
    client.send(listOf(subscription("d1;a"), subscription("d1;b")));
    const errors = [await client.next("error"), await client.next("error")];
    expect(errors.map((error) => error.subscriptionIdentifier)).toEqual(["d1;a", "d1;b"]);
    await served.pass(client, 180_000);
    expect(served.opened).toEqual(["forecourt.mpta"]);
    served.streams.show(CAMERA, served.clock.now());
    expect((await served.stateOf(client)).cameraConnections).toMatchObject([{ online: true }, { online: true }]);
  });

  it("is a bundle that hangs: the camera is there, and everybody else goes on", async () => {
    served.openBundle = (modelUrl) =>
      modelUrl === "slow.mpta" ? new Promise(() => undefined) : Promise.resolve(served.bundle.loaded);
    const client = await served.join();
    client.send(listOf(subscription("d1;a", { modelUrl: "slow.mpta" }), subscription("d1;b")));
    await served.stateOf(client);
    served.streams.show(CAMERA, served.clock.now());
    expect(await client.next("imageDetection")).toMatchObject({ subscriptionIdentifier: "d1;b" });
    expect((await served.stateOf(client)).cameraConnections).toMatchObject([{ online: true }, { online: true }]);
  });

  it.each([
    [{ rtspUrl: "file:///etc/passwd" }, "rtspUrl cannot be used: it has to begin with rtsp:// or rtsps://"],
    [{ rtspUrl: "/etc/passwd" }, "rtspUrl cannot be used: it has to begin with rtsp:// or rtsps://"],
    [{ snapshotUrl: "ftp://a/", snapshotInterval: 9 }, "snapshotUrl cannot be used: it has to begin with http"],
  ])("is a source like %j", async (fields, sentence) => {
    const client = await served.join();
    client.send(listOf(subscription("d1;a", fields), subscription("d1;b")));
    const error = await client.next("error");
    expect(error).toMatchObject({ subscriptionIdentifier: "d1;a", error: expect.stringContaining(sentence) });
    expect(await served.identifiers(client)).toEqual(["d1;b"]);
  });

  it("is a camera that is away: told once until it is back", async () => {
    const client = await served.join();
    client.send(listOf(subscription("d1;a")));
    await served.stateOf(client);
    for (let times = 0; times < 3; times++) served.streams.become(CAMERA, "offline", "192.0.2.10 does not answer");
    expect(await client.next("error")).toMatchObject({ error: "The camera is offline: 192.0.2.10 does not answer" });
    expect((await served.stateOf(client)).cameraConnections).toMatchObject([{ online: false }]);
    expect(client.drain("error")).toEqual([]);
  });

  it("is a crop that no part of the picture is in; of another one the part that is", async () => {
    const client = await served.join();
    const crop = (x2: number, x1 = 0) => ({ cropX1: x1, cropY1: 0, cropX2: x2, cropY2: 100 });
    client.send(listOf(subscription("d1;a", crop(9_000, 8_000)), subscription("d1;b", crop(9_000))));
    await served.stateOf(client);
    served.streams.show(CAMERA, served.clock.now());
    expect(await client.next("error")).toEqual({
      ...{ type: "error", subscriptionIdentifier: "d1;a" },
      error: "The crop lies outside of the picture, which is 640×480",
    });
    await served.streams.until(({ taps }) => taps.some(({ use }) => use.region?.x2 === 640));
    served.streams.show(CAMERA, served.clock.now());
    expect(await client.next("imageDetection")).toMatchObject({ subscriptionIdentifier: "d1;b" });
    expect(served.bundle.car.views).toEqual([{ region: { x1: 0, y1: 0, x2: 640, y2: 100 } }]);
  });
});
