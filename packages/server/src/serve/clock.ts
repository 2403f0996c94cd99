import { type WallMs, wallMs } from "@sensorium/protocol";

/** Wall time and timers as serving sees them; tests drive them by hand. A disposed timer never fires. */
export interface ServeClock {
  now(): WallMs;
  /** Calls `task` once, `ms` from now. */
  after(ms: number, task: () => void): Disposable;
  /** Calls `task` at start + n·`ms` without drift; times that were missed are skipped, not caught up with. */
  every(ms: number, task: () => void): Disposable;
}

/** The machine's own time; its timers do not keep the process alive. */
export const serveClock: ServeClock = {
  now: () => wallMs(Date.now()),
  after(ms, task) {
    const timer = setTimeout(task, ms).unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  every(ms, task) {
    const start = performance.now();
    let count = 0;
    let timer: NodeJS.Timeout;
    const schedule = (): void => {
      const elapsed = performance.now() - start;
      count = nextCount(count, elapsed / ms);
      timer = setTimeout(fire, count * ms - elapsed).unref();
    };
    const fire = (): void => {
      schedule();
      task();
    };
    schedule();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/**
 * Which multiple of the period comes next, after the one of number `count`, when `periods` have passed.
 * Never the same one again: timers fire up to a millisecond early.
 */
export const nextCount = (count: number, periods: number): number => Math.max(count, Math.floor(periods)) + 1;
