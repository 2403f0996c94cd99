import { type Micros, micros, microsFromSeconds, reasonOf } from "@sensorium/protocol";
import type { Codec, DecodedPicture, MediaInfo } from "../codec/codec.ts";
import { systemClock } from "../flow/supervise.ts";
import { toWireError } from "../flow/thread-error.ts";
import { isLive } from "../sources/source.ts";
import { FrozenWatch } from "./frozen-watch.ts";
import type { CaptureTotals, EncodeRequest, OpenRequest, SessionReport } from "./messages.ts";
import type { OpenedSource } from "./opened-source.ts";
import { Pacer } from "./pacer.ts";
import { openSource } from "./pictures.ts";
import type { Tap } from "./tap.ts";
import { Timeline } from "./timeline.ts";
import { Views } from "./views.ts";

/** A live source from which nothing has come this long after it was due is stalled; its own timeout ends it later. */
const STALL_MS = 3_000;
const TOTALS_EVERY_MS = 1_000;
/** How long the last pictures of a source in real time may wait for somebody to take them. */
const LAST_FRAMES_MS = 1_000;

/** One source in a capture thread: reads, decodes, hands pictures to all who want them, and keeps views for encoding. */
export class Session {
  readonly #codec: Codec;
  readonly #request: OpenRequest;
  readonly #stop = new AbortController();
  readonly #views: Views;
  /** Of a live source. */
  readonly #frozen: FrozenWatch | undefined;
  readonly #taps = new Set<Tap>();
  readonly #watching = new Map<Tap, number>();
  #source: OpenedSource | undefined;
  #captured = 0;
  #heardMs = performance.now();
  #stalled = false;
  #over = false;

  /** `first` is the one for whom it is opened. */
  constructor(codec: Codec, request: OpenRequest, first: Tap) {
    this.#codec = codec;
    this.#request = request;
    this.#views = new Views(codec);
    this.#add(first);
    if (isLive(request.source)) this.#frozen = new FrozenWatch(request.frozenAfterMs);
  }

  /** Runs until the source ends, fails, or nobody wants it any more; tells everybody how. Never rejects. */
  async run(): Promise<void> {
    const totals = setInterval(() => this.#tick(), TOTALS_EVERY_MS);
    try {
      await this.#capture();
      this.#over = true;
      await this.#tellEnd((totals) => ({ type: "ended", totals }));
    } catch (thrown) {
      this.#over = true;
      const error = toWireError(thrown);
      await this.#tellEnd((totals) => ({ type: "failed", error, totals }));
    } finally {
      clearInterval(totals);
      this.#views[Symbol.dispose]();
    }
  }

  /** Another one wants the pictures from now on. */
  join(tap: Tap): void {
    if (this.#over || this.#stop.signal.aborted) {
      tap.refuse();
      return;
    }
    this.#add(tap);
    if (this.#source) tap.report({ type: "opened", info: this.#source.info });
    if (this.#stalled) tap.report({ type: "stalled", silentMs: Math.round(performance.now() - this.#heardMs) });
  }

  /** One of those who wanted the pictures does not any more; the last one ends the session. */
  leave(tap: Tap): void {
    tap.close();
    if (this.#taps.size === 1 && this.#taps.has(tap)) this.close();
    else if (this.#taps.delete(tap)) {
      this.watch(tap, 0);
      void tap.done.catch(() => undefined).then(() => tap.report({ type: "ended", totals: this.#totals(tap) }));
    }
  }

  /** How many pictures a second are kept for encoding; 0 when nobody looks. */
  watch(tap: Tap, maxFps: number): void {
    if (maxFps > 0) this.#watching.set(tap, maxFps);
    else this.#watching.delete(tap);
    this.#views.watch(Math.max(0, ...this.#watching.values()));
  }

  encode(tap: Tap, call: number, request: EncodeRequest): void {
    let jpeg: Uint8Array<ArrayBuffer> | null = null;
    try {
      jpeg = this.#views.encode(request);
    } catch (thrown) {
      tap.report({ type: "warning", message: reasonOf(thrown) });
    }
    tap.report({ type: "encoded", call, jpeg }, jpeg ? [jpeg.buffer] : []);
  }

  close(): void {
    this.#stop.abort();
    for (const tap of this.#taps) tap.close();
    this.#source?.interrupt();
  }

  #add(tap: Tap): void {
    this.#taps.add(tap);
    tap.done.catch(() => this.close()); // the run ends with what it failed with
  }

  async #capture(): Promise<void> {
    await using source = await this.#open();
    if (!source) return;
    this.#source = source;
    this.#tell({ type: "opened", info: source.info });
    this.#heardMs = performance.now();
    const reading = this.#read(source);
    // All to their ends: what was read before a failure is still delivered.
    await Promise.allSettled([reading]);
    await this.#delivered();
    await reading;
  }

  /** Undefined when the session was closed meanwhile. */
  async #open(): Promise<OpenedSource | undefined> {
    const { signal } = this.#stop;
    const { source, timeoutMs } = this.#request;
    try {
      const onWarning = (message: string): void => this.#tell({ type: "warning", message });
      const opened = await openSource(this.#codec, source, { timeoutMs, signal, onWarning });
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
      for await (const { picture: next, restarts } of opened.pictures()) {
        using picture = next;
        this.#heard(picture);
        if (restarts) timeline.restart();
        const at = timeline.place(picture.pts, this.#heardMs);
        await pacer?.until(at);
        if (signal.aborted) return;
        await this.#accept(picture, { at, capturedMs: pacer ? Date.now() : picture.arrivedMs });
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      for (const tap of this.#taps) tap.end();
    }
  }

  async #accept(picture: DecodedPicture, times: { readonly at: Micros; readonly capturedMs: number }): Promise<void> {
    const moment = { sequence: ++this.#captured, ...times, decodedMs: Date.now(), size: picture.size };
    const kept = this.#views.keep(moment, picture);
    for (const tap of this.#taps) await tap.offer(picture, moment);
    if (!kept) return;
    // The detector's copy of this picture goes out first, so that whoever draws knows to wait for its boxes.
    await new Promise((resolve) => setImmediate(resolve));
    for (const tap of this.#watching.keys()) tap.report({ type: "view", moment });
  }

  /**
   * A picture that one of them cannot use ends the session for all. Whoever takes no frames of a live source does not
   * keep the others from hearing that it has ended.
   */
  async #delivered(): Promise<void> {
    const done = [...this.#taps].map((tap) => tap.done);
    const delivered = Promise.allSettled(done);
    if (this.#request.pace === "realtime") {
      const closing = new AbortController();
      await Promise.race([delivered, systemClock.sleep(LAST_FRAMES_MS, closing.signal)]);
      closing.abort();
    } else await delivered;
    for (const tap of this.#taps) tap.close();
    await Promise.all(done);
  }

  #tell(report: SessionReport): void {
    for (const tap of this.#taps) tap.report(report);
  }

  async #tellEnd(end: (totals: CaptureTotals) => SessionReport): Promise<void> {
    this.close();
    await Promise.allSettled([...this.#taps].map(({ done }) => done));
    for (const tap of this.#taps) tap.report(end(this.#totals(tap)));
  }

  #heard(picture: DecodedPicture): void {
    this.#heardMs = performance.now();
    if (this.#stalled) this.#tell({ type: "resumed" });
    this.#stalled = false;
    if (!this.#frozen?.due(this.#heardMs)) return;
    const thaw = this.#frozen.compare(this.#codec.fingerprint(picture), this.#heardMs);
    if (thaw) this.#tell(thaw);
  }

  #tick(): void {
    for (const tap of this.#taps) tap.report({ type: "totals", totals: this.#totals(tap) });
    const silentMs = performance.now() - this.#heardMs;
    const source = this.#source;
    if (!source || this.#stalled || !isLive(this.#request.source)) return;
    if (silentMs < STALL_MS + source.intervalMs) return;
    this.#stalled = true;
    this.#tell({ type: "stalled", silentMs: Math.round(silentMs) });
  }

  #totals(tap: Tap): CaptureTotals {
    const { undecodable = 0, overtaken = 0 } = this.#source ?? {};
    const { gated, dropped } = tap.totals;
    return { captured: this.#captured, gated, dropped: dropped + overtaken, undecodable };
  }
}

/** The usual time between the pictures of a recording; 25 a second where the file does not say. */
const spacingOf = ({ framesPerSecond }: MediaInfo): Micros => microsFromSeconds(1 / (framesPerSecond ?? 25));
