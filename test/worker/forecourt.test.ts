import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  hasSharedData,
  PostgresServer,
  preparedModels,
  RedisServer,
  RtspServer,
  sharedData,
  temporaryFolder,
  WebServer,
} from "@sensorium/testkit";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { App } from "../../packages/server/src/app.ts";
import { composeConfig } from "../../packages/server/src/config/config.ts";
import { packBundle } from "../../packages/server/src/mpta/pack.ts";
import { forecourtPipeline, putForecourt } from "../../packages/server/src/mpta/run/forecourt.fixture.ts";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import { type Message, TestClient } from "../../packages/server/src/serve/testing/test-client.ts";
import { sendJpeg } from "../capture/jpegs.ts";

const CAR = "images/coco128/val2017/000000000247.jpg";

/** A server without cameras of its own, as a configuration file has it. */
function configIn(folder: string) {
  const text = `
home: state
server: { port: 0 }
counter: { enabled: false }
models: { threads: 2, cacheFolder: ${preparedModels()} }
worker: { targetFps: 5 }
cameras: {}
`;
  return composeConfig({ file: { path: join(folder, "sensorium.yaml"), text }, environment: {} });
}

let servers: AsyncDisposableStack;
let cleanup: AsyncDisposableStack;
let folder: string;
let redis: RedisServer;
let postgres: PostgresServer;
let database: pg.Client;
let web: WebServer;

beforeAll(async () => {
  servers = new AsyncDisposableStack();
  if (!hasSharedData) return;
  redis = servers.use(await RedisServer.launch());
  postgres = servers.use(await PostgresServer.launch());
}, 60_000);
afterAll(() => servers.disposeAsync());

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  if (!hasSharedData) return;
  folder = cleanup.use(await temporaryFolder()).path;
  const url = new URL(await postgres.createDatabase());
  database = new pg.Client({ connectionString: url.href });
  await database.connect();
  cleanup.defer(() => database.end());
  const bundle = await bundleFor(url);
  const picture = await readFile(sharedData(CAR));
  web = cleanup.use(
    await WebServer.listen(({ url: path }, response) => {
      if (path?.startsWith("/forecourt.mpta")) response.end(bundle);
      else sendJpeg(response, picture);
    }),
  );
});
afterEach(() => cleanup.disposeAsync());

/** The documented bundle with real models, for these servers. */
async function bundleFor({ hostname, port, pathname, username, password }: URL): Promise<Buffer> {
  const postgresql = {
    ...{ host: hostname, port: Number(port), database: pathname.slice(1) },
    ...{ username: decodeURIComponent(username), password: decodeURIComponent(password) },
  };
  const pipeline = forecourtPipeline({}, { redis: { host: "127.0.0.1", port: redis.port }, postgresql });
  await putForecourt(join(folder, "forecourt"), pipeline);
  await packBundle(join(folder, "forecourt"), { out: join(folder, "forecourt.mpta") });
  return await readFile(join(folder, "forecourt.mpta"));
}

/** A server, and a backend that has subscribed to this camera. */
async function subscribed(camera: object): Promise<TestClient> {
  const app = cleanup.use(await App.open(configIn(folder), { log: silentLog }));
  const client = cleanup.use(await TestClient.connect(`ws://127.0.0.1:${app.http.port}/`));
  const subscription = {
    subscriptionIdentifier: "display-001;cam-001",
    ...{ modelUrl: web.url("/forecourt.mpta?token=1"), modelId: 101, modelName: "Forecourt", ...camera },
  };
  client.send({ type: "setSubscriptionList", subscriptions: [subscription] });
  return client;
}

interface Row {
  readonly session_id: string;
  readonly car_brand: string | null;
}

/** The rows once they are as they have to be. */
async function rowsOnce(holds: (rows: readonly Row[]) => boolean, client: TestClient): Promise<readonly Row[]> {
  for (;;) {
    const { rows } = await database.query<Row>("select * from gas_station_1.car_frontal_info");
    if (holds(rows)) return rows;
    await client.next("stateReport");
  }
}

describe.skipIf(!hasSharedData)("the documented bundle", () => {
  it("makes of a parked car one row, a picture and messages in Redis, and a result for every frame", async () => {
    const reader = new Redis(redis.port);
    const subscriber = new Redis(redis.port);
    cleanup.defer(() => reader.disconnect());
    cleanup.defer(() => subscriber.disconnect());
    await subscriber.subscribe("car_detections");
    const published = once(subscriber, "message");

    const client = await subscribed({ snapshotUrl: web.url("/snapshot.jpg"), snapshotInterval: 200 });
    const results = [];
    for (let i = 0; i < 5; i++) results.push(await client.next("imageDetection"));
    const session = String(results[0]?.sessionId);
    expect(session).toMatch(/^[0-9a-f-]{36}$/);
    const result = {
      ...{ type: "imageDetection", subscriptionIdentifier: "display-001;cam-001", sessionId: session },
      timestamp: expect.stringMatching(/Z$/),
      data: {
        detection: expect.objectContaining({ carBrand: expect.any(String), bodyType: expect.any(String) }),
        ...{ modelId: 101, modelName: "Forecourt" },
      },
    };
    expect(results).toEqual(results.map(() => result));

    const [channel, text] = await published;
    const message = JSON.parse(String(text));
    expect({ channel, message }).toMatchObject({
      channel: "car_detections",
      message: { event: "frontal_detected", display_id: "display-001", session_id: session },
    });
    expect(message.image_key).toMatch(new RegExp(`^inference:display-001:.*:${session}:.*\\.jpg$`));
    const image = await reader.getBuffer(message.image_key);
    expect(image?.subarray(0, 2).toString("hex")).toBe("ffd8");
    expect(await reader.ttl(message.image_key)).toBeGreaterThan(500);

    const rows = await rowsOnce(([row]) => row?.car_brand !== null, client);
    expect(rows).toMatchObject([
      {
        ...{ display_id: "display-001", session_id: session, license_type: "No model available" },
        ...{ car_brand: expect.any(String), car_body_type: expect.any(String) },
      },
    ]);
  }, 120_000);

  it("makes of cars that drive past one row for each visit", async () => {
    const rtsp = cleanup.use(await RtspServer.launch({ cars: sharedData("video/car-detection.mp4") }));
    const client = await subscribed({ rtspUrl: rtsp.url("cars") });
    const sessions = new Set<string>();
    const note = ({ sessionId }: Message): void => {
      if (sessionId !== undefined) sessions.add(String(sessionId));
    };
    while (sessions.size < 2) note(await client.next("imageDetection"));
    client.send({ type: "setSubscriptionList", subscriptions: [] });
    const idle = await client.nextThat((message) => String(message.cameraConnections) === "");
    expect(idle).toMatchObject({ type: "stateReport" });
    for (const result of client.drain("imageDetection")) note(result);
    const rows = await rowsOnce((found) => found.length >= sessions.size, client);
    expect(rows.map(({ session_id }) => session_id).sort()).toEqual([...sessions].sort());
  }, 120_000);
});
