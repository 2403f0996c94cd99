import { makeClip, solid } from "@sensorium/testkit/clip";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bench, file, take, watchSource } from "./captures.ts";

const SIZE = { width: 640, height: 360 };
const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

let clip = "";
beforeAll(async () => {
  const paint = solid(200, 30, 60);
  clip = await makeClip({ path: bench.path("red.mp4"), seconds: 2, fps: 25, size: SIZE, paint });
});

const picture = { maxWidth: 10_000, quality: 90, overlay: null };

/** Red, green and blue of a pixel of a JPEG. */
async function pixel(jpeg: Uint8Array | null, x: number, y: number): Promise<readonly number[]> {
  const { data, info } = await sharp(jpeg ?? new Uint8Array())
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + 3)];
}

const sizeOf = async (jpeg: Uint8Array | null) => {
  const { format, width, height } = await sharp(jpeg ?? new Uint8Array()).metadata();
  return { format, width, height };
};

describe("a picture for viewers", () => {
  it("is a JPEG in the source's colours, with boxes, lines and captions drawn on", async () => {
    const { capture, views, untilViews } = watchSource(bench.pool, file(clip), { pace: "realtime" });
    await using _closed = capture;
    capture.watch(25);
    const reading = take(capture, 25);
    await untilViews(1);
    const sequence = views[0]?.sequence ?? 0;
    const plain = await capture.encode({ ...picture, sequence });
    const box = { x1: 0.5, y1: 0.5, x2: 0.75, y2: 0.75, label: "#1" };
    const line = { a: { x: 0.1, y: 0 }, b: { x: 0.1, y: 1 } };
    const overlay = { boxes: [box], lines: [line], captions: ["IN 1"] };
    const annotated = await capture.encode({ ...picture, sequence, overlay });
    await reading;
    expect(await sizeOf(plain)).toEqual({ format: "jpeg", ...SIZE });
    for (const [index, value] of (await pixel(plain, 321, 240)).entries()) {
      expect(Math.abs(value - ([200, 30, 60][index] ?? 0))).toBeLessThan(8);
    }
    const [red = 0, green = 0] = await pixel(annotated, 321, 240);
    expect(green).toBeGreaterThan(red);
    const [r = 0, , b = 0] = await pixel(annotated, 64, 300);
    expect(r - b).toBeGreaterThan(150);
    expect((await pixel(annotated, 400, 230))[0]).toBeGreaterThan(180);
  });

  it("comes in every size that somebody wants, never larger than the source", async () => {
    const { capture, views, untilViews } = watchSource(bench.pool, file(clip), { pace: "realtime" });
    await using _closed = capture;
    capture.watch(25);
    const reading = take(capture, 25);
    await untilViews(1);
    const sequence = views[0]?.sequence ?? 0;
    const widths = [320, 160, 640, 9_999, 100, 320];
    const jpegs = await Promise.all(widths.map((maxWidth) => capture.encode({ ...picture, sequence, maxWidth })));
    await reading;
    expect(await Promise.all(jpegs.map(async (jpeg) => (await sizeOf(jpeg)).width))).toEqual([
      320, 160, 640, 640, 100, 320,
    ]);
  });

  it("is smaller at a lower quality, whatever was asked for before", async () => {
    const { capture, views, untilViews } = watchSource(
      bench.pool,
      { kind: "simulated", seed: 1 },
      { pace: "realtime" },
    );
    await using _closed = capture;
    capture.watch(15);
    await untilViews(1);
    const sequence = views[0]?.sequence ?? 0;
    const sizes: number[] = [];
    for (const quality of [90, 30, 90])
      sizes.push((await capture.encode({ ...picture, sequence, quality }))?.length ?? 0);
    expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) * 0.9);
    expect(sizes[2]).toBe(sizes[0]);
  });

  it("follows its frame, once, at no more than the rate that is wanted", async () => {
    const { capture, views } = watchSource(bench.pool, file(clip), { pace: "realtime", slots: 40 });
    await using _closed = capture;
    capture.watch(10);
    const order: string[] = [];
    for await (const frame of capture.frames()) {
      using held = frame;
      for (const view of views.splice(0)) order.push(`view ${view.sequence}`);
      order.push(`frame ${held.sequence}`);
    }
    const shown = order.filter((entry) => entry.startsWith("view"));
    expect(new Set(shown).size).toBe(shown.length);
    expect(Math.abs(shown.length - 20)).toBeLessThanOrEqual(2);
    for (const entry of shown) expect(order.indexOf(entry.replace("view", "frame"))).toBeLessThan(order.indexOf(entry));
  });

  it("is not kept when nobody looks, and not for long when somebody does", async () => {
    const { capture, views, untilViews } = watchSource(bench.pool, file(clip), { pace: "realtime" });
    await using _closed = capture;
    const frames = capture.frames();
    const first = (await frames.next()).value;
    first?.[Symbol.dispose]();
    expect(await capture.encode({ ...picture, sequence: first?.sequence ?? 0 })).toBeNull();
    expect(views).toEqual([]);
    capture.watch(100);
    await untilViews(12);
    expect(await capture.encode({ ...picture, sequence: views[0]?.sequence ?? 0 })).toBeNull();
    expect(await capture.encode({ ...picture, sequence: views.at(-1)?.sequence ?? 0 })).not.toBeNull();
    capture.watch(0);
    expect(await capture.encode({ ...picture, sequence: views.at(-1)?.sequence ?? 0 })).toBeNull();
  });

  it("has honest times: in at its moment, ready after it", async () => {
    const { capture, views, untilViews } = watchSource(bench.pool, file(clip), { pace: "realtime", slots: 40 });
    await using _closed = capture;
    capture.watch(100);
    const before = Date.now();
    const reading = take(capture, 30);
    await untilViews(20);
    const after = Date.now();
    await reading;
    for (const { capturedMs, decodedMs } of views.slice(0, 20)) {
      expect(capturedMs).toBeGreaterThanOrEqual(before);
      expect(decodedMs).toBeGreaterThanOrEqual(capturedMs);
      expect(decodedMs).toBeLessThanOrEqual(after);
    }
  });
});
