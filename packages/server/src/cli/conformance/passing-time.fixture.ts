import { HandClock } from "../../serve/testing/hand-clock.ts";

/** How far time goes in each turn of the event loop: quickly, and never ahead of a slow machine. */
const STEP_MS = 2;

/** Time that passes while there is work to do, until disposed. */
export class PassingTime implements Disposable {
  readonly clock: HandClock;
  #passing = true;

  constructor(nowMs?: number) {
    this.clock = new HandClock(nowMs);
    const pass = (): void => {
      this.clock.advance(STEP_MS);
      if (this.#passing) setImmediate(pass);
    };
    setImmediate(pass);
  }

  [Symbol.dispose](): void {
    this.#passing = false;
  }
}
