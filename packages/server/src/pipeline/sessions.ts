import type { WallMs } from "@sensorium/protocol";

/** The sensing of one environment, from a start to its end. */
export interface SensingSession {
  readonly environment: string;
  readonly id: string;
  readonly state: "running" | "stopped";
  /** Since when it is so. */
  readonly sinceMs: WallMs;
}

/** What runs in environments: see `Cameras` and `Environments`. */
export interface SessionParts {
  readonly cameras: {
    /** Closes the cameras of an environment until they are resumed. */
    pause(environment: string): Promise<void>;
    resume(environment: string): Promise<void>;
  };
  readonly environments: {
    get(environment: string): { readonly session: string; readonly startedMs: WallMs } | undefined;
    /** Takes notice of cameras that run no more, or again. */
    look(): void;
    /** The next session of an environment takes the place of this one. */
    restart(environment: string): void;
  };
  now(): WallMs;
}

/** Starts and stops the sensing of environments. Nothing of it outlives the process. */
export class Sessions {
  readonly #parts: SessionParts;
  readonly #stopped = new Map<string, SensingSession>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Of an environment that has cameras. */
  session(environment: string): SensingSession {
    const stopped = this.#stopped.get(environment);
    if (stopped) return stopped;
    const { environments } = this.#parts;
    if (!environments.get(environment)) environments.look();
    const running = environments.get(environment);
    if (!running) throw new Error(`the environment ${environment} has no cameras`);
    return { environment, id: running.session, state: "running", sinceMs: running.startedMs };
  }

  /** Whether cameras of an environment are looked at. */
  isRunning(environment: string): boolean {
    return !this.#stopped.has(environment);
  }

  /** One that runs goes on with its session. */
  start(environment: string): Promise<SensingSession> {
    return this.#next(() => this.#start(environment));
  }

  /** One that is stopped stays as it is. */
  stop(environment: string): Promise<SensingSession> {
    return this.#next(() => this.#stop(environment));
  }

  /** Stops and starts. */
  restart(environment: string): Promise<SensingSession> {
    return this.#next(async () => {
      await this.#stop(environment);
      this.#parts.environments.restart(environment);
      return await this.#start(environment);
    });
  }

  async #start(environment: string): Promise<SensingSession> {
    if (this.#stopped.delete(environment)) await this.#parts.cameras.resume(environment);
    return this.session(environment);
  }

  async #stop(environment: string): Promise<SensingSession> {
    const running = this.session(environment);
    if (running.state === "stopped") return running;
    const stopped: SensingSession = { ...running, state: "stopped", sinceMs: this.#parts.now() };
    this.#stopped.set(environment, stopped);
    this.#parts.environments.look();
    await this.#parts.cameras.pause(environment);
    return stopped;
  }

  /** One after the other. */
  #next<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
