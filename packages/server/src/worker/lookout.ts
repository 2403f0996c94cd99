import { isDeepStrictEqual } from "node:util";
import type { Box } from "@sensorium/perception";
import { type CameraId, reasonOf, type Size } from "@sensorium/protocol";
import type { StreamState, StreamUse } from "../capture/stream-tap.ts";
import type { Frame } from "../flow/frame.ts";
import { type Backoff, type Clock, cameraBackoff, supervise } from "../flow/supervise.ts";
import type { LoadedBundle } from "../mpta/run/loaded-bundle.ts";
import { runPipeline } from "../mpta/run/run-pipeline.ts";
import { type VisitOptions, Visits } from "../mpta/run/visits.ts";
import type { Log } from "../observe/log.ts";
import type { Source } from "../sources/source.ts";
import type { Counters } from "./counters.ts";
import { type Act, type Onlooker, Seats } from "./seats.ts";

/** Frames of one source; see `StreamTap`. */
export interface FrameTap extends AsyncDisposable {
  frames(): AsyncIterable<Frame>;
}

/** Where frames come from. `Streams` is one. */
export interface FrameStreams {
  join(source: Source, use: StreamUse): FrameTap;
}

/** What all lookouts share. */
export interface LookoutShared {
  readonly streams: FrameStreams;
  readonly act: Act;
  readonly visits: VisitOptions;
  /** Frames looked at per second and lookout, at the most. */
  readonly targetFps: number;
  /** How a camera that is lost is tried again; as all others when absent. */
  readonly backoff?: Backoff | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What one lookout looks at, and with what. */
export interface LookoutTask {
  readonly camera: CameraId;
  readonly source: Source;
  /** In source pixels; undefined for all of the picture. */
  readonly crop: Box | undefined;
  /** Null where pictures are wanted and nothing else. */
  readonly bundle: LoadedBundle | null;
}

/** One frame is kept for whoever asks for the picture, one is on its way. */
const SLOTS = 2;
/** So many snapshots a vehicle may be missed in before it has gone. */
const MISSED = 3;
const IMAGE = { quality: 85, maxWidth: 1 << 14 };

/**
 * One part of one camera's picture, looked at with one bundle for all subscriptions that want just that: each frame
 * once. The frames of a camera come from one capture, shared by all its lookouts.
 */
export class Lookout {
  readonly #task: LookoutTask;
  readonly #shared: LookoutShared;
  readonly #seats: Seats;
  #source: Source;
  #state: StreamState = { state: "connecting", reason: null };
  #closed = false;
  /** Counts the ways in which the camera was read: only the last one is begun. */
  #turn = 0;
  #stop = new AbortController();
  #running: Promise<void>;
  #newest: Frame | undefined;
  /** The part of the picture that the tap gives; undefined for all. */
  #region: Box | undefined;
  #outside: Size | null = null;

  constructor(task: LookoutTask, shared: LookoutShared) {
    this.#task = task;
    this.#shared = shared;
    this.#source = task.source;
    const { act, log } = shared;
    const newVisits = (): Visits | null => task.bundle && new Visits(task.bundle, this.#visitOptions());
    this.#seats = new Seats({ act, log, newVisits });
    this.#region = task.crop && wholePixels(task.crop);
    this.#running = this.#run();
  }

  get isEmpty(): boolean {
    return this.#seats.isEmpty;
  }

  join(onlooker: Onlooker): void {
    this.#seats.add(onlooker);
    onlooker.onState(this.#state);
    if (this.#outside) onlooker.onOutside(this.#outside);
  }

  leave(onlooker: Onlooker): void {
    this.#seats.remove(onlooker);
  }

  /** Nobody has gone because the next snapshot is long in coming. */
  #visitOptions(): VisitOptions {
    const { visits } = this.#shared;
    const between = "intervalMs" in this.#source ? this.#source.intervalMs : 0;
    if (visits.timeoutMs === undefined || visits.timeoutMs >= MISSED * between) return visits;
    return { ...visits, timeoutMs: MISSED * between };
  }

  /** The newest picture as JPEG, whole; null when there is none. */
  async image(): Promise<Uint8Array | null> {
    using frame = this.#newest?.share();
    // The source may go away meanwhile.
    return (await frame?.jpeg(IMAGE).catch(() => null)) ?? null;
  }

  /** Goes on with the same camera, read in another way. */
  async read(source: Source): Promise<void> {
    if (isDeepStrictEqual(source, this.#source)) return;
    this.#source = source;
    const turn = ++this.#turn;
    this.#stop.abort();
    await this.#running;
    if (this.#closed || turn !== this.#turn) return;
    this.#stop = new AbortController();
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop.abort();
    await this.#running;
  }

  /** What fails here is the looking; the stream sees to the camera itself. */
  async #run(): Promise<void> {
    const { clock, log } = this.#shared;
    const { signal } = this.#stop;
    await supervise(() => this.#look(signal), {
      ...{ backoff: cameraBackoff, clock, signal },
      onRetry: ({ message: reason }, delayMs) => {
        log.error({ camera: this.#task.camera, reason, delayMs }, "a camera is not looked at");
      },
    });
  }

  /** Until the stream ends; begins anew where the pictures turn out to need another region. */
  async #look(signal: AbortSignal): Promise<void> {
    const { streams, backoff } = this.#shared;
    const { camera, bundle } = this.#task;
    for (let isOver = false; !isOver && !signal.aborted; ) {
      const tap = streams.join(this.#source, {
        ...{ camera, format: bundle?.format ?? null, slots: SLOTS, region: this.#region, keeps: true, backoff },
        onState: (state) => this.#enter(state),
        onView: () => undefined,
      });
      let closing: Promise<void> | undefined;
      const close = (): Promise<void> => (closing ??= Promise.resolve(tap[Symbol.asyncDispose]()));
      const onAbort = (): void => void close();
      signal.addEventListener("abort", onAbort);
      try {
        isOver = await this.#follow(tap, signal);
      } finally {
        signal.removeEventListener("abort", onAbort);
        this.#keep(undefined);
        await close();
      }
    }
  }

  /** True when the stream has ended, false when another region is needed. */
  async #follow(tap: FrameTap, signal: AbortSignal): Promise<boolean> {
    const { clock, targetFps, now } = this.#shared;
    let before = Number.NEGATIVE_INFINITY;
    for await (const frame of tap.frames()) {
      this.#keep(frame);
      const region = this.#fit(frame.size);
      if (region && !isDeepStrictEqual(region, this.#region)) {
        this.#region = region;
        return false;
      }
      // Longer than the camera takes from one to the next: a newer one waits already.
      const isLate = now() - frame.capturedMs > (frame.at - before) / 1000;
      before = isLate ? Number.NEGATIVE_INFINITY : frame.at; // never two in a row
      if (isLate || this.#outside) continue;
      const started = clock.now();
      await this.#process(frame);
      await clock.sleep(Math.max(0, started + 1000 / targetFps - clock.now()), signal);
    }
    return true;
  }

  /** The frame before it is given back, so that the next one can be on its way. */
  #keep(frame: Frame | undefined): void {
    this.#newest?.[Symbol.dispose]();
    this.#newest = frame;
  }

  /** The part of the crop that lies inside of the picture. */
  #fit(size: Size): Box | undefined {
    const { crop } = this.#task;
    const inside = crop && within(wholePixels(crop), size);
    this.#setOutside(crop && !inside ? size : null);
    return inside ?? undefined;
  }

  #setOutside(size: Size | null): void {
    if ((size === null) === (this.#outside === null)) return;
    this.#outside = size;
    for (const onlooker of this.#seats) onlooker.onOutside(size);
  }

  async #process(frame: Frame): Promise<void> {
    const { bundle } = this.#task;
    if (!bundle) return;
    const { log, counters } = this.#shared;
    using held = frame.share();
    const result = await runPipeline(bundle.root, held);
    counters.processed(result);
    // Nobody is told, and the bundle may have been given back meanwhile.
    if (this.#seats.isEmpty) return;
    for (const { modelId, error } of result.failures) {
      log.warn({ camera: this.#task.camera, modelId, reason: reasonOf(error) }, "a model did not answer");
    }
    counters.concluded(await this.#seats.conclude(result, { frame: held, bundle }));
  }

  #enter(state: StreamState): void {
    this.#state = state;
    for (const onlooker of this.#seats) onlooker.onState(state);
  }
}

const wholePixels = ({ x1, y1, x2, y2 }: Box): Box => ({
  x1: Math.floor(x1),
  y1: Math.floor(y1),
  x2: Math.ceil(x2),
  y2: Math.ceil(y2),
});

/** The part of a box inside of a picture; null when there is none. */
function within({ x1, y1, x2, y2 }: Box, { width, height }: Size): Box | null {
  const inside = { x1, y1, x2: Math.min(x2, width), y2: Math.min(y2, height) };
  return inside.x2 > x1 && inside.y2 > y1 ? inside : null;
}
