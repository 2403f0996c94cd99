/** The composition root: the only place that knows every part. */
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SensoriumError, wallMs } from "@sensorium/protocol";
import { ActionLog } from "./actions/index.ts";
import { CapturePool } from "./capture/pool.ts";
import { Streams } from "./capture/streams.ts";
import type { CameraConfig, Config } from "./config/config.ts";
import { restartNeeded } from "./config/diff.ts";
import { LocalBus } from "./flow/bus.ts";
import { Pulse } from "./flow/pulse.ts";
import { systemClock } from "./flow/supervise.ts";
import { findModel } from "./models/catalogue.ts";
import type { PoseEstimator, Reidentifier } from "./models/crop-model.ts";
import type { Detector } from "./models/detector.ts";
import { InferencePool } from "./models/onnx/pool.ts";
import { chooseProvider } from "./models/providers.ts";
import { SimulatedDetector } from "./models/simulated.ts";
import type { Log } from "./observe/log.ts";
import { UsageMeter } from "./observe/usage.ts";
import { VERSION } from "./observe/version.ts";
import type { Camera, EventSubjects } from "./pipeline/camera.ts";
import { Cameras } from "./pipeline/cameras.ts";
import type { ComponentState } from "./pipeline/environment/components.ts";
import { Environments } from "./pipeline/environment/environments.ts";
import { PersonRegister } from "./pipeline/environment/person-numbers.ts";
import type { CameraModels } from "./pipeline/finders.ts";
import { PoseHistory } from "./pipeline/pose-history.ts";
import { Recorder } from "./pipeline/recorder.ts";
import { Sessions } from "./pipeline/sessions.ts";
import { AuditTrail } from "./serve/auth/audit.ts";
import { Auth } from "./serve/auth/auth.ts";
import { readCertificate, selfSignedCertificate } from "./serve/certificate.ts";
import { serveClock } from "./serve/clock.ts";
import { CounterServer } from "./serve/counter/server.ts";
import { defaultSettings, settingsOf } from "./serve/http/api/current-settings.ts";
import type { ApiSources } from "./serve/http/api/sources.ts";
import type { ConfigControl } from "./serve/http/configuration.ts";
import { HttpServer } from "./serve/http/server.ts";
import type { TlsFiles } from "./serve/listen.ts";
import { CameraSensing, type DurableLog } from "./serve/streaming/camera-source.ts";
import { Store } from "./storage/store.ts";
import { openWorker } from "./worker/open.ts";

const PAGE_FOLDER = fileURLToPath(new URL("../../../apps/dashboard/dist", import.meta.url));

export interface AppOptions {
  readonly log: Log;
  /** By which clients change the configuration; without it they cannot. */
  readonly control?: ConfigControl | undefined;
}

interface AppInit {
  /** What the server was started with. */
  readonly config: Config;
  readonly current: { config: Config };
  readonly log: Log;
  readonly cameras: Cameras;
  readonly environments: Environments;
  readonly store: Store;
  readonly http: HttpServer;
  readonly loginToken: string | null;
  readonly tls: TlsFiles | undefined;
  readonly auth: Auth;
  readonly parts: AsyncDisposableStack;
}

/** A running server. Closing it stops everything in the order that loses nothing. */
export class App implements AsyncDisposable {
  readonly cameras: Cameras;
  readonly http: HttpServer;
  /** Of a link that logs the first user in, where nobody ever has. */
  readonly loginToken: string | null;
  /** Resolves when the log is lost: nothing can be recorded any more, and only a restart mends it. */
  readonly failed: Promise<SensoriumError>;
  readonly #init: AppInit;
  #counter: { readonly camera: Camera; readonly server: CounterServer } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(init: AppInit) {
    this.cameras = init.cameras;
    this.http = init.http;
    this.loginToken = init.loginToken;
    this.failed = failureOf(init.store);
    this.#init = init;
  }

  /** @throws SensoriumError naming what cannot be opened and why; nothing is left open then. */
  static async open(config: Config, { log, control }: AppOptions): Promise<App> {
    await using parts = new AsyncDisposableStack();
    const captures = parts.use(new CapturePool(Math.max(1, Math.floor(config.threads / 2))));
    const provider = await chooseProvider(config.device);
    log.info({ device: provider.device }, provider.line);
    const { threads, modelCache: cacheFolder } = config;
    const inference = parts.use(new InferencePool({ threads, cacheFolder, provider, log }));
    const modelsFor = modelsOf(inference, config.modelCache);
    // Models load while the store opens; their problems are reported once it is open, so that it is closed as well.
    const loading = Promise.all(config.cameras.map(modelsFor));
    loading.catch(() => undefined);
    const store = parts.use(await Store.open({ folder: config.stateFolder, databaseUrl: config.databaseUrl, log }));
    store.keepFor(config.retention);
    await loading;
    const { jwks, roles } = config.auth;
    const issuer = jwks && { ...jwks, roles };
    const auth = await Auth.open({ records: store.access, trustProxy: config.server.trustProxy, issuer, log });
    const trail = new AuditTrail(store.audit, { clock: serveClock, log });
    const tls = await certificateOf(config);
    const bus = new LocalBus<EventSubjects>();
    const pulse = new Pulse();
    const recorder = parts.use(
      new Recorder(store, {
        log,
        clock: systemClock,
        onRecorded: (recorded) => {
          cameras.note(recorded);
          environments.note(recorded);
          bus.publish("events", recorded);
          pulse.beat();
        },
      }),
    );
    const streams = parts.use(new Streams({ captures, clock: systemClock, log }));
    const shared = { streams, recorder, bus, clock: systemClock, log };
    const persons = new PersonRegister(store.history);
    const cameras = parts.use(new Cameras({ ...shared, history: store, persons, reset: config.reset, modelsFor }));
    const { host, port, hosts } = config.server;
    const guarded = config.server.auth === "token" ? { auth } : {};
    const actions = parts.use(await ActionLog.open({ records: store.actions, log }));
    const rule = config.worker;
    const tokens = rule.auth === "none" ? "never" : { auth, onLoopback: rule.auth === "token" };
    const worker = parts.use(openWorker(rule, { streams, models: inference, actions, cacheFolder, log }));
    const current = { config };
    const sensing = new CameraSensing(cameras, durableLog(store, pulse));
    const sessions = new Sessions({
      cameras,
      environments: { get: (environment) => environments.get(environment), look: () => environments.look() },
      now: () => wallMs(Date.now()),
    });
    const usage = new UsageMeter();
    const databaseNow = (): ComponentState => databaseState(store, recorder);
    const api: ApiSources = {
      ...{ sensing, history: store.history, system: sessions, version: VERSION },
      figures: (environment) => environments.get(environment) ?? null,
      database: () => ({ status: databaseNow(), writtenMs: recorder.writtenMs }),
      settings: (environment) => settingsOf(environment, { ...current, cameras, encrypted: tls !== undefined }),
      defaults: defaultSettings("default", tls !== undefined),
      usage: () => usage.measure(),
      record: (event) => recorder.record(event),
    };
    let opened: App | undefined;
    const http = parts.use(
      await HttpServer.listen({
        ...{ cameras, actions: () => actions.health(), log, pageFolder: PAGE_FOLDER },
        // What the store has yet to write still waits with the recorder, too.
        store: () => ({ ...store.health(), queued: recorder.waiting }),
        ...{ ...guarded, trail, tls, host, port, hosts, control },
        worker: rule.enabled ? { worker, tokens } : undefined,
        ...{ api, rateLimits: config.server.rateLimits, streaming: { source: sensing } },
        counterPort: () => opened?.counterPort,
      }),
    );
    const sensed = {
      list: () => cameras.list().filter(({ environment }) => sessions.isRunning(environment)),
      get: (id: string) => cameras.get(id),
    };
    // Closed before everything it tells of, and before those whom it tells.
    const environments = parts.use(
      new Environments({
        ...{ recorder, log, now: () => wallMs(Date.now()), usage: new UsageMeter(), cameras: sensed },
        queued: () => inference.waiting,
        components: () => ({ neural_network: stateOf(inference), database: databaseNow() }),
      }),
    );
    const { posesMs: everyMs } = config.history;
    if (everyMs > 0) parts.use(new PoseHistory(store.history, { cameras: sensed, everyMs, log })).start();
    const loginToken = guarded.auth && !auth.used ? await auth.createLoginLink() : null;
    const app = new App({
      ...{ config, current },
      log,
      cameras,
      environments,
      store,
      http,
      loginToken,
      tls,
      auth,
      parts: parts.move(),
    });
    opened = app;
    try {
      await app.#run();
      return app;
    } catch (thrown) {
      await app[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get #config(): Config {
    return this.#init.current.config;
  }

  /** The people counter's port; undefined while it serves nothing. */
  get counterPort(): number | undefined {
    return this.#counter?.server.port;
  }

  get encrypted(): boolean {
    return this.#init.tls !== undefined;
  }

  /**
   * Goes on with another configuration, and returns the settings that differ but are read at the start only.
   * @throws SensoriumError when a camera's model cannot be used; then everything stays as it was.
   */
  apply(config: Config): Promise<readonly string[]> {
    const applied = this.#last.then(() => this.#apply(config));
    this.#last = applied.catch(() => undefined);
    return applied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#counter?.server[Symbol.asyncDispose]();
    await this.#init.parts[Symbol.asyncDispose]();
  }

  async #apply(config: Config): Promise<readonly string[]> {
    const settings = restartNeeded(this.#init.config, config);
    if (settings.length > 0) this.#init.log.warn({ settings }, "some settings take effect after a restart");
    // What is simulated and what is real never meet in one store.
    if (config.stateFolder !== this.#init.config.stateFolder) return settings;
    await this.cameras.become(config.cameras);
    this.#init.environments.become(config.environments);
    this.#init.environments.look();
    this.#init.current.config = config;
    this.#init.store.keepFor(config.retention);
    await this.#serveCounter();
    return settings;
  }

  async #run(): Promise<void> {
    await this.cameras.become(this.#config.cameras);
    this.#init.environments.become(this.#config.environments);
    this.#init.environments.start();
    await this.#serveCounter();
  }

  /** One port serves one camera; which one may change while it runs. */
  async #serveCounter(): Promise<void> {
    const { counter } = this.#config;
    const camera = counter.camera === undefined ? this.cameras.list()[0] : this.cameras.get(counter.camera);
    if (camera === this.#counter?.camera) return;
    await this.#counter?.server[Symbol.asyncDispose]();
    this.#counter = undefined;
    if (camera && counter.enabled) this.#counter = { camera, server: await this.#listenCounter(camera) };
  }

  #listenCounter(camera: Camera): Promise<CounterServer> {
    const { log, tls, auth } = this.#init;
    const { host, port, hosts, origins, streamQuality: quality, auth: rule } = this.#init.config.counter;
    const tokens = rule === "none" ? "never" : { auth, onLoopback: rule === "token" };
    const { zone } = this.#init.config.reset;
    return CounterServer.listen({ camera, zone, log, quality, tokens, tls, host, port, hosts, origins });
  }
}

const durableLog = (store: Store, pulse: Pulse): DurableLog => ({
  epoch: store.epoch,
  pulse,
  get lastOffset() {
    return store.health().lastOffset;
  },
  read: (query) => store.read(query),
});

function stateOf({ alive, threads }: InferencePool): ComponentState {
  if (alive === threads) return "healthy";
  return alive > 0 ? "degraded" : "unhealthy";
}

/** A sink that cannot be reached lags, and nothing is lost; of a log that takes nothing, nobody is told anything. */
function databaseState(store: Store, recorder: Recorder): ComponentState {
  if (recorder.failing) return "unhealthy";
  return store.health().sinks.some(({ state }) => state === "down" || state === "refused") ? "degraded" : "healthy";
}

function failureOf(store: Store): Promise<SensoriumError> {
  return new Promise((resolve) => {
    void store.ended.then((ended) => ended.kind === "failed" && resolve(ended.error));
  });
}

/** One model for all cameras that want the same of it; each simulated room is its own. */
function modelsOf(inference: InferencePool, modelsFolder: string): (camera: CameraConfig) => Promise<CameraModels> {
  const detectors = new Loaded<Detector>();
  const estimators = new Loaded<PoseEstimator>();
  const reidentifiers = new Loaded<Reidentifier>();
  return async ({ source, model, classes, pose, reid }) => {
    if (source.kind === "simulated") {
      return { detector: new SimulatedDetector(source.seed), poses: undefined, reidentifier: undefined };
    }
    const [detector, poses, reidentifier] = await Promise.all([
      detectors.get(JSON.stringify([model, classes]), async () => {
        return inference.load(findModel(model, modelsFolder), { classes });
      }),
      pose === undefined
        ? undefined
        : estimators.get(pose, async () => inference.loadModel("pose", findModel(pose, modelsFolder))),
      reid === undefined
        ? undefined
        : reidentifiers.get(reid, async () => inference.loadModel("reid", findModel(reid, modelsFolder))),
    ]);
    return { detector, poses, reidentifier };
  };
}

/** What takes time to load, once for all. What failed is tried again the next time: it may have been mended. */
class Loaded<T> {
  readonly #known = new Map<string, Promise<T>>();

  get(key: string, load: () => Promise<T>): Promise<T> {
    const loading = this.#known.get(key) ?? load();
    this.#known.set(key, loading);
    loading.catch(() => this.#known.delete(key));
    return loading;
  }
}

async function certificateOf({ server: { tls, hosts }, stateFolder }: Config): Promise<TlsFiles | undefined> {
  if (tls === undefined) return undefined;
  if (tls !== "self-signed") return readCertificate({ cert: tls.certificate, key: tls.key });
  const folder = join(stateFolder, "tls");
  return selfSignedCertificate({ folder, names: [hostname(), ...hosts], nowMs: Date.now() });
}
