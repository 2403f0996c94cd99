/** Time and chance as the client sees them; tests drive them by hand. */
export interface ClientClock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `task` once, `ms` from now, unless disposed before. */
  after(ms: number, task: () => void): Disposable;
  /** 0 ≤ r < 1. */
  random(): number;
}

/** The machine's own. */
export const systemClock: ClientClock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  random: Math.random,
};

/** Resolves after `ms`, or early when the signal aborts. */
export function sleep(ms: number, clock: ClientClock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener("abort", done);
  });
}
