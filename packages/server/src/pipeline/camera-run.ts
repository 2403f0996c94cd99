import type { CameraId, SourceState } from "@sensorium/protocol";
import type { StreamTap } from "../capture/stream-tap.ts";
import type { Streams } from "../capture/streams.ts";
import { type Clock, cameraBackoff, type Ended, supervise } from "../flow/supervise.ts";
import type { Log } from "../observe/log.ts";
import type { CameraViewers } from "./camera-viewers.ts";
import type { CameraWatch } from "./camera-watch.ts";
import { findersOf, needsCrops } from "./finders.ts";
import type { Recorder } from "./recorder.ts";
import { SourceWatch } from "./source-watch.ts";
import { Throughput } from "./throughput.ts";
import { type Watched, watch } from "./watch.ts";

/** What all cameras run on. */
export interface RunShared {
  readonly streams: Streams;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** What becomes of the frames of one camera. */
export interface RunParts {
  readonly watch: CameraWatch;
  readonly viewers: CameraViewers;
}

const TICK_MS = 1_000;

/** Looks at a camera's source from each start to the next stop: what it sees is recorded, and shown. */
export class CameraRun {
  readonly source = new SourceWatch(Date.now());
  readonly throughput = new Throughput();
  readonly #camera: CameraId;
  readonly #shared: RunShared;
  readonly #watch: CameraWatch;
  readonly #viewers: CameraViewers;
  #stop = new AbortController();
  /** How it ends for good. Never rejects. */
  #running: Promise<Ended> | undefined;
  /** Goes on after the source has ended: rates fall to zero and a busy period comes to its end. */
  #ticking: NodeJS.Timeout | undefined;
  #tap: StreamTap | undefined;

  constructor(shared: RunShared, { watch, viewers }: RunParts) {
    this.#camera = watch.settings.id;
    this.#shared = shared;
    this.#watch = watch;
    this.#viewers = viewers;
  }

  /** Begins to look; a second call changes nothing. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#running = this.#keepLooking();
  }

  /** Closes the source until it is started again. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    clearInterval(this.#ticking);
    this.#stop = new AbortController();
    this.#running = undefined;
  }

  /** Takes over how the source is, and records it when that is news. */
  enter(state: SourceState, reason: string | null, how?: { readonly wanted: true }): void {
    const nowMs = Date.now();
    if (!this.source.enter(state, { reason, nowMs })) return;
    const { heardMs: lastFrameMs, attempts } = this.source;
    const moment = { nowMs, lastFrameMs, attempts, ...how };
    this.#shared.recorder.record(this.#watch.events.source(state, reason, moment));
  }

  /** What fails here is the looking; the stream sees to the source itself. */
  #keepLooking(): Promise<Ended> {
    const { clock, log } = this.#shared;
    return supervise(() => this.#look(), {
      backoff: cameraBackoff,
      clock,
      signal: this.#stop.signal,
      onRetry: (error, delayMs) => {
        this.enter("offline", error.message);
        log.error({ camera: this.#camera, reason: error.message, delayMs }, "a camera is not looked at");
      },
    });
  }

  async #look(): Promise<void> {
    const { own, settings } = this.#watch;
    const { source, motionGate, masks } = settings;
    const { format, concurrency: slots } = own.detector;
    await using tap = this.#shared.streams.join(source, {
      ...{ camera: this.#camera, format, slots, keeps: needsCrops(own) },
      motion: motionGate ? { masks } : undefined,
      onState: ({ state, reason }) => this.#follow(state, reason),
      onView: (moment) => this.#viewers.pictures.offer(moment),
      onIdle: () => this.source.heard(Date.now()),
    });
    const stop = (): void => void tap[Symbol.asyncDispose]();
    this.#stop.signal.addEventListener("abort", stop, { once: true });
    this.#attach(tap);
    try {
      for await (const watched of this.#watched(tap)) this.#accept(watched);
    } finally {
      this.#stop.signal.removeEventListener("abort", stop);
      this.#attach(undefined);
    }
  }

  /** What there is to be seen comes from here from now on. */
  #attach(tap: StreamTap | undefined): void {
    this.#tap = tap;
    this.#viewers.pictures.attach(tap);
    this.throughput.follow(tap);
  }

  #follow(state: SourceState, reason: string | null): void {
    // Another connection counts its pictures anew.
    if (state === "connecting") this.#viewers.pictures.attach(this.#tap);
    this.enter(state, reason);
  }

  #watched(tap: StreamTap): AsyncIterable<Watched> {
    const { own, settings, analysis } = this.#watch;
    const { pictures } = this.#viewers;
    const { detector } = own;
    return watch(tap, {
      ...{ detector, analysis, concurrency: detector.concurrency, masks: settings.masks },
      ...findersOf(own),
      onInferring: (sequence) => {
        pictures.inferring(sequence);
        this.source.heard(Date.now());
      },
      onLost: (sequence, error) => {
        pictures.inferred(sequence);
        this.#shared.log.warn({ camera: this.#camera, reason: error.message }, "a frame was not looked at");
      },
    });
  }

  #accept(watched: Watched): void {
    const { recorder } = this.#shared;
    this.throughput.inferred++;
    recorder.record(...this.#watch.changes(watched));
    this.#viewers.show(watched);
    const people = this.#watch.people(watched);
    if (!people) return;
    recorder.record(...people.events);
    this.#viewers.people.put(people.shown);
  }

  #tick(): void {
    this.throughput.tick(performance.now());
    this.#shared.recorder.record(...this.#watch.tick(Date.now()));
  }
}
