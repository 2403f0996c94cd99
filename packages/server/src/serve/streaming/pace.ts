/**
 * Lets frames through at a rate, evenly and exact in the long run. A frame may come up to half an interval early, so
 * that a source of just this rate whose frames are not quite evenly spaced loses none.
 */
export class Pace {
  readonly #intervalMs: number;
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** Whether the frame of now is one of those that go. */
  admits(nowMs: number): boolean {
    const earlyMs = this.#dueMs - nowMs;
    if (earlyMs > this.#intervalMs / 2) return false;
    // What was not used in a pause is not made up for.
    this.#dueMs = Math.max(this.#dueMs, nowMs - this.#intervalMs / 2) + this.#intervalMs;
    return true;
  }
}
