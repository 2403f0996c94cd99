import { type Micros, micros, microsFromSeconds, reasonOf, type Size } from "@sensorium/protocol";
import type { Codec, DecodedPicture, MediaInfo, Scaler } from "../codec/codec.ts";
import { Bounded } from "../flow/bounded.ts";
import { Latest } from "../flow/latest.ts";
import { SlotPool } from "../flow/slots.ts";
import { systemClock } from "../flow/supervise.ts";
import { toWireError } from "../flow/thread-error.ts";
import { isLive } from "../sources/source.ts";
import { FrozenWatch } from "./frozen-watch.ts";
import type { CaptureTotals, EncodeRequest, Moment, OpenRequest, PictureFormat, SessionReport } from "./messages.ts";
import type { OpenedSource } from "./opened-source.ts";
import { Pacer } from "./pacer.ts";
import { PictureGate } from "./picture-gate.ts";
import { openSource } from "./pictures.ts";
import { RateLimit } from "./rate-limit.ts";
import { Timeline } from "./timeline.ts";
import { Views } from "./views.ts";

/** A live source from which nothing has come this long after it was due is stalled; its own timeout ends it later. */
const STALL_MS = 3_000;
const TOTALS_EVERY_MS = 1_000;
/** How often, at most, it is said that pictures come in which nothing moves. */
const IDLE_PER_SECOND = 2;
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
  /** Of a live source. */
  readonly #frozen: FrozenWatch | undefined;
  readonly #gate: PictureGate | undefined;
  readonly #idle = new RateLimit();
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
    if (isLive(request.source)) this.#frozen = new FrozenWatch(request.frozenAfterMs);
    if (request.motion) this.#gate = new PictureGate(codec, request.motion);
    this.#idle.perSecond = IDLE_PER_SECOND;
    this.#queue = request.pace === "realtime" ? new Latest() : new Bounded(READ_AHEAD);
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
      this.#gate?.[Symbol.dispose]();
    }
  }

  release(slot: number): void {
    this.#slots.give(slot);
  }

  /** Somebody is seen at this media time. */
  attend(at: number): void {
    this.#gate?.attend(at);
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
    await using source = await this.#open();
    if (!source) return;
    this.#source = source;
    this.#report({ type: "opened", info: source.info });
    this.#heardMs = performance.now();
    const tasks = [this.#read(source), this.#deliver()];
    // Both to their ends: what was read before a failure is still delivered.
    await Promise.allSettled(tasks);
    await Promise.all(tasks);
  }

  /** Undefined when the session was closed meanwhile. */
  async #open(): Promise<OpenedSource | undefined> {
    const { signal } = this.#stop;
    const { source, timeoutMs } = this.#request;
    try {
      const opened = await openSource(this.#codec, source, { timeoutMs, signal });
      if (!signal.aborted) return opened;
      await opened[Symbol.asyncDispose]();
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
    return undefined;
  }

  async #read(opened: OpenedSource): Promise<void> {
    const { pace, source, startAt } = this.#request;
    const { signal } = this.#stop;
    const timeline = new Timeline(micros(startAt), isLive(source) ? null : spacingOf(opened.info));
    const pacer = pace === "realtime" && opened.ahead ? new Pacer(systemClock, signal) : undefined;
    try {
      for await (const { picture, restarts } of opened.pictures()) {
        this.#heard(picture);
        if (restarts) timeline.restart();
        const at = timeline.place(picture.pts, this.#heardMs);
        await pacer?.until(at);
        if (signal.aborted) {
          picture[Symbol.dispose]();
          return;
        }
        await this.#accept(picture, { at, capturedMs: pacer ? Date.now() : picture.arrivedMs });
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      this.#queue.end();
    }
  }

  async #accept(picture: DecodedPicture, times: { readonly at: Micros; readonly capturedMs: number }): Promise<void> {
    const moment = { sequence: ++this.#captured, ...times, decodedMs: Date.now(), size: picture.size };
    const kept = this.#views.keep(moment, picture);
    if (this.#gate?.passes(picture, moment.at) ?? true)
      await this.#queue.put({ moment, picture, [Symbol.dispose]: () => picture[Symbol.dispose]() });
    else this.#skip(picture, moment.at);
    if (!kept) return;
    // The detector's copy of this picture goes out first, so that whoever draws knows to wait for its boxes.
    await new Promise((resolve) => setImmediate(resolve));
    this.#report({ type: "view", moment });
  }

  #skip(picture: DecodedPicture, at: number): void {
    picture[Symbol.dispose]();
    if (this.#idle.takes(at)) this.#report({ type: "idle" });
  }

  async #deliver(): Promise<void> {
    using scaler = this.#codec.createScaler();
    const pictures = this.#queue[Symbol.asyncIterator]();
    try {
      for (;;) {
        const slot = await this.#slots.take();
        const next = slot === null ? await pictures.return() : await pictures.next();
        if (slot === null || next.done) return;
        using captured = next.value;
        this.#send(captured, { slot, scaler });
      }
    } finally {
      this.close();
    }
  }

  #send({ moment, picture }: Captured, { slot, scaler }: { readonly slot: number; readonly scaler: Scaler }): void {
    const { format, slots } = this.#request;
    const size = format && fitPicture(moment.size, format);
    if (size) {
      const bytes = new Uint8Array(slots.buffer, slot * slots.slotBytes, slots.slotBytes);
      scaler.writePlanarRgb(picture, size, bytes);
    }
    this.#report({ type: "frame", moment: { ...moment, decodedMs: Date.now() }, slot, picture: size });
  }

  #heard(picture: DecodedPicture): void {
    this.#heardMs = performance.now();
    if (this.#stalled) this.#report({ type: "resumed" });
    this.#stalled = false;
    if (!this.#frozen?.due(this.#heardMs)) return;
    const thaw = this.#frozen.compare(this.#codec.fingerprint(picture), this.#heardMs);
    if (thaw) this.#report(thaw);
  }

  #tick(): void {
    this.#report({ type: "totals", totals: this.#totals() });
    const silentMs = performance.now() - this.#heardMs;
    const source = this.#source;
    if (!source || this.#stalled || !isLive(this.#request.source)) return;
    if (silentMs < STALL_MS + source.intervalMs) return;
    this.#stalled = true;
    this.#report({ type: "stalled", silentMs: Math.round(silentMs) });
  }

  #totals(): CaptureTotals {
    const { undecodable = 0, overtaken = 0 } = this.#source ?? {};
    const { gated = 0 } = this.#gate ?? {};
    return { captured: this.#captured, gated, dropped: this.#queue.dropped + overtaken, undecodable };
  }
}

/** The usual time between the pictures of a recording; 25 a second where the file does not say. */
const spacingOf = ({ framesPerSecond }: MediaInfo): Micros => microsFromSeconds(1 / (framesPerSecond ?? 25));

/** The size of a picture of `source` proportions in a model's input. */
export function fitPicture(source: Size, format: PictureFormat): Size {
  const { width, height, fit } = format;
  if (fit === "stretch") return { width, height };
  const scale = Math.min(width / source.width, height / source.height);
  const within = (length: number, limit: number): number => Math.min(limit, Math.max(1, Math.round(length * scale)));
  return { width: within(source.width, width), height: within(source.height, height) };
}
