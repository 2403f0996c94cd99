/** A source whose own clock is not exact may be early by this part of the interval. */
const TOLERANCE = 0.1;

/** Chooses the moments to show of a stream, at most so many a second and as evenly as the stream allows. */
export class RateLimit {
  #intervalMicros = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  #due = Number.NEGATIVE_INFINITY;

  /** 0 lets nothing through. */
  set perSecond(rate: number) {
    this.#intervalMicros = rate > 0 ? 1e6 / rate : Number.POSITIVE_INFINITY;
    this.#due = Math.min(this.#due, this.#last + this.#intervalMicros);
  }

  /** Whether the moment at media time `at` (microseconds, growing) is chosen. */
  takes(at: number): boolean {
    const interval = this.#intervalMicros;
    if (interval === Number.POSITIVE_INFINITY || at < this.#due - interval * TOLERANCE) return false;
    // On the grid, so that 30 of 50 a second are 30; off it after a gap, so that no burst follows.
    this.#due = (at - this.#due < interval ? this.#due : at) + interval;
    this.#last = at;
    return true;
  }
}
