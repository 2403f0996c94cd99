import type { Outbox, Outgoing } from "../outbox.ts";
import { Pace } from "./pace.ts";
import type { PoseView, SharedFrame } from "./poses.ts";

/** A subscription before the frames of one environment. */
export interface Viewer {
  /** Of the subscription: the frames of each camera wait under a key of their own. */
  readonly id: string;
  readonly outbox: Outbox;
  /** Of each camera. */
  readonly maxFps: number;
  /** Frames of each camera that may wait. */
  readonly keep: number;
  /** What feeds the environment was lost. */
  lost(): void;
}

/**
 * All who see the frames of one environment in the same way: what they are shown is made once. What a frame needs of a
 * viewer is one small object: of many viewers, most of the time goes into fetching them from memory.
 */
export class Audience {
  readonly #view: PoseView;
  readonly #viewers = new Set<Viewer>();
  /** By camera, of each viewer. */
  readonly #lanes = new Map<string, Map<Viewer, Lane>>();

  constructor(view: PoseView) {
    this.#view = view;
  }

  get empty(): boolean {
    return this.#viewers.size === 0;
  }

  add(viewer: Viewer): void {
    this.#viewers.add(viewer);
    for (const [camera, lanes] of this.#lanes) lanes.set(viewer, new Lane(viewer, camera));
  }

  /** Whether it was one of them. */
  delete(viewer: Viewer): boolean {
    for (const lanes of this.#lanes.values()) lanes.delete(viewer);
    return this.#viewers.delete(viewer);
  }

  /** Null says that what feeds the environment was lost. */
  take(shared: SharedFrame | null): void {
    if (!shared) {
      for (const viewer of this.#viewers) viewer.lost();
      return;
    }
    let messages: readonly Outgoing[] | undefined;
    for (const lane of this.#lanesOf(shared.frame.source.id).values()) {
      if (!lane.admits(shared.atMs)) continue;
      messages ??= shared.shown(this.#view);
      lane.send(messages);
    }
  }

  #lanesOf(camera: string): Map<Viewer, Lane> {
    const known = this.#lanes.get(camera);
    if (known) return known;
    const lanes = new Map(Array.from(this.#viewers, (viewer) => [viewer, new Lane(viewer, camera)]));
    this.#lanes.set(camera, lanes);
    return lanes;
  }
}

/** The frames of one camera on their way to one viewer: those that its pace admits. */
class Lane extends Pace {
  readonly #outbox: Outbox;
  readonly #keep: number;
  /** In the outbox. */
  readonly #key: string;

  constructor({ id, outbox, maxFps, keep }: Viewer, camera: string) {
    super(maxFps);
    this.#outbox = outbox;
    this.#keep = keep;
    this.#key = `${id}:${camera}`;
  }

  /** A frame's messages. */
  send(messages: readonly Outgoing[]): void {
    for (const message of messages) this.#outbox.offer(this.#key, message, this.#keep * messages.length);
  }
}
