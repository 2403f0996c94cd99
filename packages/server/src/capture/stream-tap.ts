import { type CameraId, SensoriumError, type SourceState } from "@sensorium/protocol";
import type { Frame } from "../flow/frame.ts";
import type { Backoff } from "../flow/supervise.ts";
import type { Capture, JoinOptions } from "./capture.ts";
import { addTotals, type CaptureTotals, type EncodeRequest, type Moment, nothingCaptured } from "./messages.ts";

/** How a source is, and why when it is not online. */
export interface StreamState {
  readonly state: SourceState;
  readonly reason: string | null;
}

/** What somebody wants of a source's pictures, and what he is told beside them. */
export interface StreamUse extends Omit<JoinOptions, "handlers"> {
  /** How the source is tried again when it is lost; what the first who wants it says counts. */
  readonly backoff?: Backoff | undefined;
  onState(state: StreamState): void;
  /** A picture can be encoded, for a moment. */
  onView(moment: Moment): void;
  /** Pictures come, and the motion gate keeps them back; told now and then. */
  onIdle?(): void;
}

/** What a share tells its stream. */
export interface TapLinks {
  heard(): void;
  leave(tap: StreamTap): Promise<void>;
}

/** One user's share of a stream; it outlives the stream's connections. */
export class StreamTap implements AsyncDisposable {
  readonly use: StreamUse;
  readonly #links: TapLinks;
  readonly #attached: Capture[] = [];
  #capture: Capture | undefined;
  #before = nothingCaptured;
  #maxFps = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(use: StreamUse, links: TapLinks) {
    this.use = use;
    this.#links = links;
  }

  get camera(): CameraId {
    return this.use.camera;
  }

  /** Over all connections. */
  get totals(): CaptureTotals {
    const now = this.#capture?.totals;
    return now ? addTotals(this.#before, now) : this.#before;
  }

  /** The frames, over all connections; whoever gets one disposes it. Ends with the stream. One reader. */
  async *frames(): AsyncGenerator<Frame, void, undefined> {
    for (;;) {
      const capture = this.#attached.shift();
      if (capture) yield* this.#framesOf(capture);
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Keeps the motion gate open, because somebody is seen at media time `at`. */
  attend(at: number): void {
    this.#capture?.attend(at);
  }

  /** How many pictures a second are kept for `encode`; 0 keeps none. */
  watch(maxFps: number): void {
    this.#maxFps = maxFps;
    this.#capture?.watch(maxFps);
  }

  /** The picture of a view as JPEG, or null when it came too late. */
  async encode(request: EncodeRequest): Promise<Uint8Array | null> {
    return (await this.#capture?.encode(request)) ?? null;
  }

  /** For the stream. */
  wanted(handlers: JoinOptions["handlers"]): JoinOptions {
    return { ...this.use, handlers };
  }

  /** For the stream: a connection. */
  attach(capture: Capture): void {
    this.#capture = capture;
    this.#attached.push(capture);
    if (this.#maxFps > 0) capture.watch(this.#maxFps);
    this.#wake?.();
  }

  /** For the stream: the connection is over. */
  detach(): void {
    this.#before = this.totals;
    this.#capture = undefined;
  }

  /** For the stream: there will be no other connection. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Wants no more; the last one who does closes the source. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.end();
    const capture = this.#capture;
    await this.#links.leave(this);
    await capture?.[Symbol.asyncDispose]();
  }

  async *#framesOf(capture: Capture): AsyncGenerator<Frame, void, undefined> {
    try {
      for await (const frame of capture.frames()) {
        this.#links.heard();
        yield frame;
      }
    } catch (thrown) {
      // The stream knows how the connection ended, and what is to be done about it.
      if (!(thrown instanceof SensoriumError)) throw thrown;
    }
  }
}
