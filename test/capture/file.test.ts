import { hasSharedData, sharedData } from "@sensorium/testkit";
import { joinClips, makeClip, rampLuma, solid } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bench, file, take, watchSource } from "./captures.ts";

const SIZE = { width: 320, height: 180 };

describe("a video file", () => {
  const bench = new Bench();
  afterAll(() => bench[Symbol.asyncDispose]());
  let clip = "";
  beforeAll(async () => {
    clip = await makeClip({ path: bench.path("clip.mp4"), seconds: 4, fps: 15, size: SIZE });
  });

  it("gives every frame once, in order, at its own time, with its own pixels", async () => {
    await using capture = watchSource(bench.pool, file(clip)).capture;
    const frames = await take(capture);
    expect(frames.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    expect(frames.map(({ at }) => at)).toEqual(frames.map((_, index) => Math.round((index * 1e6) / 15)));
    for (const [index, { colour }] of frames.entries()) {
      const grey = ((rampLuma(index) - 16) * 255) / 219;
      for (const value of colour ?? []) expect(Math.abs(value - grey)).toBeLessThanOrEqual(3);
    }
    expect(await capture.ended).toEqual({ kind: "finished" });
    expect(capture.totals).toEqual({ captured: 60, gated: 0, dropped: 0, undecodable: 0 });
  });

  it("says what it is before its first frame", async () => {
    await using capture = watchSource(bench.pool, file(clip)).capture;
    expect(await capture.opened).toMatchObject({ codec: "h264", size: SIZE, framesPerSecond: 15, durationSeconds: 4 });
  });

  it("keeps its proportions and its colours in the planes green, blue, red", async () => {
    const path = await makeClip({
      path: bench.path("red.mp4"),
      seconds: 0.2,
      fps: 10,
      size: SIZE,
      paint: solid(200, 30, 60),
    });
    await using capture = watchSource(bench.pool, file(path)).capture;
    const [first] = await take(capture);
    expect(first).toMatchObject({ size: SIZE, picture: { width: 416, height: 234 } });
    for (const [index, value] of [200, 30, 60].entries()) {
      expect(Math.abs((first?.colour?.[index] ?? 0) - value)).toBeLessThanOrEqual(3);
    }
  });

  it("puts frames that are held at the same time in different memory", async () => {
    await using capture = watchSource(bench.pool, file(clip), { slots: 2 }).capture;
    const frames = capture.frames();
    const [one, two] = [(await frames.next()).value, (await frames.next()).value];
    expect(one?.picture?.offset).not.toBe(two?.picture?.offset);
    const freed = one?.picture?.offset;
    one?.[Symbol.dispose]();
    using three = (await frames.next()).value ?? undefined;
    expect(three?.picture?.offset).toBe(freed);
    two?.[Symbol.dispose]();
  });

  it("gives frames without pixels to whoever needs none", async () => {
    await using capture = watchSource(bench.pool, file(clip), { format: null }).capture;
    const frames = await take(capture);
    expect(frames).toHaveLength(60);
    expect(frames[0]?.picture).toBeNull();
  });

  it("goes on when its picture size and its clock change midway", async () => {
    const part = { seconds: 1, fps: 25, container: "ts" } as const;
    const small = await makeClip({ ...part, path: bench.path("small.ts"), size: SIZE });
    const large = await makeClip({ ...part, path: bench.path("large.ts"), size: { width: 640, height: 480 } });
    const path = joinClips(bench.path("joined.ts"), [small, large]);
    await using capture = watchSource(bench.pool, file(path)).capture;
    const frames = await take(capture);
    expect(frames.map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, index) => index * 40_000));
    expect(frames[24]).toMatchObject({ size: SIZE, picture: { width: 416, height: 234 } });
    expect(frames[25]).toMatchObject({ size: { width: 640, height: 480 }, picture: { width: 416, height: 312 } });
  });

  it("played again and again goes on in time", async () => {
    const path = await makeClip({ path: bench.path("short.mp4"), seconds: 1, fps: 10, size: SIZE });
    await using capture = watchSource(bench.pool, file(path, true)).capture;
    const frames = await take(capture, 35);
    expect(frames.map(({ at }) => at)).toEqual(Array.from({ length: 35 }, (_, index) => index * 100_000));
    expect(frames.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 35 }, (_, index) => index + 1));
  });

  it("played in real time shows whoever is slow the newest frame, and counts the others", async () => {
    const path = await makeClip({ path: bench.path("two.mp4"), seconds: 2, fps: 25, size: SIZE });
    const { capture, untilViews } = watchSource(bench.pool, file(path), { pace: "realtime", slots: 1 });
    await using _closed = capture;
    capture.watch(1_000);
    const frames = capture.frames();
    const first = (await frames.next()).value;
    expect(first?.sequence).toBe(1);
    await untilViews(20);
    first?.[Symbol.dispose]();
    let delivered = 1;
    let next = 0;
    for await (const frame of frames) {
      using held = frame;
      next ||= held.sequence;
      delivered++;
    }
    expect(next).toBeGreaterThanOrEqual(20);
    expect(capture.totals.captured).toBe(50);
    expect(delivered + capture.totals.dropped).toBe(50);
  });

  it.runIf(hasSharedData)("of a real camera comes whole", async () => {
    const path = sharedData("video/one-by-one-person-detection.mp4");
    await using capture = watchSource(bench.pool, file(path)).capture;
    const frames = await take(capture);
    expect(frames).toHaveLength(1394);
    expect(frames.at(-1)?.at).toBe(139_300_000);
  });
});

describe("the simulated room", () => {
  const bench = new Bench();
  afterAll(() => bench[Symbol.asyncDispose]());

  it("is painted the same for the same seed", async () => {
    const pictures: string[] = [];
    for (const seed of [7, 7, 8]) {
      await using capture = watchSource(bench.pool, { kind: "simulated", seed }).capture;
      const frames = capture.frames();
      for (let skipped = 0; skipped < 150; skipped++) (await frames.next()).value?.[Symbol.dispose]();
      using frame = (await frames.next()).value ?? undefined;
      expect(frame?.at).toBe(10_000_000);
      if (!frame?.picture) throw new Error("a frame without pixels");
      const { buffer, offset, width, height } = frame.picture;
      pictures.push(Buffer.from(buffer, offset, 3 * width * height).toString("base64"));
    }
    expect(pictures[1]).toBe(pictures[0]);
    expect(pictures[2]).not.toBe(pictures[0]);
  });
});
