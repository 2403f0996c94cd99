import { SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { type Frame, SoftwareScaleContext } from "node-av/lib";
import type { DecodedPicture, Scaler } from "../codec.ts";
import { allocateFrame, nativeFrame } from "./picture.ts";

/** One geometry of FFmpeg's software scaler and the frame it writes to. */
export class Scaling implements Disposable {
  readonly target: Frame;
  readonly #context = new SoftwareScaleContext();
  readonly #from: { readonly size: Size; readonly format: number };

  constructor(from: Frame, to: Size, format: av.AVPixelFormat) {
    this.#from = { size: { width: from.width, height: from.height }, format: from.format };
    this.target = allocateFrame(to, format);
    const source = from.format as av.AVPixelFormat;
    this.#context.getContext(from.width, from.height, source, to.width, to.height, format, av.SWS_BILINEAR);
  }

  fits(from: Frame, to: Size): boolean {
    const { size, format } = this.#from;
    const same = size.width === from.width && size.height === from.height && format === from.format;
    return same && this.target.width === to.width && this.target.height === to.height;
  }

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

export class SoftwareScaler implements Scaler {
  #scaling: Scaling | undefined;

  writePlanarRgb(picture: DecodedPicture, to: Size, into: Uint8Array): void {
    const source = nativeFrame(picture);
    if (!this.#scaling?.fits(source, to)) {
      this.#scaling?.[Symbol.dispose]();
      this.#scaling = new Scaling(source, to, av.AV_PIX_FMT_GBRP);
    }
    packPlanes(this.#scaling.run(source), to, into);
  }

  [Symbol.dispose](): void {
    this.#scaling?.[Symbol.dispose]();
    this.#scaling = undefined;
  }
}

/** FFmpeg pads rows for its vector code; shared memory holds them tightly. */
function packPlanes(frame: Frame, size: Size, into: Uint8Array): void {
  const planes = frame.data;
  const strides = frame.linesize;
  let to = 0;
  for (let index = 0; index < 3; index++) {
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
