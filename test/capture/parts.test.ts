import { cameraId } from "@sensorium/protocol";
import { makeClip, solid } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capture } from "../../packages/server/src/capture/capture.ts";
import type { Frame, Picture } from "../../packages/server/src/flow/frame.ts";
import { Bench, file, take, watchSource } from "./captures.ts";

const bench = new Bench();
const size = { width: 64, height: 48 };
let halves: string;
let long: string;

beforeAll(async () => {
  const red = solid(255, 0, 0);
  halves = await makeClip({
    path: bench.path("halves.mp4"),
    seconds: 2,
    fps: 10,
    size,
    // The right half is darker, down to the chroma.
    paint: (canvas, index) => {
      red(canvas, index);
      for (const { data, stride } of canvas.planes) {
        const rows = Math.floor(data.length / stride);
        const width = canvas.planes[0]?.data === data ? size.width : size.width / 2;
        for (let row = 0; row < rows; row++) data.fill(16, row * stride + width / 2, row * stride + width);
      }
    },
  });
  long = await makeClip({ path: bench.path("long.mp4"), seconds: 30, fps: 10, size, paint: solid(0, 0, 255) });
});
afterAll(() => bench[Symbol.asyncDispose]());

async function first(capture: Capture): Promise<Frame> {
  for await (const frame of capture.frames()) return frame;
  throw new Error("no frame came");
}

/** Mean red of a planar picture. */
function meanRed({ buffer, offset, width, height }: Picture): number {
  const red = new Uint8Array(buffer, offset + 2 * width * height, width * height);
  return red.reduce((sum, value) => sum + value, 0) / red.length;
}

describe("a frame whose source's picture is kept", () => {
  it("gives parts of it in the size that a model wants", async () => {
    const { capture } = watchSource(bench.pool, file(halves), { keeps: true });
    await using _closed = capture;
    using frame = await first(capture);
    using left = await frame.crop({ x1: 0, y1: 0, x2: 32, y2: 48 }, { width: 20, height: 20, fit: "stretch" });
    using right = await frame.crop({ x1: 33, y1: 7, x2: 64, y2: 41 }, { width: 20, height: 20, fit: "contain" });
    expect(left).toMatchObject({ width: 20, height: 20 });
    expect(right).toMatchObject({ width: 18, height: 20 });
    expect(meanRed(left) - meanRed(right)).toBeGreaterThan(100);
  });

  it("gives itself, or a part, as JPEG", async () => {
    const { capture } = watchSource(bench.pool, file(halves), { keeps: true });
    await using _closed = capture;
    using frame = await first(capture);
    const { default: sharp } = await import("sharp");
    const sizes = [];
    for (const region of [undefined, { x1: 10, y1: 10, x2: 30, y2: 20 }]) {
      const { width, height } = await sharp(await frame.jpeg({ region, maxWidth: 1920, quality: 90 })).metadata();
      sizes.push([width, height]);
    }
    expect(sizes).toEqual([
      [64, 48],
      [20, 10],
    ]);
  });

  it("gives parts of a file's last frames, too, as long as somebody owns one", async () => {
    const { capture } = watchSource(bench.pool, file(halves), { keeps: true, slots: 3 });
    await using _closed = capture;
    const frames = capture.frames();
    for (let i = 1; i < 20; i++) (await frames.next()).value?.[Symbol.dispose]();
    const { value: last } = await frames.next();
    if (!last) throw new Error("the clip has 20 frames");
    const end = frames.next();
    // In each of these turns the capture thread could have ended.
    for (let turn = 0; turn < 20; turn++) {
      using part = await last.crop({ x1: 0, y1: 0, x2: 32, y2: 48 }, { width: 8, height: 8, fit: "stretch" });
      expect(part.width).toBe(8);
    }
    last[Symbol.dispose]();
    expect((await end).done).toBe(true);
  });

  it("gives nothing once its source has ended, and says so", async () => {
    const { capture } = watchSource(bench.pool, file(halves), { keeps: true });
    using frame = await first(capture);
    await capture[Symbol.asyncDispose]();
    await expect(frame.jpeg({ maxWidth: 100, quality: 90 })).rejects.toMatchObject({ code: "source-ended" });
    const whole = { x1: 0, y1: 0, x2: 8, y2: 8 };
    await expect(frame.crop(whole, { width: 8, height: 8, fit: "stretch" })).rejects.toMatchObject({ retryable: true });
  });

  it("gives nothing once it was given back", async () => {
    const { capture } = watchSource(bench.pool, file(halves), { keeps: true });
    await using _closed = capture;
    const frame = await first(capture);
    frame[Symbol.dispose]();
    expect(() => frame.jpeg({ maxWidth: 100, quality: 90 })).toThrow("after its release");
  });
});

describe("two who want the same source", () => {
  const handlers = { onView: () => {}, onStalled: () => {}, onResumed: () => {}, onWarning: () => {} };
  const wanted = { camera: cameraId("second"), slots: 2, handlers };

  it("read it once, each in a size and part of its own", async () => {
    const { capture } = watchSource(bench.pool, file(long), { pace: "realtime" });
    await using second = capture.join({
      ...wanted,
      format: { width: 32, height: 32, fit: "stretch" },
      region: { x1: 0, y1: 0, x2: 16, y2: 16 },
    });
    await using _first = capture;
    const [ones, others] = await Promise.all([take(capture, 4), take(second, 4)]);
    expect(ones[0]?.picture).toEqual({ width: 416, height: 312 });
    expect(others[0]?.picture).toEqual({ width: 32, height: 32 });
    const sequences = others.map(({ sequence }) => sequence);
    expect(ones.filter(({ sequence }) => sequences.includes(sequence))).not.toEqual([]);
    expect(await second.opened).toMatchObject({ codec: "h264" });
  });

  it("leave it one by one, and the last one closes it", async () => {
    const { capture } = watchSource(bench.pool, file(long), { pace: "realtime" });
    const second = capture.join({ ...wanted, format: null });
    await take(capture, 1);
    await capture[Symbol.asyncDispose]();
    expect(await capture.ended).toEqual({ kind: "finished" });
    expect((await take(second, 2)).length).toBe(2);
    await second[Symbol.asyncDispose]();
    expect(await second.ended).toEqual({ kind: "finished" });
  });

  it("are both told how it ended, and who joins too late as well", async () => {
    const { capture } = watchSource(bench.pool, file(bench.path("missing.mp4")));
    const second = capture.join({ ...wanted, format: null });
    for (const each of [capture, second]) expect(await each.ended).toMatchObject({ kind: "failed" });
    const late = capture.join({ ...wanted, format: null });
    expect(await late.ended).toMatchObject({ kind: "failed", error: { code: "source-ended", retryable: true } });
  });
});
