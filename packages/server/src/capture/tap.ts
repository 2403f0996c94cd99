import type { Box } from "@sensorium/perception";
import { reasonOf, SensoriumError, type Size } from "@sensorium/protocol";
import {
  type Codec,
  type Cropper,
  type DecodedPicture,
  type JpegEncoder,
  type Scaler,
  sizeWithin,
} from "../codec/codec.ts";
import { Bounded } from "../flow/bounded.ts";
import { Latest } from "../flow/latest.ts";
import { SlotPool, slotBytes } from "../flow/slots.ts";
import { toWireError } from "../flow/thread-error.ts";
import {
  type CropRequest,
  type FrameJpegRequest,
  type Moment,
  nothingCaptured,
  type PictureFormat,
  type SessionReport,
  type TapRequest,
} from "./messages.ts";
import { PictureGate } from "./picture-gate.ts";
import { RateLimit } from "./rate-limit.ts";

/** How often, at most, it is said that pictures come in which nothing moves. */
const IDLE_PER_SECOND = 2;
/** Pictures of a file decoded ahead of the detector. */
const READ_AHEAD = 2;

export type Report = (report: SessionReport, transfer?: ArrayBuffer[]) => void;

/** A picture in its place, on its way to the detector. */
interface Captured extends Disposable {
  readonly moment: Moment;
  readonly picture: DecodedPicture;
}

/**
 * One of those who want a source's pictures: scales those that pass its gate into slots of its own. As long as a frame
 * has owners its picture is kept, so that parts of it can be had as well.
 */
export class Tap {
  readonly report: Report;
  /** Resolves when everything has been delivered that is going to be. Rejects when a picture cannot be scaled. */
  readonly done: Promise<void>;
  readonly #codec: Codec;
  readonly #request: TapRequest;
  readonly #slots: SlotPool;
  readonly #queue: Latest<Captured> | Bounded<Captured>;
  readonly #gate: PictureGate | undefined;
  readonly #idle = new RateLimit();
  /** By slot. */
  readonly #kept = new Map<number, DecodedPicture>();
  #cropper: Cropper | undefined;
  #partScaler: Scaler | undefined;
  #encoder: JpegEncoder | undefined;

  constructor(codec: Codec, request: TapRequest, report: Report) {
    this.report = report;
    this.#codec = codec;
    this.#request = request;
    this.#slots = new SlotPool(request.slots);
    if (request.motion) this.#gate = new PictureGate(codec, request.motion);
    this.#idle.perSecond = IDLE_PER_SECOND;
    this.#queue = request.pace === "realtime" ? new Latest() : new Bounded(READ_AHEAD);
    this.done = this.#deliver();
    this.done.catch(() => undefined); // whoever waits for it is told
  }

  /** Pictures kept from the detector, by the gate and because it was busy. */
  get totals(): { readonly gated: number; readonly dropped: number } {
    return { gated: this.#gate?.gated ?? 0, dropped: this.#queue.dropped };
  }

  /** Takes a share of the picture; waits while a reader that wants all of them is behind. */
  async offer(picture: DecodedPicture, moment: Moment): Promise<void> {
    if (this.#gate?.passes(picture, moment.at) ?? true) {
      const own = picture.share();
      await this.#queue.put({ moment, picture: own, [Symbol.dispose]: () => own[Symbol.dispose]() });
    } else if (this.#idle.takes(moment.at)) this.report({ type: "idle" });
  }

  release(slot: number): void {
    this.#kept.get(slot)?.[Symbol.dispose]();
    this.#kept.delete(slot);
    this.#slots.give(slot);
  }

  /** Somebody is seen at this media time. */
  attend(at: number): void {
    this.#gate?.attend(at);
  }

  /** Scales a part of an owned frame's picture into other memory. */
  crop(call: number, { slot, region, format, into }: CropRequest): void {
    const answered = this.#with(slot, (whole) => {
      this.#partScaler ??= this.#codec.createScaler();
      const size = this.#write(whole, { region, format, into: slotBytes(into, 0), scaler: this.#partScaler });
      this.report({ type: "cropped", call, size });
    });
    if (!answered) this.report({ type: "refused", call });
  }

  /** Encodes an owned frame's picture, or a part of it. */
  jpeg(call: number, { slot, region, maxWidth, quality }: FrameJpegRequest): void {
    const answered = this.#with(slot, (whole) => {
      using part = this.#part(whole, region);
      this.#encoder ??= this.#codec.createJpegEncoder();
      const jpeg = this.#encoder.encode(part, { size: sizeWithin(part.size, maxWidth), quality });
      this.report({ type: "encoded", call, jpeg }, [jpeg.buffer]);
    });
    if (!answered) this.report({ type: "encoded", call, jpeg: null });
  }

  /** No more pictures; those that wait are still delivered. */
  end(): void {
    this.#queue.end();
  }

  /** The source has just been closed. */
  refuse(): void {
    this.close();
    const gone = new SensoriumError("source-ended", "the source has just been closed", { retryable: true });
    this.report({ type: "failed", error: toWireError(gone), totals: nothingCaptured });
  }

  /** Delivers nothing more. */
  close(): void {
    this.#slots.close();
    this.#queue.end();
  }

  async #deliver(): Promise<void> {
    using scaler = this.#codec.createScaler();
    const pictures = this.#queue[Symbol.asyncIterator]();
    try {
      for (;;) {
        const slot = await this.#slots.take();
        const next = slot === null ? await pictures.return() : await pictures.next();
        if (slot === null || next.done) break;
        using captured = next.value;
        this.#send(captured, { slot, scaler });
      }
      if (this.#request.keeps) await this.#givenBack();
    } finally {
      this.close();
      this.#gate?.[Symbol.dispose]();
    }
  }

  /** Parts of a source's last frames can be had like those of all others: it ends when nobody owns one. */
  async #givenBack(): Promise<void> {
    // One slot has been taken in vain.
    for (let owned = this.#request.slots.count - 1; owned > 0; owned--) await this.#slots.take();
  }

  /** Frees what the last requests needed; called when every frame is given back, or nobody can give one back. */
  [Symbol.dispose](): void {
    for (const picture of this.#kept.values()) picture[Symbol.dispose]();
    this.#kept.clear();
    this.#cropper?.[Symbol.dispose]();
    this.#partScaler?.[Symbol.dispose]();
    this.#encoder?.[Symbol.dispose]();
  }

  #send({ moment, picture }: Captured, { slot, scaler }: { readonly slot: number; readonly scaler: Scaler }): void {
    const { format, slots, region } = this.#request;
    if (this.#request.keeps) this.#kept.set(slot, picture.share());
    const size = format && this.#write(picture, { region, format, into: slotBytes(slots, slot), scaler });
    this.report({ type: "frame", moment: { ...moment, decodedMs: Date.now() }, slot, picture: size });
  }

  #write(whole: DecodedPicture, { region, format, into, scaler }: Written): Size {
    using part = this.#part(whole, region);
    const size = fitPicture(part.size, format);
    scaler.writePlanarRgb(part, size, into);
    return size;
  }

  #part(whole: DecodedPicture, region: Box | null): DecodedPicture {
    if (!region) return whole.share();
    this.#cropper ??= this.#codec.createCropper();
    return this.#cropper.crop(whole, region);
  }

  /** False when the frame has been given back, or its picture is of no use. */
  #with(slot: number, make: (picture: DecodedPicture) => void): boolean {
    const whole = this.#kept.get(slot);
    try {
      if (whole) make(whole);
      return whole !== undefined;
    } catch (thrown) {
      this.report({ type: "warning", message: reasonOf(thrown) });
      return false;
    }
  }
}

interface Written {
  readonly region: Box | null;
  readonly format: PictureFormat;
  readonly into: Uint8Array;
  readonly scaler: Scaler;
}

/** The size of a picture of `source` proportions in a model's input. */
export function fitPicture(source: Size, format: PictureFormat): Size {
  const { width, height, fit } = format;
  if (fit === "stretch") return { width, height };
  const scale = Math.min(width / source.width, height / source.height);
  const within = (length: number, limit: number): number => Math.min(limit, Math.max(1, Math.round(length * scale)));
  return { width: within(source.width, width), height: within(source.height, height) };
}
