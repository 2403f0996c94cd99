import { type ClipCanvas, makeClip, type Paint } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Capture } from "../../packages/server/src/capture/capture.ts";
import { Bench, file, take, watchSource } from "./captures.ts";

const FPS = 5;
const SIZE = { width: 640, height: 360 };
const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

/** A grey wall; somebody dark walks before it from second `from` to second `to`, always in its upper half. */
const wall =
  (from: number, to: number): Paint =>
  ({ planes: [luma, u, v] }: ClipCanvas, index) => {
    luma.data.fill(150);
    u.data.fill(128);
    v.data.fill(128);
    const walked = index / FPS - from;
    if (walked < 0 || index / FPS >= to) return;
    for (let y = 40; y < 140; y++)
      luma.data.fill(60, y * luma.stride + 100 + walked * 60, y * luma.stride + 130 + walked * 60);
  };

let visited = "";
let quiet = "";
let brief = "";
beforeAll(async () => {
  visited = await makeClip({ path: bench.path("visited.mp4"), seconds: 20, fps: FPS, size: SIZE, paint: wall(8, 12) });
  brief = await makeClip({ path: bench.path("brief.mp4"), seconds: 2.4, fps: FPS, size: SIZE, paint: wall(99, 99) });
  quiet = await makeClip({ path: bench.path("quiet.mp4"), seconds: 4, fps: FPS, size: SIZE, paint: wall(99, 99) });
});

/** The times of the frames that reach the detector, in seconds. */
const looked = async (capture: Capture): Promise<readonly number[]> => (await take(capture)).map(({ at }) => at / 1e6);

const upperHalf = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 0.5 },
  { x: 0, y: 0.5 },
];

describe("a camera with a motion gate", () => {
  it("is looked at from the first frame in which somebody walks until he has gone, and else hardly ever", async () => {
    const { capture } = watchSource(bench.pool, file(visited), { motion: {} });
    await using _closed = capture;
    const times = await looked(capture);
    const during = (from: number, to: number): number =>
      times.filter((at) => at >= from - 0.01 && at < to - 0.01).length;
    expect(during(8, 12)).toBe(4 * FPS);
    expect(during(1, 8)).toBe(1);
    expect(during(15, 20)).toBeLessThanOrEqual(1);
    expect(capture.totals).toMatchObject({ captured: 20 * FPS, gated: 20 * FPS - times.length, dropped: 0 });
  });

  it("does not heed what moves behind a mask", async () => {
    const { capture } = watchSource(bench.pool, file(visited), { motion: { masks: [upperHalf] } });
    await using _closed = capture;
    expect((await looked(capture)).filter((at) => at > 1)).toHaveLength(2);
  });

  it("is looked at now and then when nothing moves at all", async () => {
    const { capture } = watchSource(bench.pool, file(quiet), { motion: { heartbeatMicros: 400_000 } });
    await using _closed = capture;
    const times = (await looked(capture)).filter((at) => at > 2);
    expect(times.map((at) => at.toFixed(1))).toEqual(["2.6", "3.0", "3.4", "3.8"]);
  });

  it("goes on being looked at while somebody is seen, however still", async () => {
    const { capture } = watchSource(bench.pool, file(brief), { pace: "realtime", motion: {}, slots: 4 });
    await using _closed = capture;
    let count = 0;
    for await (const frame of capture.frames()) {
      using held = frame;
      count++;
      capture.attend(held.at);
    }
    expect(count).toBe(2.4 * FPS);
    expect(capture.totals.gated).toBe(0);
  });

  it("shows its pictures to viewers, and tells that they come, while nobody needs to look", async () => {
    const { capture, views, idle } = watchSource(bench.pool, file(quiet), { pace: "realtime", motion: {} });
    await using _closed = capture;
    capture.watch(FPS);
    const times = await looked(capture);
    expect(times.length).toBeLessThan(7);
    expect(views.length).toBeGreaterThanOrEqual(4 * FPS - 2);
    expect(idle()).toBeGreaterThanOrEqual(4);
    expect(idle()).toBeLessThanOrEqual(8);
    const { captured, gated } = capture.totals;
    expect(captured - gated).toBe(times.length);
  });
});

it("a camera without a motion gate is looked at all the time", async () => {
  const { capture } = watchSource(bench.pool, file(quiet));
  await using _closed = capture;
  expect(await looked(capture)).toHaveLength(4 * FPS);
});
