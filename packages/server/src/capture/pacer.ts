import type { Clock } from "../flow/supervise.ts";

/** Further behind than this, a machine that cannot keep up plays late rather than catching up in a burst. */
const LATE_MS = 200;

/** Plays a recording at its own speed: holds each picture back until its time has come. */
export class Pacer {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #origin: number | undefined;

  /** Waiting ends early when the signal aborts. */
  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Resolves when the picture of media time `at` (microseconds) is due; at least the event loop gets a turn. */
  async until(at: number): Promise<void> {
    const now = this.#clock.now();
    this.#origin ??= now - at / 1000;
    const wait = this.#origin + at / 1000 - now;
    if (wait < -LATE_MS) this.#origin -= wait;
    await this.#clock.sleep(Math.max(0, wait), this.#signal);
  }
}
