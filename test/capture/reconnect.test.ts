import { RtspServer, residentMemory } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Backoff, supervise, systemClock } from "../../packages/server/src/flow/supervise.ts";
import { Bench, failureOf, rtsp, take, watchSource } from "./captures.ts";

const RETURNS = 20;
/** The allocators take what they need over the first returns. */
const WARM = 5;
const BACKOFF: Backoff = { firstMs: 20, capMs: 100, healthyMs: 60_000 };

const bench = new Bench();
let server: RtspServer;
beforeAll(async () => {
  const size = { width: 640, height: 360 };
  server = await RtspServer.launch({
    door: await makeClip({ path: bench.path("door.mp4"), seconds: 20, fps: 25, size }),
  });
}, 60_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe("a camera that loses its power", () => {
  it.each(["tcp", "udp"] as const)("fails, over %s, in a way that can be tried again", async (transport) => {
    const source = rtsp(server.url("door", "admin:s3cret"), transport);
    const { capture } = watchSource(bench.pool, source, { pace: "realtime", timeoutMs: 2_000 });
    await using _closed = capture;
    await take(capture, 5);
    await server.kill();
    const failure = await failureOf(capture);
    await server.start();
    expect(failure.message).toContain(server.url("door"));
    expect(failure.message).not.toMatch(/admin|s3cret/);
    expect(failure.retryable).toBe(true);
  });

  it(`${RETURNS} times is back each time, and takes no more memory for it`, { timeout: 90_000 }, async () => {
    const memory: number[] = [];
    const stop = new AbortController();
    const attempt = async (): Promise<void> => {
      await using capture = watchSource(bench.pool, rtsp(server.url("door")), { pace: "realtime", slots: 4 }).capture;
      capture.watch(30);
      let frames = 0;
      for await (const frame of capture.frames()) {
        using held = frame;
        if (++frames !== 10) continue;
        await capture.encode({ sequence: held.sequence, maxWidth: 320, quality: 80, overlay: null });
        memory.push(residentMemory());
        if (memory.length < RETURNS) await powerCut();
        else return stop.abort();
      }
    };
    const powerCut = async (): Promise<void> => {
      await server.kill();
      await server.start();
    };
    const reasons: string[] = [];
    const ended = await supervise(attempt, {
      backoff: BACKOFF,
      clock: systemClock,
      signal: stop.signal,
      onRetry: (error) => reasons.push(error.message),
    });
    expect(ended).toEqual({ kind: "stopped" });
    expect(memory).toHaveLength(RETURNS);
    expect(reasons).toHaveLength(RETURNS - 1);
    // Of five each, because what the process holds just then goes up and down by some megabytes.
    const growth = median(memory.slice(-5)) / median(memory.slice(WARM, WARM + 5));
    expect(growth, `${memory.map((bytes) => Math.round(bytes / 1e6)).join(" ")} MB`).toBeLessThan(1.05);
  });
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
