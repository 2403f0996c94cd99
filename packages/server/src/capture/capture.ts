import type { Box } from "@sensorium/perception";
import { type CameraId, micros, SensoriumError, type Size, wallMs } from "@sensorium/protocol";
import type { MediaInfo } from "../codec/codec.ts";
import { Bounded } from "../flow/bounded.ts";
import { Calls } from "../flow/calls.ts";
import { type CutPicture, Frame, type FrameParts, type JpegOptions, type PictureFormat } from "../flow/frame.ts";
import type { SlotMemory } from "../flow/slots.ts";
import { fromWireError } from "../flow/thread-error.ts";
import {
  type CaptureTotals,
  type EncodeRequest,
  type Moment,
  nothingCaptured,
  type SessionReport,
  type ToCapture,
} from "./messages.ts";
import type { MotionGateOptions } from "./motion-gate.ts";
import type { SpareSlots } from "./spare-slots.ts";

/** Media time from one `attend` to the next that the thread is told of; a part of any motion gate's hold. */
const ATTEND_EVERY = 500_000;

/** What a capture tells beside its frames. */
export interface CaptureHandlers {
  /** A picture can be encoded, for a moment. Comes after the frame of the same sequence, if there is one. */
  onView(moment: Moment): void;
  /** Pictures come, and the motion gate keeps them from the detector; told now and then. */
  onIdle?(): void;
  onStalled(silentMs: number): void;
  onResumed(): void;
  /** The camera sends pictures, and they have been one and the same for so long. */
  onFrozen?(forMs: number): void;
  onThawed?(): void;
  onWarning(message: string): void;
}

/** What one reader of a source wants. */
export interface JoinOptions {
  readonly camera: CameraId;
  /** Null where the detector needs no pixels. */
  readonly format: PictureFormat | null;
  /** Frames that may be owned at a time; capturing waits, or drops, beyond it. */
  readonly slots: number;
  /** The part of the picture that is wanted, in source pixels; all of it when absent. */
  readonly region?: Box | undefined;
  /** Whether parts of frames are going to be asked for. */
  readonly keeps?: boolean;
  /** Only frames in which something moves come then; without it, all of them. */
  readonly motion?: MotionGateOptions | undefined;
  readonly handlers: CaptureHandlers;
}

/** How a capture ended. */
export type CaptureEnd = { readonly kind: "finished" } | { readonly kind: "failed"; readonly error: SensoriumError };

/** What a capture thread gives its captures. */
export interface CaptureInit {
  readonly camera: CameraId;
  readonly session: number;
  readonly memory: SlotMemory;
  /** Memory for parts of frames. */
  readonly spare: SpareSlots;
  /** What the frames show, in source pixels; null for all of it. */
  readonly region: Box | null;
  readonly keeps: boolean;
  readonly handlers: CaptureHandlers;
  /** Another reader of the same source. */
  join(options: JoinOptions): Capture;
  post(message: ToCapture): void;
  /** The memory is written and read no more. */
  onFree(): void;
}

/** The main thread's handle on one source being captured. */
export class Capture implements AsyncDisposable {
  /** Resolves once the source answered; rejects when it never did. */
  readonly opened: Promise<MediaInfo>;
  /** Never rejects. */
  readonly ended: Promise<CaptureEnd>;
  readonly #init: CaptureInit;
  readonly #frames: Bounded<Frame>;
  readonly #encoding = new Calls<Uint8Array | null>();
  readonly #cutting = new Calls<Size | null>();
  #totals = nothingCaptured;
  #attended = Number.NEGATIVE_INFINITY;
  #over = false;
  /** Frames that have owners. */
  #owned = 0;
  readonly #settleOpened: { resolve(info: MediaInfo): void; reject(error: Error): void };
  readonly #settleEnded: (end: CaptureEnd) => void;

  constructor(init: CaptureInit) {
    this.#init = init;
    this.#frames = new Bounded(init.memory.count);
    const opened = Promise.withResolvers<MediaInfo>();
    opened.promise.catch(() => undefined);
    this.opened = opened.promise;
    this.#settleOpened = opened;
    const ended = Promise.withResolvers<CaptureEnd>();
    this.ended = ended.promise;
    this.#settleEnded = ended.resolve;
  }

  get totals(): CaptureTotals {
    return this.#totals;
  }

  /**
   * The frames for the detector; whoever gets one disposes it. Ends with the source, and throws what it failed with
   * after the frames that came before.
   */
  async *frames(): AsyncGenerator<Frame, void, undefined> {
    yield* this.#frames;
    const end = await this.ended;
    if (end.kind === "failed") throw end.error;
  }

  /** Keeps a motion gate open, because somebody is seen at media time `at`. */
  attend(at: number): void {
    if (at < this.#attended + ATTEND_EVERY) return;
    this.#attended = at;
    this.#post({ type: "attend", session: this.#init.session, at });
  }

  /** How many pictures a second are kept for `encode`; 0 keeps none. */
  watch(maxFps: number): void {
    this.#post({ type: "watch", session: this.#init.session, maxFps });
  }

  /** The picture of a view as JPEG, or null when it came too late. */
  async encode(request: EncodeRequest): Promise<Uint8Array | null> {
    if (this.#over) return null;
    const { id, reply } = this.#encoding.open();
    this.#post({ type: "encode", session: this.#init.session, call: id, request });
    return await reply.catch(() => null);
  }

  /** Another reader of the same source, with what it wants of it; the source is closed when the last one goes. */
  join(options: JoinOptions): Capture {
    return this.#init.join(options);
  }

  /** For the thread that hosts it. */
  handle(report: SessionReport): void {
    const { handlers } = this.#init;
    switch (report.type) {
      case "opened":
        this.#settleOpened.resolve(report.info);
        break;
      case "frame":
        void this.#frames.put(this.#frame(report.moment, report.slot, report.picture));
        break;
      case "view":
        handlers.onView(report.moment);
        break;
      case "idle":
        handlers.onIdle?.();
        break;
      case "encoded":
        this.#encoding.settle(report.call, report.jpeg);
        break;
      case "cropped":
        this.#cutting.settle(report.call, report.size);
        break;
      case "refused":
        this.#cutting.settle(report.call, null);
        break;
      case "stalled":
        handlers.onStalled(report.silentMs);
        break;
      case "resumed":
        handlers.onResumed();
        break;
      case "frozen":
        handlers.onFrozen?.(report.forMs);
        break;
      case "thawed":
        handlers.onThawed?.();
        break;
      case "warning":
        handlers.onWarning(report.message);
        break;
      case "totals":
        this.#totals = report.totals;
        break;
      case "ended":
        this.#totals = report.totals;
        this.#end({ kind: "finished" });
        break;
      case "failed":
        this.#totals = report.totals;
        this.#end({ kind: "failed", error: fromWireError(report.error) });
        break;
    }
  }

  /** Stops capturing and waits until the thread has let go of the source. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#post({ type: "close", session: this.#init.session });
    this.#frames.end();
    await this.ended;
    for await (const frame of this.#frames) frame[Symbol.dispose]();
  }

  #post(message: ToCapture): void {
    this.#init.post(message);
  }

  #frame(moment: Moment, slot: number, picture: Size | null): Frame {
    const { camera, session, memory, region, keeps } = this.#init;
    this.#owned++;
    return new Frame({
      camera,
      sequence: moment.sequence,
      at: micros(moment.at),
      capturedMs: wallMs(moment.capturedMs),
      decodedMs: wallMs(moment.decodedMs),
      size: moment.size,
      region: region ?? undefined,
      parts: keeps ? this.#partsOf(slot) : undefined,
      picture: picture && { buffer: memory.buffer, offset: slot * memory.slotBytes, ...picture },
      release: () => {
        this.#owned--;
        this.#post({ type: "release", session, slot });
        this.#freeWhenDone();
      },
    });
  }

  #partsOf(slot: number): FrameParts {
    return {
      crop: (region, format) => this.#crop(slot, region, format),
      jpeg: (options) => this.#jpeg(slot, options),
    };
  }

  async #crop(slot: number, region: Box, format: PictureFormat): Promise<CutPicture> {
    const { session, spare } = this.#init;
    const into = spare.take(3 * format.width * format.height, 1);
    const { id, reply } = this.#cutting.open();
    const request = { slot, region, format, into };
    if (this.#over) this.#cutting.settle(id, null);
    else this.#post({ type: "crop", session, call: id, request });
    // When the thread is lost nobody writes there any more either.
    const size = await reply.catch(() => null);
    if (!size) {
      spare.give(into);
      throw gone();
    }
    return { buffer: into.buffer, offset: 0, ...size, [Symbol.dispose]: () => spare.give(into) };
  }

  async #jpeg(slot: number, { region = undefined, maxWidth, quality }: JpegOptions): Promise<Uint8Array> {
    const { id, reply } = this.#encoding.open();
    const request = { slot, region: region ?? null, maxWidth, quality };
    if (this.#over) this.#encoding.settle(id, null);
    else this.#post({ type: "jpeg", session: this.#init.session, call: id, request });
    const jpeg = await reply.catch(() => null);
    if (!jpeg) throw gone();
    return jpeg;
  }

  #freeWhenDone(): void {
    if (this.#over && this.#owned === 0) this.#init.onFree();
  }

  #end(end: CaptureEnd): void {
    this.#over = true;
    this.#settleOpened.reject(end.kind === "failed" ? end.error : gone());
    this.#encoding.failAll(gone());
    this.#cutting.failAll(gone());
    this.#frames.end();
    this.#settleEnded(end);
    this.#freeWhenDone();
  }
}

const gone = (): SensoriumError => new SensoriumError("source-ended", "the source has ended", { retryable: true });
