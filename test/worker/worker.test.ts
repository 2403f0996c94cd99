import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sensorium, temporaryFolder, WebServer } from "@sensorium/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CapturePool } from "../../packages/server/src/capture/pool.ts";
import { Streams } from "../../packages/server/src/capture/streams.ts";
import { systemClock } from "../../packages/server/src/flow/supervise.ts";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { HttpServer } from "../../packages/server/src/serve/http/server.ts";
import { directoryOf } from "../../packages/server/src/serve/testing/scripted-camera.ts";
import { ScriptedBundle } from "../../packages/server/src/serve/testing/scripted-worker.ts";
import { type Message, TestClient } from "../../packages/server/src/serve/testing/test-client.ts";
import { DetectorWorker } from "../../packages/server/src/worker/worker.ts";
import { beginStream, jpeg, part, sendJpeg } from "../capture/jpegs.ts";

const SIZE = { width: 320, height: 180 };

let cleanup: AsyncDisposableStack;
let bundle: ScriptedBundle;
let cameras: WebServer;
let streams: Streams;
let worker: DetectorWorker;
let http: HttpServer;
let url: string;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  const picture = await jpeg(SIZE.width, SIZE.height);
  cameras = cleanup.use(
    await WebServer.listen(({ url: path = "" }, response) => {
      if (path.endsWith(".jpg")) {
        sendJpeg(response, picture);
        return;
      }
      beginStream(response);
      const sending = setInterval(() => response.write(part(picture)), 50);
      response.once("close", () => clearInterval(sending));
    }),
  );
  const captures = cleanup.use(new CapturePool(1));
  streams = cleanup.use(new Streams({ captures, clock: systemClock, log: silentLog }));
  bundle = new ScriptedBundle();
  worker = cleanup.use(
    new DetectorWorker({
      ...{ streams, clock: systemClock, log: silentLog, maxStreams: 8, targetFps: 10, graceMs: 0 },
      openBundle: async () => bundle.loaded,
      act: async () => undefined,
    }),
  );
  const options = { cameras: directoryOf(), log: silentLog, pageFolder: "/nowhere", port: 0 };
  http = cleanup.use(await HttpServer.listen({ ...options, worker: { worker, tokens: "never" } }));
  url = `ws://127.0.0.1:${http.port}/`;
});
afterEach(() => cleanup.disposeAsync());

/** Resolves when the first model has looked at so many frames. */
const lookedAt = (frames: number): Promise<void> =>
  new Promise((resolve) => {
    bundle.car.onLook = () => {
      if (bundle.car.views.length >= frames) resolve();
    };
  });

describe("a worker with real cameras", () => {
  it("decodes four streams for eight subscriptions of two displays, and looks at each frame once", async () => {
    const client = cleanup.use(await TestClient.connect(url));
    const subscriptions = ["d1", "d2"].flatMap((display) =>
      [1, 2, 3, 4].map((camera) => ({
        subscriptionIdentifier: `${display};c${camera}`,
        ...{ rtspUrl: cameras.url(`/${camera}`), modelUrl: "a.mpta", modelId: 1, modelName: "A" },
      })),
    );
    client.send({ type: "setSubscriptionList", subscriptions });
    const seen = new Map<unknown, Message[]>();
    while ([...seen.values()].filter((results) => results.length >= 3).length < 8) {
      const result = await client.next("imageDetection");
      seen.set(result.subscriptionIdentifier, [...(seen.get(result.subscriptionIdentifier) ?? []), result]);
    }
    expect(streams.size).toBe(4);
    expect(await cameras.connections()).toBe(4);
    for (const camera of [1, 2, 3, 4]) {
      const [one, other] = ["d1", "d2"].map((display) =>
        seen.get(`${display};c${camera}`)?.map((each) => each.timestamp),
      );
      expect(one?.slice(0, 3)).toEqual(other?.slice(0, 3));
    }
    const { frames, results, modelRuns, lookouts } = worker.counters;
    expect({ results, lookouts }).toEqual({ results: 2 * frames, lookouts: 4 });
    expect(modelRuns).toEqual({ car_v1: frames, brand_v1: frames, bodytype_v1: frames });
    const reply = await fetch(`http://127.0.0.1:${http.port}/camera/${encodeURIComponent("d1;c1")}/image`);
    const image = Buffer.from(await reply.arrayBuffer());
    expect([reply.status, image.subarray(0, 2).toString("hex")]).toEqual([200, "ffd8"]);
  });

  it("is found to conform by the check that anybody can run", async () => {
    const camera = cameras.url("/1.jpg");
    const { code, stdout } = await sensorium("worker", "check", url, "--json", "--camera", camera, "--model", "a.mpta");
    const { conforms, checks } = JSON.parse(stdout);
    expect(checks.filter(({ verdict }: { verdict: { kind: string } }) => verdict.kind !== "passed")).toEqual([]);
    expect({ conforms, code }).toEqual({ conforms: true, code: 0 });
  });

  it("serves a simulated backend, which keeps what it is asked to merge", async () => {
    await using folder = await temporaryFolder();
    const list = join(folder.path, "list.json");
    const subscription = { subscriptionIdentifier: "d1;c1", rtspUrl: cameras.url("/1"), modelUrl: "a.mpta" };
    await writeFile(list, JSON.stringify({ subscriptions: [subscription], sessions: { d1: 7 } }));
    const running = sensorium("worker", "simulate-backend", url, "--list", list, "--once");
    await lookedAt(4);
    await http[Symbol.asyncDispose]();
    const { code, stdout } = await running;
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(lines.find(({ type }) => type === "imageDetection")).toMatchObject({ subscriptionIdentifier: "d1;c1" });
    expect(lines.find(({ sent }) => sent !== undefined)).toEqual({
      sent: { type: "patchSessionResult", payload: { sessionId: 7, success: true, message: "Session patched" } },
      display: "d1",
      data: {
        ...{ progressionStage: null, qrCode: null, adsPlayback: null, fuelPump: null, weatherData: null, sessionId: 7 },
        currentCar: { carBrand: "Honda", bodyType: "Sedan" },
      },
    });
  });
});
