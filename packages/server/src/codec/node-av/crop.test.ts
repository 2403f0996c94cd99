import { micros } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { describe, expect, it } from "vitest";
import { NativeCropper } from "./crop.ts";
import { allocateFrame, NativePicture, nativeFrame } from "./picture.ts";

/** 64 × 48 pixels, brighter from left to right and downwards. */
function slope(format: av.AVPixelFormat): NativePicture {
  const frame = allocateFrame({ width: 64, height: 48 }, format);
  const planes = frame.data ?? [];
  for (const plane of planes) plane?.fill(128);
  const stride = frame.linesize[0] ?? 0;
  for (let y = 0; y < 48; y++)
    planes[0]?.set(
      Uint8Array.from({ length: 64 }, (_, x) => lumaAt(x, y)),
      y * stride,
    );
  return new NativePicture(frame, { pts: micros(7), arrivedMs: 9 });
}

const lumaAt = (x: number, y: number): number => 2 * x + y;

function corners(picture: ReturnType<NativeCropper["crop"]>): number[] {
  const { data, linesize, width, height } = nativeFrame(picture);
  const at = (x: number, y: number): number => data?.[0]?.[y * (linesize[0] ?? 0) + x] ?? Number.NaN;
  return [at(0, 0), at(width - 1, 0), at(0, height - 1), at(width - 1, height - 1)];
}

const box = (x1: number, y1: number, x2: number, y2: number) => ({ x1, y1, x2, y2 });

describe("a part of a picture", () => {
  it.each<[string, av.AVPixelFormat]>([
    ["YUV 4:2:0", av.AV_PIX_FMT_YUV420P],
    ["YUV 4:4:4", av.AV_PIX_FMT_YUVJ444P],
    ["NV12", av.AV_PIX_FMT_NV12],
    ["grey", av.AV_PIX_FMT_GRAY8],
  ])("shows the pixels of its region in %s, whatever was cut before", (_, format) => {
    using cropper = new NativeCropper();
    using picture = slope(format);
    const regions = [box(8, 4, 20, 14), box(2, 2, 62, 40), box(32, 20, 40, 46), box(0, 0, 64, 48)];
    for (const region of regions) {
      using part = cropper.crop(picture, region);
      const { x1, y1, x2, y2 } = region;
      expect(part.size).toEqual({ width: x2 - x1, height: y2 - y1 });
      expect(part.pts).toBe(7);
      const expected = [lumaAt(x1, y1), lumaAt(x2 - 1, y1), lumaAt(x1, y2 - 1), lumaAt(x2 - 1, y2 - 1)];
      expect(corners(part)).toEqual(expected);
    }
  });

  it("reaches outwards to where colours are sampled", () => {
    using cropper = new NativeCropper();
    using picture = slope(av.AV_PIX_FMT_YUV420P);
    using part = cropper.crop(picture, box(3, 5, 8, 11));
    expect(part.size).toEqual({ width: 6, height: 8 });
    expect(corners(part)[0]).toBe(lumaAt(2, 4));
  });

  it("may come from pictures of other formats in turn", () => {
    using cropper = new NativeCropper();
    for (const format of [av.AV_PIX_FMT_YUV420P, av.AV_PIX_FMT_GRAY8, av.AV_PIX_FMT_YUV420P]) {
      using picture = slope(format);
      using part = cropper.crop(picture, box(10, 10, 30, 20));
      expect(corners(part)[3]).toBe(lumaAt(29, 19));
      expect(nativeFrame(part).format).toBe(format);
    }
  });

  it("of a format that cannot be cut as it is comes converted", () => {
    using cropper = new NativeCropper();
    const frame = allocateFrame({ width: 64, height: 48 }, av.AV_PIX_FMT_RGB24);
    frame.data?.[0]?.fill(200);
    using picture = new NativePicture(frame, { pts: null, arrivedMs: 0 });
    using part = cropper.crop(picture, box(1, 1, 12, 9));
    expect(part.size).toEqual({ width: 11, height: 8 });
    expect(nativeFrame(part).format).toBe(av.AV_PIX_FMT_YUV444P);
  });
});
