import { type Micros, micros, SensoriumError, type SourceState } from "@sensorium/protocol";
import { type Clock, cameraBackoff, type Ended, supervise } from "../flow/supervise.ts";
import type { Log } from "../observe/log.ts";
import { describeSource, isLive, type Source } from "../sources/source.ts";
import type { Capture, JoinOptions } from "./capture.ts";
import type { CapturePool } from "./pool.ts";
import { type StreamState, StreamTap, type StreamUse } from "./stream-tap.ts";

export interface StreamsOptions {
  readonly captures: CapturePool;
  readonly clock: Clock;
  readonly log: Log;
}

/** The sources that somebody wants: each is opened once, by one supervised task, and kept open while anybody does. */
export class Streams implements AsyncDisposable {
  readonly #options: StreamsOptions;
  readonly #streams = new Map<unknown, Stream>();

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /** How many sources are open, or are being opened. */
  get size(): number {
    return this.#streams.size;
  }

  /** Live sources are shared; a recording begins anew for everyone. */
  join(source: Source, use: StreamUse): StreamTap {
    const key = isLive(source) ? JSON.stringify(source) : Symbol("recording");
    const stream = this.#streams.get(key) ?? this.#open(source, key);
    this.#streams.set(key, stream);
    return stream.join(use);
  }

  #open(source: Source, key: unknown): Stream {
    const onEmpty = (): void => {
      // Another one may have taken its place meanwhile.
      if (this.#streams.get(key) === stream) this.#streams.delete(key);
    };
    const stream = new Stream(source, { ...this.#options, onEmpty });
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream[Symbol.asyncDispose]()));
  }
}

/** One source, kept open for all who use it. */
class Stream implements AsyncDisposable {
  readonly #source: Source;
  readonly #options: StreamsOptions & { onEmpty(): void };
  readonly #stop = new AbortController();
  readonly #created: number;
  readonly #taps = new Set<StreamTap>();
  /** The captures of the connection there is now. */
  readonly #captures = new Set<Capture>();
  #started = false;
  #told = false;
  #running: Promise<void> = Promise.resolve();
  #now: StreamState = { state: "connecting", reason: null };
  #over: PromiseWithResolvers<void> | undefined;

  constructor(source: Source, options: StreamsOptions & { onEmpty(): void }) {
    this.#source = source;
    this.#options = options;
    this.#created = options.clock.now();
  }

  join(use: StreamUse): StreamTap {
    const tap = new StreamTap(use, { heard: () => this.#heard(), leave: (gone) => this.#leave(gone) });
    this.#taps.add(tap);
    const [any] = this.#captures;
    if (any) this.#attach(tap, (options) => any.join(options));
    if (this.#started) use.onState(this.#now);
    else this.#running = this.#run();
    return tap;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#taps].map((tap) => tap[Symbol.asyncDispose]()));
    await this.#running;
  }

  async #leave(tap: StreamTap): Promise<void> {
    this.#taps.delete(tap);
    if (this.#taps.size > 0) return;
    this.#options.onEmpty();
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#started = true;
    const [first] = this.#taps;
    const ended = await supervise(() => this.#connect(), {
      backoff: first?.use.backoff ?? cameraBackoff,
      clock: this.#options.clock,
      signal: this.#stop.signal,
      onRetry: (error, delayMs) => {
        this.#enter("offline", error.message);
        for (const { camera } of this.#taps) {
          this.#options.log.warn({ camera, reason: error.message, delayMs }, "camera lost, trying again");
        }
      },
    });
    this.#options.onEmpty();
    this.#end(ended);
  }

  #end(ended: Ended): void {
    if (ended.kind === "failed") this.#enter("offline", ended.error.message);
    if (ended.kind === "finished") this.#enter("offline", `${describeSource(this.#source)} has ended`);
    for (const tap of this.#taps) tap.end();
  }

  /** One connection, from opening the source to its end. */
  async #connect(): Promise<void> {
    this.#enter("connecting", null);
    const [first, ...others] = this.#taps;
    if (!first) return;
    this.#over = Promise.withResolvers();
    const over = this.#over.promise;
    const opened = this.#attach(first, (options) =>
      this.#options.captures.open({ ...options, source: this.#source, pace: "realtime", startAt: this.#mediaNow() }),
    );
    for (const tap of others) this.#attach(tap, (options) => opened.join(options));
    const closing = new AbortController();
    this.#stop.signal.addEventListener("abort", () => this.#close(), { once: true, signal: closing.signal });
    try {
      await over;
    } finally {
      closing.abort();
      for (const tap of this.#taps) tap.detach();
    }
  }

  #close(): void {
    for (const capture of this.#captures) void capture[Symbol.asyncDispose]();
  }

  /** The connection is over when all who shared it have been told so; how is told by the last one. */
  #attach(tap: StreamTap, open: (options: JoinOptions) => Capture): Capture {
    const capture = open(tap.wanted(this.#handlers(tap)));
    this.#captures.add(capture);
    tap.attach(capture);
    void capture.ended.then((end) => {
      this.#captures.delete(capture);
      if (this.#captures.size > 0) return;
      if (end.kind === "failed") this.#over?.reject(this.#mendable(end.error));
      else this.#over?.resolve();
    });
    return capture;
  }

  /** A live camera may be mended while we wait: nothing that it sends is final. */
  #mendable(error: SensoriumError): SensoriumError {
    if (!isLive(this.#source)) return error;
    return new SensoriumError(error.code, error.message, { cause: error, retryable: true });
  }

  #handlers(tap: StreamTap): JoinOptions["handlers"] {
    return {
      onView: (moment) => {
        this.#heard();
        tap.use.onView(moment);
      },
      onIdle: () => {
        this.#heard();
        tap.use.onIdle?.();
      },
      onStalled: (silentMs) => this.#enter("stalled", `no picture for ${(silentMs / 1000).toFixed(0)} s`),
      onResumed: () => this.#enter("online", null),
      onFrozen: (forMs) => this.#enter("stalled", `the picture has not changed for ${Math.round(forMs / 1000)} s`),
      onThawed: () => this.#enter("online", null),
      onWarning: (reason) => this.#options.log.warn({ camera: tap.camera, reason }, "capture warning"),
    };
  }

  #heard(): void {
    if (this.#now.state === "connecting") this.#enter("online", null);
  }

  /** Every one of those who share a connection reports the same: it is told once. */
  #enter(state: SourceState, reason: string | null): void {
    if (this.#now.state === state && this.#now.reason === reason && this.#told) return;
    this.#told = true;
    this.#now = { state, reason };
    for (const { use } of this.#taps) use.onState(this.#now);
  }

  /** Live media time goes on while a camera is away, so that what was seen before is as old as it is. */
  #mediaNow(): Micros {
    return isLive(this.#source) ? micros((this.#options.clock.now() - this.#created) * 1000) : micros(0);
  }
}
