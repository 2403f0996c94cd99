/** The composition root: with the parts in `app/`, the only place that knows every other. */
import type { SensoriumError } from "@sensorium/protocol";
import { CounterPort } from "./app/counter.ts";
import { openEngines } from "./app/engines.ts";
import { openGuard } from "./app/guard.ts";
import { openHttp } from "./app/http.ts";
import { openStore, Recording } from "./app/recording.ts";
import { openSensing, type Sensing } from "./app/sensing.ts";
import type { Config } from "./config/config.ts";
import { restartNeeded } from "./config/diff.ts";
import type { Log } from "./observe/log.ts";
import type { Cameras } from "./pipeline/cameras.ts";
import { PoseHistory } from "./pipeline/pose-history.ts";
import type { ConfigControl } from "./serve/http/configuration.ts";
import type { HttpServer } from "./serve/http/server.ts";

export interface AppOptions {
  readonly log: Log;
  /** By which clients change the configuration; without it they cannot. */
  readonly control?: ConfigControl | undefined;
}

interface AppInit {
  /** What the server was started with. */
  readonly config: Config;
  /** What it goes by now. */
  readonly current: { config: Config };
  readonly log: Log;
  readonly recording: Recording;
  readonly sensing: Sensing;
  readonly http: HttpServer;
  readonly counter: CounterPort;
  readonly loginToken: string | null;
  readonly encrypted: boolean;
}

/** A running server. Closing it stops everything in the order that loses nothing. */
export class App implements AsyncDisposable {
  readonly #init: AppInit;
  #parts = new AsyncDisposableStack();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(init: AppInit) {
    this.#init = init;
  }

  /** @throws SensoriumError naming what cannot be opened and why; nothing is left open then. */
  static async open(config: Config, { log, control }: AppOptions): Promise<App> {
    await using parts = new AsyncDisposableStack();
    const opening = { config, log, parts };
    const engines = await openEngines(opening);
    // Models load while the store opens; their problems are reported once it is open, so that it is closed as well.
    const loading = Promise.all(config.cameras.map((camera) => engines.models.modelsFor(camera)));
    loading.catch(() => undefined);
    const store = await openStore(opening);
    await loading;
    const guard = await openGuard(opening, store);
    const recording = new Recording(opening, store);
    const sensing = openSensing(opening, { engines, recording });
    const current = { config };
    const { inference } = engines;
    const counter = new CounterPort(opening, guard);
    const http = await openHttp(opening, { inference, guard, recording, sensing, current, control, counter });
    // Closed before everything they tell of, and before those whom they tell.
    parts.use(sensing.environments);
    const { posesMs: everyMs } = config.history;
    if (everyMs > 0) parts.use(new PoseHistory(store.history, { cameras: sensing.sensed, everyMs, log })).start();
    parts.use(counter);
    const isFirst = config.server.auth === "token" && !guard.auth.used;
    const loginToken = isFirst ? await guard.auth.createLoginLink() : null;
    const encrypted = guard.tls !== undefined;
    const app = new App({ config, current, log, recording, sensing, http, counter, loginToken, encrypted });
    await app.#run();
    app.#parts = parts.move();
    return app;
  }

  get cameras(): Cameras {
    return this.#init.sensing.cameras;
  }

  get http(): HttpServer {
    return this.#init.http;
  }

  /** The people counter's port; undefined while it serves nothing. */
  get counterPort(): number | undefined {
    return this.#init.counter.port;
  }

  get encrypted(): boolean {
    return this.#init.encrypted;
  }

  /** Of a link that logs the first user in, where nobody ever has. */
  get loginToken(): string | null {
    return this.#init.loginToken;
  }

  /** Resolves when the log is lost: nothing can be recorded any more, and only a restart mends it. */
  get failed(): Promise<SensoriumError> {
    return this.#init.recording.failed;
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
    await this.#parts[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    const { config, sensing, counter } = this.#init;
    await sensing.cameras.become(config.cameras);
    sensing.environments.become(config.environments);
    sensing.environments.start();
    await counter.become(config.counter, sensing.cameras);
  }

  async #apply(config: Config): Promise<readonly string[]> {
    const { config: started, current, log, sensing, recording, counter } = this.#init;
    const settings = restartNeeded(started, config);
    if (settings.length > 0) log.warn({ settings }, "some settings take effect after a restart");
    // What is simulated and what is real never meet in one store.
    if (config.stateFolder !== started.stateFolder) return settings;
    await sensing.cameras.become(config.cameras);
    sensing.environments.become(config.environments);
    sensing.environments.look();
    current.config = config;
    recording.store.keepFor(config.retention);
    await counter.become(config.counter, sensing.cameras);
    return settings;
  }
}
