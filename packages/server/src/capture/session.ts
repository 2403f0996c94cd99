import { type Micros, reasonOf, type Size } from "@sensorium/protocol";
import type { Codec, DecodedPicture } from "../codec/codec.ts";
import { Bounded } from "../flow/bounded.ts";
import { Latest } from "../flow/latest.ts";
import { SlotPool } from "../flow/slots.ts";
import { systemClock } from "../flow/supervise.ts";
import { toWireError } from "../flow/thread-error.ts";
import { isLive } from "../sources/source.ts";
import type { CaptureTotals, EncodeRequest, Moment, OpenRequest, PictureFormat, SessionReport } from "./messages.ts";
import { type OpenedSource, openSource, type SourcePicture } from "./pictures.ts";
import { Timeline } from "./timeline.ts";
import { Views } from "./views.ts";

/** A live source that has sent nothing for this long is stalled; FFmpeg's own timeout ends it later. */
const STALL_MS = 3_000;
const TOTALS_EVERY_MS = 1_000;
/** Pictures of a file decoded ahead of the detector. */
const READ_AHEAD = 2;

/** A picture in its place, on its way to the detector. */
interface Captured extends Disposable {
  readonly moment: Moment;
  readonly picture: DecodedPicture;
}

/** One source in a capture thread: reads, decodes, scales into shared slots, and keeps views for encoding. */
export class Session {
  readonly #codec: Codec;
  readonly #request: OpenRequest;
  readonly #report: (report: SessionReport, transfer?: ArrayBuffer[]) => void;
  readonly #stop = new AbortController();
  readonly #slots: SlotPool;
  readonly #views: Views;
  readonly #queue: Latest<Captured> | Bounded<Captured>;
  readonly #timeline: Timeline;
  #source: OpenedSource | undefined;
  #captured = 0;
  #heardMs = performance.now();
  #stalled = false;

  constructor(codec: Codec, request: OpenRequest, report: (report: SessionReport, transfer?: ArrayBuffer[]) => void) {
    this.#codec = codec;
    this.#request = request;
    this.#report = report;
    this.#slots = new SlotPool(request.slots);
    this.#views = new Views(codec);
    this.#queue = request.pace === "realtime" ? new Latest() : new Bounded(READ_AHEAD);
    this.#timeline = new Timeline(request.startAt as Micros);
  }

  /** Runs until the source ends, fails, or `close` is called; reports how. Never rejects. */
  async run(): Promise<void> {
    const totals = setInterval(() => this.#tick(), TOTALS_EVERY_MS);
    try {
      await this.#capture();
      this.#report({ type: "ended", totals: this.#totals() });
    } catch (thrown) {
      this.#report({ type: "failed", error: toWireError(thrown), totals: this.#totals() });
    } finally {
      clearInterval(totals);
      this.#views[Symbol.dispose]();
    }
  }

  release(slot: number): void {
    this.#slots.give(slot);
  }

  /** How many pictures a second are kept for encoding; 0 when nobody looks. */
  watch(maxFps: number): void {
    this.#views.watch(maxFps);
  }

  encode(call: number, request: EncodeRequest): void {
    let jpeg: Uint8Array<ArrayBuffer> | null = null;
    try {
      jpeg = this.#views.encode(request);
    } catch (thrown) {
      this.#report({ type: "warning", message: reasonOf(thrown) });
    }
    this.#report({ type: "encoded", call, jpeg }, jpeg ? [jpeg.buffer] : []);
  }

  close(): void {
    this.#stop.abort();
    this.#slots.close();
    this.#queue.end();
    this.#source?.interrupt();
  }

  async #capture(): Promise<void> {
    await using source = await openSource(this.#codec, this.#request.source, this.#stop.signal);
    this.#source = source;
    if (this.#stop.signal.aborted) return;
    this.#report({ type: "opened", info: source.info });
    this.#heardMs = performance.now();
    const tasks = [this.#read(source), this.#deliver()];
    try {
      await Promise.all(tasks);
    } finally {
      this.close();
      await Promise.allSettled(tasks);
    }
  }

  async #read(source: OpenedSource): Promise<void> {
    const pacer = new Pacer(this.#request.pace === "realtime" && !isLive(this.#request.source), this.#stop.signal);
    try {
      for await (const next of source.pictures()) {
        const captured = this.#place(next);
        await pacer.until(captured.moment.at);
        if (this.#stop.signal.aborted) {
          captured[Symbol.dispose]();
          return;
        }
        await this.#accept(captured);
      }
    } catch (thrown) {
      if (!this.#stop.signal.aborted) throw thrown;
    } finally {
      this.#queue.end();
    }
  }

  #place({ picture, restart }: SourcePicture): Captured {
    if (restart !== null) this.#timeline.restart(restart);
    const now = performance.now();
    this.#heard(now);
    const moment: Moment = {
      sequence: ++this.#captured,
      at: this.#timeline.place(picture.pts, now),
      capturedMs: Date.now(),
      decodedMs: Date.now(),
      size: picture.size,
    };
    return { moment, picture, [Symbol.dispose]: () => picture[Symbol.dispose]() };
  }

  async #accept(captured: Captured): Promise<void> {
    const moment = this.#request.pace === "realtime" ? { ...captured.moment, capturedMs: Date.now() } : captured.moment;
    const kept = this.#views.keep(moment, captured.picture);
    await this.#queue.put({ ...captured, moment });
    if (!kept) return;
    // The detector's copy of this picture goes out first, so that whoever draws knows to wait for its boxes.
    await new Promise((resolve) => setImmediate(resolve));
    this.#report({ type: "view", moment });
  }

  async #deliver(): Promise<void> {
    using scaler = this.#codec.createScaler();
    const pictures = this.#queue[Symbol.asyncIterator]();
    for (;;) {
      const slot = await this.#slots.take();
      if (slot === null) break;
      const next = await pictures.next();
      if (next.done) return;
      using captured = next.value;
      const { format, slots } = this.#request;
      const picture = format && fitPicture(captured.moment.size, format);
      if (picture) {
        const bytes = new Uint8Array(slots.buffer, slot * slots.slotBytes, slots.slotBytes);
        scaler.writePlanarRgb(captured.picture, picture, bytes);
      }
      this.#report({ type: "frame", moment: { ...captured.moment, decodedMs: Date.now() }, slot, picture });
    }
    await pictures.return?.();
  }

  #heard(now: number): void {
    this.#heardMs = now;
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#report({ type: "resumed" });
  }

  #tick(): void {
    this.#report({ type: "totals", totals: this.#totals() });
    const silentMs = performance.now() - this.#heardMs;
    if (!this.#source || this.#stalled || !isLive(this.#request.source) || silentMs < STALL_MS) return;
    this.#stalled = true;
    this.#report({ type: "stalled", silentMs: Math.round(silentMs) });
  }

  #totals(): CaptureTotals {
    const { dropped } = this.#queue;
    return { captured: this.#captured, dropped, undecodable: this.#source?.undecodable ?? 0 };
  }
}

/** Holds each picture back until its time has come, when the source itself does not. */
class Pacer {
  readonly #active: boolean;
  readonly #signal: AbortSignal;
  #origin: number | undefined;

  constructor(active: boolean, signal: AbortSignal) {
    this.#active = active;
    this.#signal = signal;
  }

  async until(at: number): Promise<void> {
    if (!this.#active) return;
    const now = performance.now();
    this.#origin ??= now - at / 1000;
    const wait = this.#origin + at / 1000 - now;
    if (wait > 0) await systemClock.sleep(wait, this.#signal);
    // A machine that cannot keep up plays late rather than ever faster.
    else if (wait < -1000) this.#origin -= wait;
  }
}

/** The size of a picture of `source` proportions in a model's input. */
export function fitPicture(source: Size, format: PictureFormat): Size {
  const { width, height, fit } = format;
  if (fit === "stretch") return { width, height };
  const scale = Math.min(width / source.width, height / source.height);
  const within = (length: number, limit: number): number => Math.min(limit, Math.max(1, Math.round(length * scale)));
  return { width: within(source.width, width), height: within(source.height, height) };
}
