import type { Box } from "@sensorium/perception";
import { SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import type { Frame } from "node-av/lib";
import type { Cropper, DecodedPicture } from "../codec.ts";
import { allocateFrame, NativePicture, nativeFrame } from "./picture.ts";
import { Scaling } from "./scaler.ts";

/** How a plane lies in memory: bytes for each of its samples, and how often it is sampled across and down. */
interface Plane {
  readonly bytes: number;
  readonly across: 1 | 2;
  readonly down: 1 | 2;
}

const whole: Plane = { bytes: 1, across: 1, down: 1 };
const yuv = (across: 1 | 2, down: 1 | 2): readonly Plane[] => [
  whole,
  { ...whole, across, down },
  { ...whole, across, down },
];

/** What decoders give; anything else is converted first. */
const LAYOUTS = new Map<number, readonly Plane[]>([
  [av.AV_PIX_FMT_YUV420P, yuv(2, 2)],
  [av.AV_PIX_FMT_YUVJ420P, yuv(2, 2)],
  [av.AV_PIX_FMT_YUV422P, yuv(2, 1)],
  [av.AV_PIX_FMT_YUVJ422P, yuv(2, 1)],
  [av.AV_PIX_FMT_YUV444P, yuv(1, 1)],
  [av.AV_PIX_FMT_YUVJ444P, yuv(1, 1)],
  [av.AV_PIX_FMT_NV12, [whole, { bytes: 2, across: 2, down: 2 }]],
  [av.AV_PIX_FMT_GRAY8, [whole]],
]);

/** A part of a frame whose planes lie as `layout` has it. */
interface Part {
  readonly layout: readonly Plane[];
  readonly region: Box;
}

/**
 * Copies regions, because FFmpeg's scaler reads whole frames only. Edges move outwards to where chroma is sampled, by
 * one pixel at the most. All copies lie in one memory: fresh pages for each would take longer than the copying.
 */
export class NativeCropper implements Cropper {
  /** As large as the parts so far. */
  #memory: Frame | undefined;

  crop(picture: DecodedPicture, region: Box): DecodedPicture {
    const frame = nativeFrame(picture);
    const layout = LAYOUTS.get(frame.format);
    if (layout) return new NativePicture(this.#copyOf(frame, { layout, region }), picture);
    using scaling = new Scaling(picture.size, av.AV_PIX_FMT_YUV444P);
    return new NativePicture(this.#copyOf(scaling.run(frame), { layout: yuv(1, 1), region }), picture);
  }

  #copyOf(frame: Frame, { layout, region }: Part): Frame {
    const across = Math.max(...layout.map((plane) => plane.across));
    const down = Math.max(...layout.map((plane) => plane.down));
    const [left, right] = span(region.x1, region.x2, { length: frame.width, step: across });
    const [top, bottom] = span(region.y1, region.y2, { length: frame.height, step: down });
    const size: Size = { width: right - left, height: bottom - top };
    const part = this.#frameOf(size, frame.format as av.AVPixelFormat);
    part.colorRange = frame.colorRange;
    part.colorSpace = frame.colorSpace;
    layout.forEach((plane, index) => {
      const from = rowsOf(frame, index);
      const to = rowsOf(part, index);
      const start = (left / plane.across) * plane.bytes;
      const length = Math.ceil(size.width / plane.across) * plane.bytes;
      for (let row = 0; row < Math.ceil(size.height / plane.down); row++) {
        const at = (top / plane.down + row) * from.stride + start;
        to.data.set(from.data.subarray(at, at + length), row * to.stride);
      }
    });
    return part;
  }

  /** A frame of this size in the memory. */
  #frameOf({ width, height }: Size, format: av.AVPixelFormat): Frame {
    const part = this.#memoryFor({ width, height }, format).clone();
    if (!part) throw new SensoriumError("internal", "out of memory for a picture");
    part.width = width;
    part.height = height;
    return part;
  }

  #memoryFor({ width, height }: Size, format: av.AVPixelFormat): Frame {
    const old = this.#memory?.format === format ? this.#memory : undefined;
    if (old && old.width >= width && old.height >= height) return old;
    const size = { width: Math.max(width, old?.width ?? 0), height: Math.max(height, old?.height ?? 0) };
    this[Symbol.dispose]();
    this.#memory = allocateFrame(size, format);
    return this.#memory;
  }

  [Symbol.dispose](): void {
    this.#memory?.free();
    this.#memory = undefined;
  }
}

/** Whole steps of the samples around a span, at least one of them. */
function span(from: number, to: number, { length, step }: { readonly length: number; readonly step: number }) {
  const last = Math.floor((length - 1) / step) * step;
  const start = Math.min(last, Math.max(0, Math.floor(from / step) * step));
  const end = Math.min(length, Math.max(start + step, Math.ceil(to / step) * step));
  return [start, end] as const;
}

function rowsOf({ data, linesize }: Frame, index: number): { readonly data: Uint8Array; readonly stride: number } {
  const plane = data?.[index];
  if (!plane) throw new SensoriumError("internal", "a picture without pixels");
  return { data: plane, stride: linesize[index] ?? 0 };
}
