import type { Outbox } from "../outbox.ts";
import { Pace } from "./pace.ts";
import type { PoseView, SharedFrame } from "./poses.ts";

/** What a viewer is made of. */
export interface ViewerOptions {
  /** Of its subscription: the frames of each camera wait under a key of their own. */
  readonly id: string;
  readonly outbox: Outbox;
  /** Of each camera. */
  readonly maxFps: number;
  /** Frames of each camera that may wait. */
  readonly keep: number;
  /** What feeds the environment was lost. */
  lost(): void;
}

/** The frames of one camera on their way to one viewer. */
interface Lane {
  readonly camera: string;
  /** In the outbox. */
  readonly key: string;
  readonly pace: Pace;
}

/** One subscription before the frames of one environment. */
export class Viewer {
  readonly #outbox: Outbox;
  readonly #keep: number;
  readonly #options: ViewerOptions;
  readonly #lanes: Lane[] = [];
  #recent: Lane | undefined;

  constructor(options: ViewerOptions) {
    this.#outbox = options.outbox;
    this.#keep = options.keep;
    this.#options = options;
  }

  /** Sends a frame to the client, unless its pace leaves it out. */
  take(shared: SharedFrame, view: PoseView): void {
    const camera = shared.frame.source.id;
    // Mostly there is one camera, and then nothing has to be looked up for every frame and client.
    const lane = this.#recent?.camera === camera ? this.#recent : this.#laneOf(camera);
    this.#recent = lane;
    if (!lane.pace.admits(shared.atMs)) return;
    const messages = shared.shown(view);
    for (const message of messages) this.#outbox.offer(lane.key, message, this.#keep * messages.length);
  }

  lost(): void {
    this.#options.lost();
  }

  #laneOf(camera: string): Lane {
    const known = this.#lanes.find((lane) => lane.camera === camera);
    if (known) return known;
    const { id, maxFps } = this.#options;
    const lane = { camera, key: `${id}:${camera}`, pace: new Pace(maxFps) };
    this.#lanes.push(lane);
    return lane;
  }
}

/** All who see the frames of one environment in the same way: what they are shown is made once, and found by one key. */
export class Audience {
  readonly #view: PoseView;
  readonly #viewers = new Set<Viewer>();

  constructor(view: PoseView) {
    this.#view = view;
  }

  get empty(): boolean {
    return this.#viewers.size === 0;
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
  }

  /** Whether it was one of them. */
  delete(viewer: Viewer): boolean {
    return this.#viewers.delete(viewer);
  }

  /** Null says that what feeds the environment was lost. */
  take(shared: SharedFrame | null): void {
    for (const viewer of this.#viewers) {
      if (shared) viewer.take(shared, this.#view);
      else viewer.lost();
    }
  }
}
