import type { CameraId, Recorded, SensoriumEvent, StreamPosition } from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { Pulse } from "../../flow/pulse.ts";
import type { CameraDirectory, CameraView } from "../../pipeline/camera-view.ts";
import { FollowedCameras } from "../../pipeline/followed-cameras.ts";
import { poseFrame } from "./camera-poses.ts";
import type {
  EventsPage,
  LogPage,
  LogQuery,
  NewEnvironments,
  PoseFrame,
  SensedEvent,
  SensingSource,
} from "./source.ts";
import { told } from "./told.ts";

/** The node's durable log as it is read here. */
export interface DurableLog {
  /** Positions of another epoch mean nothing. */
  readonly epoch: string;
  readonly lastOffset: number;
  /** Beats whenever something has become durable. */
  readonly pulse: Pulse;
  read(query: {
    readonly environment: string;
    readonly after: StreamPosition;
    readonly limit: number;
  }): Promise<
    { readonly kind: "events"; readonly events: readonly Recorded[] } | { readonly kind: "unknown-position" }
  >;
}

const PAGE = 500;
const PAGES = 8;
/** How soon a camera or an environment that came later is found. */
const LOOK_EVERY_MS = 1_000;

/** What the cameras sense, for the streaming API: people in frames, and what has happened by the log. */
export class CameraSensing implements SensingSource {
  readonly #cameras: CameraDirectory;
  readonly #log: DurableLog;
  /** The pages read last, each by what it depends on: many who come back at once ask for the same. */
  readonly #pages = new Map<string, Promise<LogPage>>();
  readonly #listeners = new Set<(came: NewEnvironments) => void>();
  /** Those there were when it was looked last, and how far the log reached then. */
  #looked: { readonly environments: ReadonlySet<string>; readonly at: StreamPosition };

  constructor(cameras: CameraDirectory, log: DurableLog) {
    this.#cameras = cameras;
    this.#log = log;
    this.#looked = { environments: new Set(this.environments()), at: this.#reached };
  }

  environments(): readonly string[] {
    return [...new Set(this.#cameras.list().map((camera) => camera.environment))];
  }

  async *poses(environment: string, signal: AbortSignal): AsyncGenerator<PoseFrame, void, undefined> {
    const newest = new Map<CameraId, PoseFrame>();
    const came = new Pulse();
    const failures: unknown[] = [];
    const follow = async (camera: CameraView, gone: AbortSignal): Promise<void> => {
      for await (const people of camera.people(AbortSignal.any([signal, gone]))) {
        // A camera that moves away is others' from then on.
        if (camera.environment === environment) newest.set(camera.id, poseFrame(camera.status(), people));
        came.beat();
      }
    };
    using followed = new FollowedCameras((camera, gone) => {
      follow(camera, gone).catch((thrown: unknown) => {
        failures.push(thrown);
        came.beat();
      });
    });
    const looking = setInterval(() => came.beat(), LOOK_EVERY_MS);
    try {
      while (!signal.aborted) {
        followed.become(this.#cameras.list().filter((camera) => camera.environment === environment));
        const next = came.next(signal);
        const frames = [...newest.values()];
        newest.clear();
        yield* frames;
        await next;
        if (failures.length > 0) throw failures[0];
      }
    } finally {
      clearInterval(looking);
    }
  }

  async *events({ environment, after }: LogQuery, signal: AbortSignal): AsyncGenerator<EventsPage, void, undefined> {
    let position = after;
    while (!signal.aborted) {
      const news = this.#log.pulse.next(signal);
      const page = await this.read({ environment, after: position });
      if (page.kind === "unknown-position") throw new Error("the log has forgotten what comes next");
      yield page;
      position = { epoch: position.epoch, offset: page.upTo };
      if (page.atEnd) await news;
    }
  }

  async position(): Promise<StreamPosition> {
    this.#look();
    return this.#reached;
  }

  onNewEnvironments(listener: (came: NewEnvironments) => void): Disposable {
    const own = (came: NewEnvironments): void => listener(came);
    this.#listeners.add(own);
    const looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    return {
      [Symbol.dispose]: () => {
        clearInterval(looking);
        this.#listeners.delete(own);
      },
    };
  }

  read({ environment, after }: LogQuery): Promise<LogPage> {
    const key = JSON.stringify([environment, after.epoch, after.offset, this.#log.lastOffset]);
    const page = this.#pages.get(key) ?? this.#read({ environment, after });
    this.#pages.delete(key);
    this.#pages.set(key, page);
    page.catch(() => this.#pages.delete(key));
    const [oldest = key] = this.#pages.keys();
    if (this.#pages.size > PAGES) this.#pages.delete(oldest);
    return page;
  }

  async #read({ environment, after }: LogQuery): Promise<LogPage> {
    const { offset: reached } = this.#reached;
    const answer = await this.#log.read({ environment, after, limit: PAGE });
    this.#look();
    if (answer.kind === "unknown-position") return { kind: "unknown-position" };
    const atEnd = answer.events.length < PAGE;
    const last = answer.events.at(-1)?.position.offset ?? after.offset;
    const upTo = atEnd ? Math.max(last, reached) : last;
    return { kind: "events", events: answer.events.flatMap(sensed), upTo, atEnd };
  }

  get #reached(): StreamPosition {
    return { epoch: this.#log.epoch, offset: this.#log.lastOffset };
  }

  /** A camera is in the directory before anything of it is in the log. */
  #look(): void {
    const { environments: known, at: after } = this.#looked;
    const environments = new Set(this.environments());
    this.#looked = { environments, at: this.#reached };
    const came = [...environments].filter((environment) => !known.has(environment));
    if (came.length === 0) return;
    for (const tell of this.#listeners) tell({ environments: came, after });
  }
}

/** Empty for what this API does not tell. */
function sensed({ event, position }: Recorded): SensedEvent[] {
  const payload = told(event);
  return payload ? [{ ...payload, source: sourceOf(event), atMs: event.wallMs, position }] : [];
}

const sourceOf = (event: SensoriumEvent): wire.Source => ({
  ...("camera" in event && event.camera !== null
    ? { kind: "camera" as const, id: event.camera }
    : { kind: "system" as const, id: event.environment }),
  model: event.model ?? null,
  simulated: event.simulated,
});
