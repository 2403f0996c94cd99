import type { ServeClock } from "../../clock.ts";
import type { PoseFrame, SensingSource } from "../../streaming/source.ts";

/** How long the newest frame is kept after somebody asked for it. */
const KEEP_MS = 10_000;
/** How long somebody waits for the first frame: a room in which nothing moves is looked at every ten seconds. */
const WAIT_MS = 12_000;

/** The newest frame of each environment, while anybody asks. */
export class LatestPoses implements Disposable {
  readonly #sensing: SensingSource;
  readonly #clock: ServeClock;
  readonly #watches = new Map<string, Watch>();

  constructor(sensing: SensingSource, clock: ServeClock) {
    this.#sensing = sensing;
    this.#clock = clock;
  }

  /** Null when nothing came in time. */
  async of(environment: string): Promise<PoseFrame | null> {
    const known = this.#watches.get(environment);
    const watch = known && !known.ended ? known : this.#watch(environment);
    return watch.newest();
  }

  [Symbol.dispose](): void {
    for (const watch of this.#watches.values()) watch[Symbol.dispose]();
  }

  #watch(environment: string): Watch {
    const watch = new Watch((signal) => this.#sensing.poses(environment, signal), this.#clock);
    this.#watches.set(environment, watch);
    return watch;
  }
}

/** Reads frames as long as somebody asked for one lately. */
class Watch implements Disposable {
  readonly #clock: ServeClock;
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<null>();
  #newest: PoseFrame | null = null;
  #patience: Disposable;

  constructor(open: (signal: AbortSignal) => AsyncIterable<PoseFrame>, clock: ServeClock) {
    this.#clock = clock;
    this.#patience = clock.after(WAIT_MS, () => this[Symbol.dispose]());
    void this.#read(open);
  }

  get ended(): boolean {
    return this.#stop.signal.aborted;
  }

  async newest(): Promise<PoseFrame | null> {
    if (!this.#newest) await this.#first.promise;
    if (!this.ended) {
      this.#patience[Symbol.dispose]();
      this.#patience = this.#clock.after(KEEP_MS, () => this[Symbol.dispose]());
    }
    return this.#newest;
  }

  [Symbol.dispose](): void {
    this.#patience[Symbol.dispose]();
    this.#stop.abort();
    this.#first.resolve(null);
  }

  async #read(open: (signal: AbortSignal) => AsyncIterable<PoseFrame>): Promise<void> {
    try {
      for await (const frame of open(this.#stop.signal)) {
        this.#newest = frame;
        this.#first.resolve(null);
      }
    } catch {
      // What feeds it was lost: whoever asks next begins anew.
    } finally {
      this[Symbol.dispose]();
    }
  }
}
