import { type CrossingEvent, type DailyReset, lastReset, type Recorded, wallMs } from "@sensorium/protocol";
import type { CameraConfig } from "../config/config.ts";
import { Camera, type CameraShared } from "./camera.ts";
import type { CameraDirectory } from "./camera-view.ts";
import type { CameraOwn } from "./camera-watch.ts";
import type { PersonRegister } from "./environment/person-numbers.ts";
import type { ModelShelf } from "./model-shelf.ts";
import { type History, restoreTally, restoreTraffic } from "./restore.ts";

export interface CamerasOptions extends CameraShared {
  readonly history: History;
  readonly persons: PersonRegister;
  readonly reset: DailyReset;
  readonly models: Pick<ModelShelf, "modelsFor" | "keepOnly">;
}

interface Running {
  readonly camera: Camera;
  readonly own: CameraOwn;
}

/** What a camera has at once, not from its own past. */
type Taken = Omit<CameraOwn, "tally" | "traffic">;

/** The cameras that run: they come, change and go while everything else stays. */
export class Cameras implements CameraDirectory, AsyncDisposable {
  readonly #options: CamerasOptions;
  /** In configured order. */
  #running: ReadonlyMap<string, Running> = new Map();
  /** Environments whose cameras are closed. */
  readonly #paused = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: CamerasOptions) {
    this.#options = options;
  }

  list(): readonly Camera[] {
    return [...this.#running.values()].map(({ camera }) => camera);
  }

  get(id: string): Camera | undefined {
    return this.#running.get(id)?.camera;
  }

  /** Takes a durable event into the counts. */
  note({ event }: Recorded): void {
    if (event.type === "crossing") this.#count(event);
  }

  /** @throws SensoriumError when one of these cameras could not run. */
  async check(settings: readonly CameraConfig[]): Promise<void> {
    await Promise.all(settings.map((camera) => this.#options.models.modelsFor(camera)));
  }

  /**
   * Makes these the cameras that run: what stays the same is not touched. Either all of it happens or nothing. Models
   * that none of them uses are given back.
   * @throws SensoriumError when a model cannot be used.
   */
  become(settings: readonly CameraConfig[]): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#become(settings);
      } finally {
        await this.#options.models.keepOnly([...this.#running.values()].map(({ own }) => own));
      }
    });
  }

  /** Closes the cameras of an environment, and those that come to it, until it is resumed. */
  pause(environment: string): Promise<void> {
    this.#paused.add(environment);
    return this.#inTurn(async () => {
      await Promise.all(this.#in(environment).map((camera) => camera.stop()));
    });
  }

  /** Opens them again. */
  resume(environment: string): Promise<void> {
    this.#paused.delete(environment);
    return this.#inTurn(async () => {
      for (const camera of this.#in(environment)) camera.start();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await Promise.all(this.list().map((camera) => camera[Symbol.asyncDispose]()));
  }

  async #become(settings: readonly CameraConfig[]): Promise<void> {
    const ready = await Promise.all(settings.map((camera) => this.#prepare(camera)));
    const before = this.#running;
    this.#running = new Map(ready.map((take) => take()).map((running) => [running.camera.id, running]));
    const gone = [...before.values()].filter(({ camera }) => !this.#running.has(camera.id));
    await Promise.all(gone.map(({ camera }) => camera[Symbol.asyncDispose]()));
    await Promise.all(settings.map((camera) => this.#apply(camera)));
  }

  async #apply(settings: CameraConfig): Promise<void> {
    const running = this.#running.get(settings.id);
    await running?.camera.change({ settings, own: running.own });
    if (this.#paused.has(settings.environment)) await running?.camera.stop();
    else running?.camera.start();
  }

  #in(environment: string): readonly Camera[] {
    return this.list().filter((camera) => camera.environment === environment);
  }

  /** One after the other. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#last.then(act);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Everything that can fail; what it returns cannot. */
  async #prepare(settings: CameraConfig): Promise<() => Running> {
    const { history, reset, persons } = this.#options;
    const [models, numbers] = await Promise.all([
      this.#options.models.modelsFor(settings),
      persons.numbersOf(settings.environment),
    ]);
    const taken = { ...models, numbers };
    const known = this.#running.get(settings.id);
    if (!known) return this.#prepareNew(settings, taken);
    const counted = await history.counts({ camera: settings.id, sinceMs: lastReset(wallMs(Date.now()), reset) });
    return () => {
      const { camera, own } = known;
      own.tally.look(lineIds(settings), counted);
      own.traffic.follow(settings.traffic);
      return { camera, own: { ...own, ...taken } };
    };
  }

  async #prepareNew(settings: CameraConfig, taken: Taken): Promise<() => Running> {
    const { history, reset, ...shared } = this.#options;
    const { id, traffic: rule } = settings;
    const options = { camera: id, lines: lineIds(settings), reset, traffic: rule, nowMs: wallMs(Date.now()) };
    const [tally, traffic] = await Promise.all([restoreTally(history, options), restoreTraffic(history, options)]);
    const own = { ...taken, tally, traffic };
    return () => ({ camera: new Camera(shared, { settings, own }), own });
  }

  #count(event: CrossingEvent): void {
    const own = this.#running.get(event.camera)?.own;
    own?.tally.add(event, wallMs(Date.now()));
    own?.traffic.add(event);
  }
}

const lineIds = ({ lines }: CameraConfig): readonly string[] => lines.map(({ id }) => id);
