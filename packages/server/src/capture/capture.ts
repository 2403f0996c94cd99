import { type CameraId, micros, SensoriumError, type Size, wallMs } from "@sensorium/protocol";
import type { MediaInfo } from "../codec/codec.ts";
import { Bounded } from "../flow/bounded.ts";
import { Calls } from "../flow/calls.ts";
import { Frame } from "../flow/frame.ts";
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

/** How a capture ended. */
export type CaptureEnd = { readonly kind: "finished" } | { readonly kind: "failed"; readonly error: SensoriumError };

/** What a capture thread gives its captures. */
export interface CaptureInit {
  readonly camera: CameraId;
  readonly session: number;
  readonly memory: SlotMemory;
  readonly handlers: CaptureHandlers;
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
  #totals = nothingCaptured;
  #attended = Number.NEGATIVE_INFINITY;
  #over = false;
  /** Frames that have owners. */
  #owned = 0;
  #settleOpened: { resolve(info: MediaInfo): void; reject(error: Error): void };
  #settleEnded: (end: CaptureEnd) => void;

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
    const { camera, session, memory } = this.#init;
    this.#owned++;
    return new Frame({
      camera,
      sequence: moment.sequence,
      at: micros(moment.at),
      capturedMs: wallMs(moment.capturedMs),
      decodedMs: wallMs(moment.decodedMs),
      size: moment.size,
      picture: picture && { buffer: memory.buffer, offset: slot * memory.slotBytes, ...picture },
      release: () => {
        this.#owned--;
        this.#post({ type: "release", session, slot });
        this.#freeWhenDone();
      },
    });
  }

  #freeWhenDone(): void {
    if (this.#over && this.#owned === 0) this.#init.onFree();
  }

  #end(end: CaptureEnd): void {
    this.#over = true;
    const gone = new SensoriumError("source-ended", "the source has ended");
    this.#settleOpened.reject(end.kind === "failed" ? end.error : gone);
    this.#encoding.failAll(gone);
    this.#frames.end();
    this.#settleEnded(end);
    this.#freeWhenDone();
  }
}
