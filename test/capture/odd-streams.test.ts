import { readFileSync } from "node:fs";
import { WebServer } from "@sensorium/testkit";
import { type ClipOptions, makeClip, type Paint } from "@sensorium/testkit/clip";
import { afterAll, describe, expect, it } from "vitest";
import { Bench, failureOf, take, watchSource } from "./captures.ts";

const SIZE = { width: 64, height: 48 };
const LARGE = { width: 128, height: 96 };
const FPS = 20;
/** An MPEG transport stream consists of packets of this many bytes. */
const TS_PACKET = 188;
/** More than FFmpeg reads before it says what a stream is. */
const PROBED_SECONDS = 7;

const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

let clips = 0;
async function clip(options: Partial<ClipOptions> = {}): Promise<Buffer> {
  const path = bench.path(`${++clips}.ts`);
  return readFileSync(await makeClip({ path, container: "ts", seconds: 1, fps: FPS, size: SIZE, ...options }));
}

/** Something that moves without ever being another scene, which would be a key frame. */
const drift: Paint = ({ planes: [luma, u, v] }, index) => {
  for (let at = 0; at < luma.data.length; at++)
    luma.data[at] = 128 + Math.round(60 * Math.sin(((at % luma.stride) + index) / 9));
  u.data.fill(128);
  v.data.fill(128);
};

/** From so far into it on, at the beginning of a packet. */
const cutBehind = (stream: Buffer, fraction: number): Buffer =>
  stream.subarray(TS_PACKET * Math.ceil((stream.length / TS_PACKET) * fraction));

/** A camera that sends this, and the rest once somebody has seen the beginning. */
async function camera(beginning: Buffer, rest: Promise<Buffer> = Promise.resolve(Buffer.alloc(0))): Promise<WebServer> {
  return await WebServer.listen((_, response) => {
    response.writeHead(200, { "Content-Type": "video/mp2t" }).write(beginning);
    void rest.then((bytes) => response.end(bytes));
  });
}

const watch = (web: WebServer, timeoutMs = 10_000) =>
  watchSource(bench.pool, { kind: "http", url: web.url("/live.ts"), intervalMs: 1_000 }, { timeoutMs });

describe("a live stream that is odd", () => {
  it.each([
    ["another size of picture", [{}, { size: LARGE }], 2 * FPS],
    ["a clock that was set back by an hour", [{ startsAt: 3_600 }, {}], 2 * FPS],
    ["a clock that was set forward by a day", [{}, { startsAt: 86_400 }], 2 * FPS],
    ["a clock that goes back again and again", [{ startsAt: 90 }, { startsAt: 60 }, { startsAt: 30 }, {}], 4 * FPS],
    ["a clock that goes round, as that of MPEG does after 26 hours", [{ startsAt: 95_440 }, {}], 2 * FPS],
  ] as const)("goes on with %s, in times that grow", async (_, parts, expected) => {
    await using web = await camera(Buffer.concat(await Promise.all(parts.map((part) => clip(part)))));
    await using capture = watch(web).capture;
    const frames = await take(capture, expected);
    expect(frames).toHaveLength(expected);
    const times = frames.map(({ at }) => at);
    for (const [index, at] of times.entries()) expect(at).toBeGreaterThan(times[index - 1] ?? -1);
    // What the clocks say is left out; what it took to come in may not be.
    expect(times.at(-1)).toBeLessThan(15e6);
    expect(await failureOf(capture)).toMatchObject({ code: "source-ended", retryable: true });
    expect(capture.totals).toMatchObject({ captured: expected, undecodable: 0 });
  });

  it("without a key frame at its beginning is shown from the first one on, and what came before is counted", async () => {
    const whole = await clip({ seconds: 3, paint: drift });
    await using web = await camera(cutBehind(whole, 0.1));
    await using capture = watch(web).capture;
    await expect(take(capture)).rejects.toMatchObject({ code: "source-ended" });
    // A key frame begins each second; the first one is cut into.
    const { captured, undecodable } = capture.totals;
    expect(undecodable).toBeGreaterThan(FPS / 2);
    expect(captured).toBeGreaterThanOrEqual(2 * FPS);
    expect(captured + undecodable).toBeLessThan(3 * FPS);
  });

  it("that changes to another codec is over, and may be opened anew", async () => {
    const rest = Promise.withResolvers<Buffer>();
    await using web = await camera(await clip({ seconds: PROBED_SECONDS }), rest.promise);
    const { capture } = watch(web);
    await using _closed = capture;
    expect(await capture.opened).toMatchObject({ codec: "h264" });
    await take(capture, 5);
    rest.resolve(await clip({ seconds: 3, codec: "mpeg2" }));
    expect(await failureOf(capture)).toMatchObject({
      code: "source-ended",
      message: `${web.url("/live.ts")} changed to another codec`,
      retryable: true,
    });
  });

  it("that comes byte by byte is given up after its time", async () => {
    const rest = await clip();
    await using web = await WebServer.listen((_, response) => {
      response.writeHead(200, { "Content-Type": "video/mp2t" });
      let next = 0;
      const drip = (): void => {
        if (response.writable) response.write(rest.subarray(next, ++next), () => setTimeout(drip, 20));
      };
      drip();
    });
    await using capture = watch(web, 700).capture;
    expect(await failureOf(capture)).toMatchObject({
      code: "source-timeout",
      message: `${web.url("/live.ts")} did not answer in time`,
      retryable: true,
    });
  });

  it("that goes on byte by byte after its first pictures is given up after its time", async () => {
    const beginning = await clip({ seconds: PROBED_SECONDS });
    await using web = await WebServer.listen((_, response) => {
      response.writeHead(200, { "Content-Type": "video/mp2t" }).write(beginning);
      const drip = (): void => {
        if (response.writable) response.write(Buffer.of(0), () => setTimeout(drip, 20));
      };
      drip();
    });
    await using capture = watch(web, 700).capture;
    await expect(take(capture)).rejects.toMatchObject({ code: "source-timeout", retryable: true });
    expect(capture.totals.captured).toBeGreaterThan((PROBED_SECONDS - 1) * FPS);
  });
});
