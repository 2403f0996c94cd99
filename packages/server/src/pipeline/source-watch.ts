import { type SourceState, wallMs } from "@sensorium/protocol";
import type { CameraStatus } from "./camera-view.ts";

/** How a camera's source is, and when it was last heard. All times are Unix milliseconds. */
export class SourceWatch {
  #state: SourceState = "connecting";
  #reason: string | null = null;
  #sinceMs: number;
  #heardMs: number | null = null;
  #changes = 0;
  #attempts = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  get state(): SourceState {
    return this.#state;
  }

  /** How often it has changed. */
  get changes(): number {
    return this.#changes;
  }

  /** How often it was tried again to reach it since it was online. */
  get attempts(): number {
    return this.#attempts;
  }

  /** When a frame last came; null before the first. */
  get heardMs(): number | null {
    return this.#heardMs;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  /** Returns whether that is news: before the first frame everything is. */
  enter(state: SourceState, { reason, nowMs }: { readonly reason: string | null; readonly nowMs: number }): boolean {
    if (this.#state === state && this.#reason === reason && this.#heardMs !== null) return false;
    if (state === "online") this.#attempts = 0;
    // The first time is no other attempt.
    else if (state === "connecting" && this.#changes > 0) this.#attempts++;
    this.#state = state;
    this.#reason = reason;
    this.#sinceMs = nowMs;
    this.#changes++;
    return true;
  }

  status(nowMs: number): Pick<CameraStatus, "state" | "reason" | "sinceMs" | "frameAgeMs"> {
    return {
      state: this.#state,
      reason: this.#reason,
      sinceMs: wallMs(this.#sinceMs),
      frameAgeMs: this.#heardMs === null ? null : Math.max(0, nowMs - this.#heardMs),
    };
  }
}
