import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { makeClip, truncateFile } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bench, failureOf, file, take, watchSource } from "./captures.ts";

const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

let clip = "";
beforeAll(async () => {
  clip = await makeClip({ path: bench.path("clip.mp4"), seconds: 12, fps: 10, size: { width: 320, height: 180 } });
});

/** A tone of a second: PCM in its 44-byte header. */
function wave(): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF");
  header.writeUInt32LE(36 + 16_000, 4);
  header.write("WAVEfmt ", 8);
  for (const [value, at] of [
    [16, 16],
    [8_000, 24],
    [16_000, 28],
    [16_000, 40],
  ] as const)
    header.writeUInt32LE(value, at);
  for (const [value, at] of [
    [1, 20],
    [1, 22],
    [2, 32],
    [16, 34],
  ] as const)
    header.writeUInt16LE(value, at);
  header.write("data", 36);
  return Buffer.concat([header, Buffer.alloc(16_000)]);
}

describe("a file that cannot be opened is named, with the reason, and not tried again", () => {
  const files: readonly (readonly [string, Buffer | string, string])[] = [
    ["text.mp4", "This is not a video.\n".repeat(500), "text.mp4 is not a video that can be read"],
    ["empty.mp4", "", "empty.mp4 is not a video that can be read"],
    ["zeros.mp4", Buffer.alloc(100_000), "zeros.mp4 is not a video that can be read"],
    ["sound.wav", wave(), "sound.wav holds no video"],
  ];

  it.each(files)("%s", async (name, content, reason) => {
    writeFileSync(bench.path(name), content);
    await using capture = watchSource(bench.pool, file(bench.path(name))).capture;
    await expect(capture.opened).rejects.toThrow(reason);
    expect(await failureOf(capture)).toMatchObject({ code: "source-invalid", message: reason, retryable: false });
  });

  it("one whose index was never written", async () => {
    const bytes = readFileSync(clip);
    bytes.write("void", bytes.indexOf("moov"));
    writeFileSync(bench.path("begun.mp4"), bytes);
    await using capture = watchSource(bench.pool, file(bench.path("begun.mp4"))).capture;
    expect(await failureOf(capture)).toMatchObject({
      message: "begun.mp4 is an MP4 file without its index: it is cut off or unfinished",
      retryable: false,
    });
  });

  it.each([
    ["a folder", () => bench.path("."), "is a folder, not a video"],
    ["a file that has gone", () => bench.path("gone.mp4"), "gone.mp4 does not exist"],
  ])("%s", async (_, path, reason) => {
    await using capture = watchSource(bench.pool, file(path())).capture;
    const failure = await failureOf(capture);
    expect(failure.message).toContain(reason);
    expect(failure).toMatchObject({ code: "source-invalid", retryable: false });
  });
});

describe("a damaged file", () => {
  it("that was cut off gives what it holds, then says where it ends", async () => {
    const path = bench.path("cut.mp4");
    copyFileSync(clip, path);
    truncateFile(path, 0.6);
    await using capture = watchSource(bench.pool, file(path)).capture;
    let frames = 0;
    const reading = (async () => {
      for await (const frame of capture.frames()) {
        frame[Symbol.dispose]();
        frames++;
      }
    })();
    await expect(reading).rejects.toThrow(
      /^cut\.mp4 ends after \d\.\d s of its announced 12\.0 s: the file is truncated or damaged$/,
    );
    expect(frames).toBeGreaterThan(10);
    expect(capture.totals.captured).toBe(frames);
    expect(await failureOf(capture)).toMatchObject({ code: "source-invalid", retryable: false });
  });

  it("with a bad stretch goes on behind it and counts what was lost", async () => {
    const path = bench.path("scratched.mp4");
    const bytes = readFileSync(clip);
    const from = Math.floor(bytes.length * 0.5);
    bytes.fill(0xff, from, from + 400);
    writeFileSync(path, bytes);
    await using capture = watchSource(bench.pool, file(path)).capture;
    const frames = await take(capture);
    expect(frames.length).toBeGreaterThan(80);
    expect(Math.abs((frames.at(-1)?.at ?? 0) - 11_900_000)).toBeLessThanOrEqual(200_000);
    expect(capture.totals.undecodable).toBeGreaterThan(0);
  });
});
