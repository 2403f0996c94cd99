import { crc32 } from "node:zlib";
import { type Micros, SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Frame } from "node-av/lib";
import type { Canvas, DecodedPicture, Plane } from "../codec.ts";

/** A native frame with owners; the pixels are FFmpeg's, reference-counted there. */
export class NativePicture implements DecodedPicture {
  readonly size: Size;
  readonly pts: Micros | null;
  readonly arrivedMs: number;
  readonly #frame: Frame;
  #open = true;

  /** Takes ownership of `frame`. */
  constructor(frame: Frame, { pts, arrivedMs }: Pick<DecodedPicture, "pts" | "arrivedMs">) {
    this.size = { width: frame.width, height: frame.height };
    this.pts = pts;
    this.arrivedMs = arrivedMs;
    this.#frame = frame;
  }

  get frame(): Frame {
    if (!this.#open) throw new SensoriumError("frame-released", "a picture was used after its release");
    return this.#frame;
  }

  share(): DecodedPicture {
    const copy = this.frame.clone();
    if (!copy) throw new SensoriumError("internal", "out of memory for a picture");
    return new NativePicture(copy, this);
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#frame.free();
  }
}

/** The native frame behind a picture of this adapter. */
export function nativeFrame(picture: DecodedPicture): Frame {
  if (picture instanceof NativePicture) return picture.frame;
  throw new SensoriumError("internal", "a picture of another codec");
}

/** Rows from one that is looked at to the next. */
const FINGERPRINT_STEP = 8;

/** A checksum of the luma of every eighth row: 0.1 ms at 1920×1080, and the noise of a sensor is everywhere. */
export function fingerprint(picture: DecodedPicture): number {
  const { data, linesize, width, height } = nativeFrame(picture);
  const luma = data?.[0];
  const stride = linesize[0] ?? 0;
  if (!luma) throw new SensoriumError("internal", "a picture without pixels");
  let sum = 0;
  for (let row = 0; row < height; row += FINGERPRINT_STEP)
    sum = crc32(luma.subarray(row * stride, row * stride + width), sum);
  return sum;
}

/** A frame with memory of its own. Rows begin at multiples of `align` bytes, of what suits the processor when absent. */
export function allocateFrame(size: Size, format: av.AVPixelFormat, align?: number): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.format = format;
  frame.width = size.width;
  frame.height = size.height;
  if (frame.getBuffer(align) < 0) throw new SensoriumError("internal", "out of memory for a picture");
  return frame;
}

/** Views on the planes of a YUV 4:2:0 frame; valid as long as the frame is. */
export function canvasOf(frame: Frame): Canvas {
  const data = frame.data;
  const stride = frame.linesize;
  const plane = (index: number): Plane => ({ data: data?.[index] ?? new Uint8Array(0), stride: stride[index] ?? 0 });
  return { size: { width: frame.width, height: frame.height }, planes: [plane(0), plane(1), plane(2)] };
}

/** A picture painted by the caller, in full-range YUV 4:2:0. */
export function paintPicture(size: Size, pts: Micros, paint: (canvas: Canvas) => void): NativePicture {
  const frame = allocateFrame(size, av.AV_PIX_FMT_YUVJ420P);
  frame.colorRange = av.AVCOL_RANGE_JPEG;
  paint(canvasOf(frame));
  return new NativePicture(frame, { pts, arrivedMs: Date.now() });
}
