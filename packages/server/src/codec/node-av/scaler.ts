import { SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { type Frame, SoftwareScaleContext } from "node-av/lib";
import type { DecodedPicture, Scaler } from "../codec.ts";
import { allocateFrame, nativeFrame } from "./picture.ts";

/** FFmpeg's software scaler into one frame of its own; it follows whatever size, format and colours the source has. */
export class Scaling implements Disposable {
  readonly target: Frame;
  readonly #context = new SoftwareScaleContext();

  constructor(to: Size, format: av.AVPixelFormat) {
    this.target = allocateFrame(to, format);
    // Not `getContext`: that one is deaf to a frame's colour matrix and takes BT.709 for BT.601.
    this.#context.allocContext();
    this.#context.setOption("sws_flags", "bilinear");
  }

  /** Overwrites the target, which stays this object's own. */
  run(from: Frame): Frame {
    const status = this.#context.scaleFrameSync(this.target, from);
    if (status < 0) throw new SensoriumError("codec-unsupported", `pixel format ${from.format} cannot be scaled`);
    return this.target;
  }

  [Symbol.dispose](): void {
    this.#context.freeContext();
    this.target.free();
  }
}

/** What a picture is scaled to. */
interface Target {
  readonly to: Size;
  readonly format: av.AVPixelFormat;
  readonly planes: number;
}

export class SoftwareScaler implements Scaler {
  #scaling: Scaling | undefined;

  writePlanarRgb(picture: DecodedPicture, to: Size, into: Uint8Array): void {
    this.#write(picture, { to, format: av.AV_PIX_FMT_GBRP, planes: 3 }, into);
  }

  writeLuma(picture: DecodedPicture, to: Size, into: Uint8Array): void {
    this.#write(picture, { to, format: av.AV_PIX_FMT_GRAY8, planes: 1 }, into);
  }

  #write(picture: DecodedPicture, target: Target, into: Uint8Array): void {
    packPlanes(this.#into(target).run(nativeFrame(picture)), target, into);
  }

  #into({ to: { width, height }, format }: Target): Scaling {
    const kept = this.#scaling?.target;
    if (this.#scaling && kept?.width === width && kept.height === height && kept.format === format)
      return this.#scaling;
    this[Symbol.dispose]();
    this.#scaling = new Scaling({ width, height }, format);
    return this.#scaling;
  }

  [Symbol.dispose](): void {
    this.#scaling?.[Symbol.dispose]();
    this.#scaling = undefined;
  }
}

/** FFmpeg pads rows for its vector code; shared memory holds them tightly. */
function packPlanes(frame: Frame, { to: size, planes: count }: Target, into: Uint8Array): void {
  const planes = frame.data;
  const strides = frame.linesize;
  let to = 0;
  for (let index = 0; index < count; index++) {
    const plane = planes?.[index];
    const stride = strides[index] ?? 0;
    if (!plane) throw new SensoriumError("internal", "a scaled picture without pixels");
    if (stride === size.width) {
      into.set(plane.subarray(0, size.width * size.height), to);
      to += size.width * size.height;
      continue;
    }
    for (let row = 0; row < size.height; row++, to += size.width) {
      into.set(plane.subarray(row * stride, row * stride + size.width), to);
    }
  }
}
