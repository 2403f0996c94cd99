import { type Micros, micros } from "@sensorium/protocol";

/** A live source's clock that is off by more than this has been set anew. */
const DISCONTINUITY = 10_000_000;
/** Times may go back this little without that being a new clock. */
const JITTER = 200_000;

/**
 * Maps a source's own presentation times onto one clock that never stops growing, whatever the source does:
 * missing times, restarts, jumps. Times keep the source's spacing; where it is unknown, a live source goes by arrival
 * and a recording by its usual spacing.
 */
export class Timeline {
  #last: number;
  #lastArrival: number | undefined;
  /** Null for a live source. */
  readonly #spacing: Micros | null;
  /** Add to the source's time to get ours; unknown until a live source has given a time. */
  #offset: number | undefined;
  /** The picture before did not fit in. */
  #odd = false;

  /**
   * A live source's first picture is given the time `startAt`, a recording's its own time after it. `spacing` is that
   * of a recording's pictures, null when live.
   */
  constructor(startAt: Micros, spacing: Micros | null) {
    this.#last = startAt - 1;
    this.#spacing = spacing;
    if (spacing !== null) this.#offset = startAt;
  }

  /** `pts` in the source's clock or null, `arrivedMs` on any clock that only grows. */
  place(pts: Micros | null, arrivedMs: number): Micros {
    const expected = this.#expected(arrivedMs);
    this.#lastArrival = arrivedMs;
    if (pts === null) return this.#advance(expected);
    this.#offset ??= expected - pts;
    const odd = this.#isOdd(pts + this.#offset, expected);
    // One may be a picture that a damaged stream gave late; two in a row are a new clock.
    if (odd && this.#odd) this.#offset = expected - pts;
    this.#odd = odd && !this.#odd;
    return this.#advance(odd ? expected : pts + this.#offset);
  }

  /** The recording starts again at its own beginning: its times follow on. */
  restart(): void {
    this.#offset = this.#last + (this.#spacing ?? 0);
  }

  #isOdd(at: number, expected: number): boolean {
    return at < this.#last - JITTER || (this.#spacing === null && Math.abs(at - expected) > DISCONTINUITY);
  }

  #expected(arrivedMs: number): number {
    if (this.#lastArrival === undefined) return this.#last + 1;
    return this.#last + (this.#spacing ?? Math.max(1, (arrivedMs - this.#lastArrival) * 1000));
  }

  #advance(at: number): Micros {
    this.#last = Math.max(this.#last + 1, Math.round(at));
    return micros(this.#last);
  }
}
