/** Pictures compared within the time after which they are called frozen. */
const COMPARISONS = 60;

/** What comparing a picture showed. */
export type Thaw = { readonly type: "frozen"; readonly forMs: number } | { readonly type: "thawed" };

/**
 * Notices a camera that sends the same picture over and over. Only exact repetition counts: the noise of a sensor
 * tells a room in which nothing happens from a picture that has stopped.
 */
export class FrozenWatch {
  readonly #afterMs: number;
  #fingerprint: number | undefined;
  #sinceMs = 0;
  #nextMs = Number.NEGATIVE_INFINITY;
  #frozen = false;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  /** Whether the next picture is to be compared; all of them would cost more and show nothing else. */
  due(nowMs: number): boolean {
    return nowMs >= this.#nextMs;
  }

  /** Takes a picture's fingerprint, at a time that only grows; tells when it froze or moves again. */
  compare(fingerprint: number, nowMs: number): Thaw | undefined {
    this.#nextMs = nowMs + this.#afterMs / COMPARISONS;
    if (fingerprint !== this.#fingerprint) {
      this.#fingerprint = fingerprint;
      this.#sinceMs = nowMs;
      const wasFrozen = this.#frozen;
      this.#frozen = false;
      return wasFrozen ? { type: "thawed" } : undefined;
    }
    const forMs = nowMs - this.#sinceMs;
    if (this.#frozen || forMs < this.#afterMs) return undefined;
    this.#frozen = true;
    return { type: "frozen", forMs: Math.round(forMs) };
  }
}
