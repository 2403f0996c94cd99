import { RtspServer, ScriptedServer } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CapturePool } from "../../packages/server/src/capture/pool.ts";
import { Bench, failureOf, file, rtsp, take, watchSource } from "./captures.ts";

/** Far below the ten seconds that a source may take. */
const BOUNDED = { timeout: 5_000 };

const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

let clip = "";
beforeAll(async () => {
  clip = await makeClip({ path: bench.path("clip.mp4"), seconds: 30, fps: 15, size: { width: 320, height: 180 } });
});

describe("a capture can be closed at once", () => {
  it("while its source is being opened", BOUNDED, async () => {
    await using silent = await ScriptedServer.listen("silent");
    const { capture } = watchSource(bench.pool, rtsp(`rtsp://127.0.0.1:${silent.port}/door`));
    await capture[Symbol.asyncDispose]();
    expect(await capture.ended).toEqual({ kind: "finished" });
    await expect(capture.opened).rejects.toMatchObject({ code: "source-ended" });
    expect(await take(capture)).toEqual([]);
  });

  it.each(["tcp", "udp"] as const)("while it waits for a camera that hangs, over %s", BOUNDED, async (transport) => {
    await using server = await RtspServer.launch({ door: clip });
    const { capture } = watchSource(bench.pool, rtsp(server.url("door"), transport), { pace: "realtime" });
    await take(capture, 3);
    server.pause();
    await capture[Symbol.asyncDispose]();
    expect(await capture.ended).toEqual({ kind: "finished" });
  });

  it("while every slot is held", BOUNDED, async () => {
    const { capture } = watchSource(bench.pool, file(clip), { slots: 1 });
    const frame = (await capture.frames().next()).value;
    await capture[Symbol.asyncDispose]();
    expect(await capture.ended).toEqual({ kind: "finished" });
    frame?.[Symbol.dispose]();
  });

  it("while a recording waits for its next picture to be due", BOUNDED, async () => {
    const path = await makeClip({
      path: bench.path("slow.mp4"),
      seconds: 60,
      fps: 0.1,
      size: { width: 64, height: 64 },
    });
    const { capture } = watchSource(bench.pool, file(path), { pace: "realtime" });
    await take(capture, 1);
    await capture[Symbol.asyncDispose]();
    expect(await capture.ended).toEqual({ kind: "finished" });
  });

  it("while somebody reads its frames, whose loop then ends", BOUNDED, async () => {
    const { capture } = watchSource(bench.pool, file(clip, true));
    const frames = capture.frames();
    (await frames.next()).value?.[Symbol.dispose]();
    const reading = take(capture);
    await capture[Symbol.asyncDispose]();
    expect((await reading).length).toBeLessThan(10);
  });

  it("twice, and after its end", BOUNDED, async () => {
    const { capture } = watchSource(bench.pool, file(clip));
    await take(capture);
    await Promise.all([capture[Symbol.asyncDispose](), capture[Symbol.asyncDispose]()]);
    await capture[Symbol.asyncDispose]();
    expect(await capture.encode({ sequence: 1, maxWidth: 100, quality: 80, overlay: null })).toBeNull();
  });
});

describe("a pool of capture threads", () => {
  it("ends every capture when it is closed, and takes its threads with it", BOUNDED, async () => {
    await using silent = await ScriptedServer.listen("silent");
    const pool = new CapturePool(2);
    const captures = [
      watchSource(pool, file(clip, true)).capture,
      watchSource(pool, { kind: "simulated", seed: 1 }, { pace: "realtime" }).capture,
      watchSource(pool, rtsp(`rtsp://127.0.0.1:${silent.port}/door`)).capture,
    ];
    await captures[0]?.opened;
    await pool[Symbol.asyncDispose]();
    const ends = await Promise.all(captures.map(({ ended }) => ended));
    expect(ends.map(({ kind }) => kind)).toEqual(["finished", "finished", "finished"]);
  });

  it("fails the captures of a thread that crashes, and opens the next in a new one", BOUNDED, async () => {
    await using pool = new CapturePool(1, new URL("./crashing-thread.fixture.ts", import.meta.url));
    const bystander = watchSource(pool, file(clip, true)).capture;
    await bystander.opened;
    const encoding = bystander.encode({ sequence: 1, maxWidth: 100, quality: 80, overlay: null });
    const crashing = watchSource(pool, { kind: "simulated", seed: 666 }).capture;
    for (const capture of [bystander, crashing]) {
      expect(await failureOf(capture)).toMatchObject({
        code: "worker-lost",
        message: "the capture thread failed: out of luck",
        retryable: true,
      });
    }
    expect(await encoding).toBeNull();
    await bystander[Symbol.asyncDispose]();
    await using next = watchSource(pool, file(clip)).capture;
    expect(await take(next)).toHaveLength(450);
  });
});
