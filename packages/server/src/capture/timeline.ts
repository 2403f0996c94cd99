import { type Micros, micros } from "@sensorium/protocol";

/** A jump of the source's clock beyond this is a new clock, not a gap between frames. */
const DISCONTINUITY = 10_000_000;

/**
 * Maps a source's own presentation times onto one clock that never stops growing, whatever the source does:
 * missing times, restarts, jumps. Times keep the source's spacing; where it is unknown the arrival decides.
 */
export class Timeline {
  #last: number;
  #lastArrival: number | undefined;
  /** Add to the source's time to get ours; unknown until the source has given a time. */
  #offset: number | undefined;

  /** The first picture is given the time `startAt`, or its own time when the source starts at zero. */
  constructor(startAt: Micros) {
    this.#last = startAt - 1;
  }

  /** `pts` in the source's clock or null, `arrivedMs` on any clock that only grows. */
  place(pts: Micros | null, arrivedMs: number): Micros {
    const expected = this.#expected(arrivedMs);
    this.#lastArrival = arrivedMs;
    if (pts === null) return this.#advance(expected);
    if (this.#offset === undefined || Math.abs(pts + this.#offset - expected) > DISCONTINUITY) {
      this.#offset = expected - pts;
    }
    return this.#advance(pts + this.#offset);
  }

  /** The source starts again at its own beginning (a file that loops): its times follow on after `gap`. */
  restart(gap: Micros): void {
    this.#offset = this.#last + gap;
  }

  #expected(arrivedMs: number): number {
    if (this.#lastArrival === undefined) return this.#last + 1;
    return this.#last + Math.max(1, (arrivedMs - this.#lastArrival) * 1000);
  }

  #advance(at: number): Micros {
    this.#last = Math.max(this.#last + 1, Math.round(at));
    return micros(this.#last);
  }
}
