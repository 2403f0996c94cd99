/** The composition root: the only place that knows every part. */
import { fileURLToPath } from "node:url";
import { type Recorded, type SensoriumError, wallMs } from "@sensorium/protocol";
import { CapturePool } from "./capture/pool.ts";
import type { CameraConfig, Config } from "./config/config.ts";
import { LocalBus } from "./flow/bus.ts";
import { systemClock } from "./flow/supervise.ts";
import { DEFAULT_MODEL, findModel } from "./models/catalogue.ts";
import type { Detector } from "./models/detector.ts";
import { InferencePool } from "./models/onnx/pool.ts";
import { SimulatedDetector } from "./models/simulated.ts";
import type { Log } from "./observe/log.ts";
import { Camera, type EventSubjects } from "./pipeline/camera.ts";
import type { CameraDirectory } from "./pipeline/camera-view.ts";
import { Recorder } from "./pipeline/recorder.ts";
import { restoreTally, restoreTraffic } from "./pipeline/restore.ts";
import type { Tally } from "./pipeline/tally.ts";
import type { TrafficWatch } from "./pipeline/traffic-watch.ts";
import { CounterServer } from "./serve/counter/server.ts";
import { HttpServer } from "./serve/http/server.ts";
import { Store } from "./storage/store.ts";

const PAGE_FOLDER = fileURLToPath(new URL("../../../apps/dashboard/dist", import.meta.url));
const TRAFFIC = {};

interface AppInit {
  readonly cameras: CameraDirectory;
  readonly http: HttpServer;
  readonly counter: CounterServer;
  readonly failed: Promise<SensoriumError>;
  readonly parts: AsyncDisposableStack;
}

/** A running server. Closing it stops everything in the order that loses nothing. */
export class App implements AsyncDisposable {
  readonly cameras: CameraDirectory;
  readonly http: HttpServer;
  readonly counter: CounterServer;
  /** Resolves when the log is lost: nothing can be recorded any more, and only a restart mends it. */
  readonly failed: Promise<SensoriumError>;
  readonly #parts: AsyncDisposableStack;

  private constructor(init: AppInit) {
    this.cameras = init.cameras;
    this.http = init.http;
    this.counter = init.counter;
    this.failed = init.failed;
    this.#parts = init.parts;
  }

  /** @throws SensoriumError naming what cannot be opened and why; nothing is left open then. */
  static async open(config: Config, log: Log): Promise<App> {
    await using parts = new AsyncDisposableStack();
    const captures = parts.use(new CapturePool(Math.max(1, Math.floor(config.threads / 2))));
    const inference = parts.use(new InferencePool({ threads: config.threads, cacheFolder: config.modelCache, log }));
    const loading = loadDetectors(config, inference);
    loading.catch(() => undefined); // reported once the store is open, so that it is closed as well
    const store = parts.use(await Store.open({ folder: config.stateFolder, databaseUrl: config.databaseUrl, log }));
    const detectorOf = await loading;
    const bus = new LocalBus<EventSubjects>();
    const counting = new Map<string, { readonly tally: Tally; readonly traffic: TrafficWatch }>();
    const onRecorded = (recorded: Recorded): void => {
      const { event } = recorded;
      const counted = counting.get(event.camera);
      if (event.type === "crossing") {
        counted?.tally.add(event, wallMs(Date.now()));
        counted?.traffic.add(event);
      }
      bus.publish("events", recorded);
    };
    const recorder = parts.use(new Recorder(store, { log, clock: systemClock, onRecorded }));
    const cameras: Camera[] = [];
    for (const camera of config.cameras) {
      const counted = await restoreCounts(store, camera, config);
      counting.set(camera.id, counted);
      const shared = { captures, recorder, bus, clock: systemClock, log };
      cameras.push(
        parts.use(new Camera({ ...camera, traffic: TRAFFIC }, { ...shared, ...counted, detector: detectorOf(camera) })),
      );
    }
    const directory: CameraDirectory = {
      list: () => cameras,
      get: (id) => cameras.find((camera) => camera.id === id),
    };
    const http = parts.use(
      await HttpServer.listen({
        cameras: directory,
        store: () => store.health(),
        log,
        pageFolder: PAGE_FOLDER,
        port: config.port,
      }),
    );
    const counter = parts.use(await listenCounter(config, directory, log));
    for (const camera of cameras) camera.start();
    return new App({ cameras: directory, http, counter, failed: failureOf(store), parts: parts.move() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
  }
}

function failureOf(store: Store): Promise<SensoriumError> {
  return new Promise((resolve) => {
    void store.ended.then((ended) => ended.kind === "failed" && resolve(ended.error));
  });
}

/** One detector for all real cameras, one for each simulated room. */
async function loadDetectors(config: Config, inference: InferencePool): Promise<(camera: CameraConfig) => Detector> {
  const real = config.cameras.some(({ source }) => source.kind !== "simulated");
  const model = real ? await inference.load(findModel(config.model ?? DEFAULT_MODEL), config) : undefined;
  return ({ source }) => {
    if (source.kind === "simulated") return new SimulatedDetector(source.seed);
    if (model) return model;
    throw new Error("a real camera without a model");
  };
}

async function restoreCounts(store: Store, camera: CameraConfig, { reset }: Config) {
  const lines = camera.lines.map(({ id }) => id);
  const options = { camera: camera.id, lines, reset, traffic: TRAFFIC, nowMs: wallMs(Date.now()) };
  const [tally, traffic] = await Promise.all([restoreTally(store, options), restoreTraffic(store, options)]);
  return { tally, traffic };
}

function listenCounter(config: Config, cameras: CameraDirectory, log: Log): Promise<CounterServer> {
  const [camera] = cameras.list();
  if (!camera) throw new Error("a server without cameras");
  const { counterPort: port, streamQuality: quality, reset } = config;
  return CounterServer.listen({ camera, zone: reset.zone, log, quality, port });
}
