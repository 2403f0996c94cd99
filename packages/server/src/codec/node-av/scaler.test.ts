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

it("a picture is not used after its release", () => {
  const picture = flat(64, 48, { yuv: [0, 0, 0], matrix: av.AVCOL_SPC_BT709, range: av.AVCOL_RANGE_MPEG });
  const shared = picture.share();
  picture[Symbol.dispose]();
  picture[Symbol.dispose]();
  expect(() => picture.share()).toThrow("after its release");
  expect(shared.size).toEqual({ width: 64, height: 48 });
  shared[Symbol.dispose]();
});
