import type { Recorded } from "@sensorium/protocol";
import { type EnvironmentConfig, environmentIn } from "../../config/environments.ts";
import type { UsageMeter } from "../../observe/usage.ts";
import type { CameraDirectory } from "../camera-view.ts";
import { type Beginning, type EnvironmentInit, type EnvironmentShared, EnvironmentWatch } from "./environment-watch.ts";

/** What all environments are made of. */
export interface EnvironmentsOptions extends EnvironmentShared {
  readonly cameras: CameraDirectory;
  readonly usage: Pick<UsageMeter, "measure">;
  /** Those whose sensing was cut off when the server last ran. */
  readonly interrupted: readonly string[];
}

const TICK_MS = 1_000;
const PERFORM_EVERY = 10;

/** The environments that are sensed: each from when it has a camera until it has none. */
export class Environments implements Disposable {
  readonly #options: Omit<EnvironmentsOptions, "interrupted">;
  readonly #watches = new Map<string, EnvironmentWatch>();
  /** How those begin that do not begin anew. */
  readonly #again: Map<string, Beginning>;
  #settings: ReadonlyMap<string, EnvironmentConfig> = new Map();
  #ticking: NodeJS.Timeout | undefined;
  #ticks = 0;

  constructor({ interrupted, ...options }: EnvironmentsOptions) {
    this.#options = options;
    this.#again = new Map(interrupted.map((environment) => [environment, "interrupted"]));
  }

  /** Undefined for one that has no camera. */
  get(environment: string): EnvironmentWatch | undefined {
    return this.#watches.get(environment);
  }

  /** Begins to sense; a second call changes nothing. */
  start(): void {
    if (this.#ticking) return;
    this.look();
    this.#ticking = setInterval(() => this.tick(), TICK_MS);
  }

  /** Goes by these settings from now on; an environment that is not among them goes by the usual ones. */
  become(settings: ReadonlyMap<string, EnvironmentConfig>): void {
    this.#settings = settings;
    for (const [environment, watch] of this.#watches) watch.become(environmentIn(settings, environment));
  }

  /** Follows the cameras that there are now. */
  look(): void {
    const { cameras: directory, usage: _, ...shared } = this.#options;
    const cameras = Map.groupBy(directory.list(), ({ environment }) => environment);
    for (const [environment, watch] of this.#watches) {
      if (cameras.has(environment)) continue;
      watch.follow([]);
      watch[Symbol.dispose]();
      this.#watches.delete(environment);
    }
    for (const [environment, own] of cameras) {
      const known = this.#watches.get(environment);
      if (known) known.follow(own);
      else this.#watches.set(environment, this.#begin(environment, { ...shared, cameras: own }));
    }
  }

  /** The next beginning of an environment's sensing goes on with what has ended. */
  restart(environment: string): void {
    this.#again.set(environment, "restarted");
  }

  /** Takes a durable event into account. */
  note({ event }: Recorded): void {
    this.#watches.get(event.environment)?.note(event);
  }

  /** What happens every second. */
  tick(): void {
    this.look();
    const usage = ++this.#ticks % PERFORM_EVERY === 0 ? this.#options.usage.measure() : undefined;
    for (const watch of this.#watches.values()) {
      watch.tick();
      if (usage) watch.perform(usage);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
    this.#watches.clear();
  }

  #begin(environment: string, init: Omit<EnvironmentInit, "settings" | "beginning">): EnvironmentWatch {
    const beginning = this.#again.get(environment) ?? "anew";
    this.#again.delete(environment);
    const settings = environmentIn(this.#settings, environment);
    return new EnvironmentWatch(environment, { ...init, beginning, settings });
  }
}
