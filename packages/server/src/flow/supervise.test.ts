import { SensoriumError } from "@sensorium/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Backoff, type Clock, delayAfter, supervise } from "./supervise.ts";

const backoff: Backoff = { firstMs: 100, capMs: 1_000, healthyMs: 5_000 };

/** Time that passes only when a sleep or an attempt says so. */
function handClock(): Clock & { advance(ms: number): void; slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    random: () => 1,
    advance: (ms) => {
      now += ms;
    },
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
}

const lost = () => new SensoriumError("source-unreachable", "the camera refused", { retryable: true });

describe("supervise", () => {
  it("tries again with growing delays up to the cap until an attempt succeeds", async () => {
    const clock = handClock();
    let attempts = 0;
    const ended = await supervise(
      async () => {
        if (++attempts < 7) throw lost();
      },
      { backoff, clock, signal: new AbortController().signal, onRetry: () => undefined },
    );
    expect(ended).toEqual({ kind: "finished" });
    expect(clock.slept).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("gives up after as many retries as it is allowed", async () => {
    const clock = handClock();
    const ended = await supervise(() => Promise.reject(lost()), {
      backoff: { ...backoff, maxRetries: 3 },
      ...{ clock, signal: new AbortController().signal, onRetry: () => undefined },
    });
    expect(ended).toMatchObject({ kind: "failed", error: { code: "source-unreachable" } });
    expect(clock.slept).toHaveLength(3);
  });

  it("starts with the small delay again after a healthy attempt", async () => {
    const clock = handClock();
    let attempts = 0;
    await supervise(
      async () => {
        attempts++;
        if (attempts === 3) clock.advance(6_000);
        if (attempts < 5) throw lost();
      },
      { backoff, clock, signal: new AbortController().signal, onRetry: () => undefined },
    );
    expect(clock.slept).toEqual([100, 200, 100, 200]);
  });

  it("only looks now and then at what has failed too often, and trusts it again after a healthy attempt", async () => {
    const clock = handClock();
    let attempts = 0;
    await supervise(
      async () => {
        attempts++;
        if (attempts === 6) clock.advance(6_000);
        if (attempts < 8) throw lost();
      },
      {
        backoff: { ...backoff, breaker: { after: 3, trialMs: 60_000 } },
        clock,
        signal: new AbortController().signal,
        onRetry: () => undefined,
      },
    );
    expect(clock.slept).toEqual([100, 200, 400, 60_000, 60_000, 100, 200]);
  });

  it("does not repeat what trying again cannot mend", async () => {
    const error = new SensoriumError("source-invalid", "notes.txt is not a video");
    const ended = await supervise(() => Promise.reject(error), {
      backoff,
      clock: handClock(),
      signal: new AbortController().signal,
      onRetry: () => expect.unreachable(),
    });
    expect(ended).toEqual({ kind: "failed", error });
  });

  it("stops while waiting to try again", async () => {
    const stop = new AbortController();
    const ended = await supervise(() => Promise.reject(lost()), {
      backoff,
      clock: { ...handClock(), sleep: async () => stop.abort() },
      signal: stop.signal,
      onRetry: () => undefined,
    });
    expect(ended).toEqual({ kind: "stopped" });
  });

  it("keeps every delay within half the ceiling and the ceiling", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, random) => {
          const delay = delayAfter(failures, backoff, random);
          expect(delay).toBeGreaterThanOrEqual(backoff.firstMs / 2);
          expect(delay).toBeLessThanOrEqual(backoff.capMs);
        },
      ),
    );
  });
});
