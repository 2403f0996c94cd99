import { micros } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { describe, expect, it } from "vitest";
import { allocateFrame, NativePicture } from "./picture.ts";
import { SoftwareScaler } from "./scaler.ts";

interface Pixels {
  readonly yuv: readonly [number, number, number];
  readonly matrix: av.AVColorSpace;
  readonly range: av.AVColorRange;
}

/** A decoded picture of one colour. */
function flat(width: number, height: number, { yuv, matrix, range }: Pixels): NativePicture {
  const frame = allocateFrame({ width, height }, av.AV_PIX_FMT_YUV420P);
  frame.colorSpace = matrix;
  frame.colorRange = range;
  for (const [index, value] of yuv.entries()) frame.data?.[index]?.fill(value);
  return new NativePicture(frame, { pts: micros(0), arrivedMs: 0 });
}

/** Red, green and blue of the last pixel, as the scaler writes them to `size`. */
function scaled(scaler: SoftwareScaler, picture: NativePicture, size = { width: 10, height: 6 }): readonly number[] {
  const bytes = new Uint8Array(3 * size.width * size.height);
  scaler.writePlanarRgb(picture, size, bytes);
  const pixels = size.width * size.height;
  return [bytes[3 * pixels - 1], bytes[pixels - 1], bytes[2 * pixels - 1]].map((value) => value ?? Number.NaN);
}

describe("the colours of a scaled picture", () => {
  const { AVCOL_SPC_BT709: bt709, AVCOL_SPC_SMPTE170M: bt601, AVCOL_SPC_UNSPECIFIED: unsaid } = av;
  const { AVCOL_RANGE_MPEG: limited, AVCOL_RANGE_JPEG: full } = av;

  // Red 200, green 30, blue 60 by the definition of each matrix and range.
  it.each<[string, Pixels]>([
    ["BT.601, limited range", { yuv: [87, 116, 199], matrix: bt601, range: limited }],
    ["BT.601 where nothing is said", { yuv: [87, 116, 199], matrix: unsaid, range: limited }],
    ["BT.601, full range", { yuv: [84, 114, 210], matrix: bt601, range: full }],
    ["BT.709, limited range", { yuv: [75, 123, 203], matrix: bt709, range: limited }],
  ])("are those of %s", (_, pixels) => {
    using scaler = new SoftwareScaler();
    using picture = flat(64, 48, pixels);
    for (const [index, value] of scaled(scaler, picture).entries()) {
      expect(Math.abs(value - ([200, 30, 60][index] ?? 0))).toBeLessThanOrEqual(4);
    }
  });

  it("hold when source and target change between pictures", () => {
    using scaler = new SoftwareScaler();
    const colours = [64, 640, 96].flatMap((width) => {
      using picture = flat(width, 48, { yuv: [87, 116, 199], matrix: bt601, range: limited });
      return [scaled(scaler, picture, { width: 33, height: 7 }), scaled(scaler, picture, { width: 416, height: 416 })];
    });
    for (const [red = 0, green = 0, blue = 0] of colours) {
      expect([Math.abs(red - 200), Math.abs(green - 30), Math.abs(blue - 60)].every((off) => off <= 4)).toBe(true);
    }
  });
});

describe("the brightness of a scaled picture", () => {
  /** 64 × 48 pixels, bright on the right half. */
  function halves(format: av.AVPixelFormat, paint: (rowOfPlane: Uint8Array, plane: number) => void): NativePicture {
    const frame = allocateFrame({ width: 64, height: 48 }, format);
    for (const [index, plane] of (frame.data ?? []).entries()) {
      const stride = frame.linesize[index] ?? 1;
      for (let at = 0; at + stride <= plane.length; at += stride) paint(plane.subarray(at, at + stride), index);
    }
    return new NativePicture(frame, { pts: null, arrivedMs: 0 });
  }
  const bytes = (dark: number, bright: number, to: number) => (row: Uint8Array, plane: number) => {
    if (plane > 0) row.fill(128);
    else row.fill(dark, 0, to / 2).fill(bright, to / 2);
  };

  it.each<[string, av.AVPixelFormat, (row: Uint8Array, plane: number) => void]>([
    ["video", av.AV_PIX_FMT_YUV420P, bytes(40, 200, 64)],
    ["a JPEG", av.AV_PIX_FMT_YUVJ420P, bytes(40, 200, 64)],
    ["a webcam, packed", av.AV_PIX_FMT_YUYV422, bytes(40, 200, 128)],
    ["a screen, in RGB", av.AV_PIX_FMT_BGR24, bytes(40, 200, 192)],
    [
      "video of ten bits",
      av.AV_PIX_FMT_YUV420P10LE,
      (row, plane) => {
        const samples = new Uint16Array(row.buffer, row.byteOffset, row.length / 2);
        if (plane > 0) samples.fill(512);
        else samples.fill(160, 0, 32).fill(800, 32);
      },
    ],
  ])("is that of %s", (_, format, paint) => {
    using scaler = new SoftwareScaler();
    using picture = halves(format, paint);
    const cells = new Uint8Array(8 * 6);
    scaler.writeLuma(picture, { width: 8, height: 6 }, cells);
    for (let row = 0; row < 6; row++) {
      expect(Math.abs((cells[8 * row] ?? 0) - 40)).toBeLessThan(16);
      expect(Math.abs((cells[8 * row + 7] ?? 0) - 200)).toBeLessThan(16);
    }
  });

  it("is the mean of what a sample covers, in full range", () => {
    using scaler = new SoftwareScaler();
    using picture = halves(av.AV_PIX_FMT_YUV420P, (row, plane) => {
      for (let x = 0; x < row.length; x++) row[x] = plane > 0 || x % 2 === 0 ? 128 : 64;
    });
    const cells = new Uint8Array(8 * 6);
    scaler.writeLuma(picture, { width: 8, height: 6 }, cells);
    for (const cell of cells) expect(Math.abs(cell - 93)).toBeLessThanOrEqual(8);
  });
});

it("a picture is not used after its release", () => {
  const picture = flat(64, 48, { yuv: [0, 0, 0], matrix: av.AVCOL_SPC_BT709, range: av.AVCOL_RANGE_MPEG });
  const shared = picture.share();
  picture[Symbol.dispose]();
  picture[Symbol.dispose]();
  expect(() => picture.share()).toThrow("after its release");
  expect(shared.size).toEqual({ width: 64, height: 48 });
  shared[Symbol.dispose]();
});
