import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeClip, type Paint } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeAvCodec } from "./codec.ts";

const SIZE = { width: 64, height: 48 };
const ONE = 0x10000;
const folder = mkdtempSync(join(tmpdir(), "sensorium-upright-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Corners: white at the top left, grey at the top right, black below. */
const paint: Paint = ({ size: { width, height }, planes: [luma, u, v] }) => {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) luma.data[y * luma.stride + x] = y >= height / 2 ? 16 : x < width / 2 ? 235 : 128;
  u.data.fill(128);
  v.data.fill(128);
};

let clip: Buffer;
beforeAll(async () => {
  clip = readFileSync(await makeClip({ path: join(folder, "clip.mp4"), seconds: 0.5, fps: 10, size: SIZE, paint }));
});

/** The clip with another matrix in its track's header. */
function withMatrix([a, b, c, d]: readonly number[]): string {
  const bytes = Buffer.from(clip);
  const matrix = bytes.indexOf("tkhd") + 44;
  for (const [index, value] of [a, b, 0, c, d].entries()) bytes.writeInt32BE((value ?? 0) * ONE, matrix + 4 * index);
  const path = join(folder, "turned.mp4");
  writeFileSync(path, bytes);
  return path;
}

/** The size announced and that of the pictures, and which of white, grey and black is in each corner. */
async function look(path: string) {
  const codec = createNodeAvCodec(() => undefined);
  const options = { signal: new AbortController().signal, onWarning: () => undefined };
  await using input = await codec.open({ url: path, label: "turned.mp4", live: false, timeoutMs: 1_000 }, options);
  using scaler = codec.createScaler();
  const times: (number | null)[] = [];
  const luma = new Uint8Array(4);
  let size = { width: 0, height: 0 };
  for await (const picture of input.pictures()) {
    using held = picture;
    times.push(held.pts);
    size = held.size;
    scaler.writeLuma(held, { width: 2, height: 2 }, luma);
  }
  const corners = Array.from(luma, (value) => (value > 190 ? "W" : value > 70 ? "G" : "B")).join("");
  return { announced: input.info.size, size, corners, times };
}

const lying = { width: SIZE.height, height: SIZE.width };

describe("a video whose pictures lie on their side is shown upright", () => {
  it.each([
    ["upright already", [1, 0, 0, 1], SIZE, "WGBB"],
    ["to be turned clockwise, as from a phone held upright", [0, 1, -1, 0], lying, "BWBG"],
    ["to be turned counterclockwise", [0, -1, 1, 0], lying, "GBWB"],
    ["upside down", [-1, 0, 0, -1], SIZE, "BBGW"],
    ["mirrored, as from a phone's front camera", [-1, 0, 0, 1], SIZE, "GWBB"],
    ["mirrored, from top to bottom", [1, 0, 0, -1], SIZE, "BBWG"],
    ["turned and mirrored", [0, 1, 1, 0], lying, "WBGB"],
    ["turned and mirrored the other way", [0, -1, -1, 0], lying, "BGBW"],
    ["at an angle that nobody holds a phone at", [0.7, 0.7, -0.7, 0.7], SIZE, "WGBB"],
  ])("%s", async (_, matrix, size, corners) => {
    const times = [0, 100_000, 200_000, 300_000, 400_000];
    expect(await look(withMatrix(matrix))).toEqual({ announced: size, size, corners, times });
  });
});
