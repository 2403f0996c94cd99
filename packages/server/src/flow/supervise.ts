import { reasonOf, SensoriumError } from "@sensorium/protocol";

/** Exponential backoff with full jitter between `firstMs` and `capMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly capMs: number;
  /** An attempt that lasted this long was a success: the next delay starts small again. */
  readonly healthyMs: number;
  /** A circuit breaker: after so many failures in a row, attempts are only trials, this far apart. */
  readonly breaker?: { readonly after: number; readonly trialMs: number };
  /** After so many retries in a row it is given up; never when absent. */
  readonly maxRetries?: number;
}

/** After some five minutes a camera is given up, but for a look every minute or so. */
export const cameraBackoff: Backoff = {
  firstMs: 500,
  capMs: 15_000,
  healthyMs: 30_000,
  breaker: { after: 25, trialMs: 60_000 },
};

/** Time as the supervisor sees it; tests drive it by hand. */
export interface Clock {
  /** Milliseconds that never go backwards. */
  now(): number;
  /** Resolves after `ms`, or early when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 ≤ r < 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    }),
  random: Math.random,
};

/** How a supervised task ended for good. */
export type Ended =
  | { readonly kind: "finished" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly error: SensoriumError };

export interface Supervision {
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** An attempt failed and another follows after `delayMs`. */
  onRetry(error: SensoriumError, delayMs: number): void;
}

/**
 * Runs `attempt` until it finishes, the signal aborts, or it fails in a way that trying again cannot mend.
 * The one owner of retries: what it calls must not retry by itself. Never rejects.
 */
export async function supervise(attempt: (signal: AbortSignal) => Promise<void>, options: Supervision): Promise<Ended> {
  const { backoff, clock, signal } = options;
  for (let failures = 0; ; ) {
    const started = clock.now();
    try {
      await attempt(signal);
      return { kind: signal.aborted ? "stopped" : "finished" };
    } catch (thrown) {
      if (signal.aborted) return { kind: "stopped" };
      const error = asError(thrown);
      if (!error.retryable) return { kind: "failed", error };
      failures = clock.now() - started >= backoff.healthyMs ? 1 : failures + 1;
      if (failures > (backoff.maxRetries ?? Number.POSITIVE_INFINITY)) return { kind: "failed", error };
      const delayMs = delayAfter(failures, backoff, clock.random());
      options.onRetry(error, delayMs);
      await clock.sleep(delayMs, signal);
      if (signal.aborted) return { kind: "stopped" };
    }
  }
}

/** The delay after the n-th failure in a row: half of it fixed, half random, so that cameras do not return in step. */
export function delayAfter(failures: number, backoff: Backoff, random: number): number {
  const { firstMs, capMs, breaker } = backoff;
  const broken = breaker !== undefined && failures > breaker.after;
  const ceiling = broken ? breaker.trialMs : Math.min(capMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

function asError(thrown: unknown): SensoriumError {
  if (thrown instanceof SensoriumError) return thrown;
  return new SensoriumError("internal", reasonOf(thrown), { cause: thrown, retryable: true });
}
