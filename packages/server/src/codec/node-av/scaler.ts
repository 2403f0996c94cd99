import { SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { type Frame, SoftwareScaleContext } from "node-av/lib";
import type { DecodedPicture, Scaler } from "../codec.ts";
import { allocateFrame, nativeFrame } from "./picture.ts";

/** FFmpeg's software scaler into one frame of its own; it follows whatever size, format and colours the source has. */
export class Scaling implements Disposable {
  readonly target: Frame;
  readonly #context = new SoftwareScaleContext();

  /** `align` as in `allocateFrame`. */
  constructor(to: Size, format: av.AVPixelFormat, align?: number) {
    this.target = allocateFrame(to, format, align);
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

/** The widths of models are multiples of it: their rows lie tightly, and planes are copied whole. AVX2 asks for no more. */
const ROW_BYTES = 32;

/** Branches of one pipeline see a picture in a few sizes, frame after frame. */
const TARGETS_KEPT = 4;

/** Scales with FFmpeg; what it needs for the targets used last is kept. */
export class SoftwareScaler implements Scaler {
  /** By size and format, the one used last at the end. */
  readonly #scalings = new Map<string, Scaling>();

  writePlanarRgb(picture: DecodedPicture, to: Size, into: Uint8Array): void {
    this.#write(picture, { to, format: av.AV_PIX_FMT_GBRP, planes: 3 }, into);
  }

  writeLuma(picture: DecodedPicture, to: Size, into: Uint8Array): void {
    this.#write(picture, { to, format: av.AV_PIX_FMT_GRAY8, planes: 1 }, into);
  }

  #write(picture: DecodedPicture, target: Target, into: Uint8Array): void {
    packPlanes(this.#into(target).run(nativeFrame(picture)), target, into);
  }

  #into({ to, format }: Target): Scaling {
    const key = `${to.width}×${to.height} ${format}`;
    const scaling = this.#scalings.get(key) ?? new Scaling(to, format, ROW_BYTES);
    this.#scalings.delete(key);
    this.#scalings.set(key, scaling);
    const [[oldest, unused] = []] = this.#scalings;
    if (this.#scalings.size > TARGETS_KEPT && oldest !== undefined) {
      this.#scalings.delete(oldest);
      unused?.[Symbol.dispose]();
    }
    return scaling;
  }

  [Symbol.dispose](): void {
    for (const scaling of this.#scalings.values()) scaling[Symbol.dispose]();
    this.#scalings.clear();
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
