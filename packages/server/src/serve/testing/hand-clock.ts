import { type WallMs, wallMs } from "@sensorium/protocol";
import type { ServeClock } from "../clock.ts";

interface Timer {
  due: number;
  readonly task: () => void;
  /** Null for a timer that fires once. */
  readonly every: number | null;
}

/** Time that passes only when a test says so. */
export class HandClock implements ServeClock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now = 1_773_480_000_000) {
    this.#now = now;
  }

  now(): WallMs {
    return wallMs(this.#now);
  }

  after(ms: number, task: () => void): Disposable {
    return this.#add({ due: this.#now + ms, task, every: null });
  }

  every(ms: number, task: () => void): Disposable {
    return this.#add({ due: this.#now + ms, task, every: ms });
  }

  /** Lets `ms` pass and fires what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#next(end);
      if (!next) break;
      this.#now = next.due;
      if (next.every === null) this.#timers.delete(next);
      else next.due += next.every;
      next.task();
    }
    this.#now = end;
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= end);
    return due.sort((a, b) => a.due - b.due)[0];
  }

  #add(timer: Timer): Disposable {
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => this.#timers.delete(timer) };
  }
}
