import type { CameraView } from "./camera-view.ts";

/** Something that goes on with each of some cameras, from when a camera comes to when it goes. */
export class FollowedCameras<T> implements Disposable {
  readonly #begin: (camera: CameraView, signal: AbortSignal) => T;
  readonly #followed = new Map<CameraView, { readonly state: T; readonly stop: AbortController }>();

  /** The signal aborts when the camera goes. Whatever fails in between is for `begin` to see to. */
  constructor(begin: (camera: CameraView, signal: AbortSignal) => T) {
    this.#begin = begin;
  }

  /** What has begun with each camera that is followed. */
  get states(): readonly T[] {
    return [...this.#followed.values()].map(({ state }) => state);
  }

  /** Follows these cameras from now on, and returns what had begun with those that are followed no more. */
  become(cameras: readonly CameraView[]): readonly T[] {
    const gone = [...this.#followed].filter(([camera]) => !cameras.includes(camera));
    for (const [camera, { stop }] of gone) {
      this.#followed.delete(camera);
      stop.abort();
    }
    for (const camera of cameras) {
      if (this.#followed.has(camera)) continue;
      const stop = new AbortController();
      this.#followed.set(camera, { state: this.#begin(camera, stop.signal), stop });
    }
    return gone.map(([, { state }]) => state);
  }

  [Symbol.dispose](): void {
    this.become([]);
  }
}
