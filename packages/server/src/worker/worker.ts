import { reasonOf } from "@sensorium/protocol";
import type { detectorWorker } from "@sensorium/protocol/wire";
import type { Backoff, Clock } from "../flow/supervise.ts";
import type { VisitOptions } from "../mpta/run/visits.ts";
import type { Log } from "../observe/log.ts";
import { Backend, type Tell } from "./backend.ts";
import { Bundles, type OpenBundle } from "./bundles.ts";
import { Counters, type WorkerCounters } from "./counters.ts";
import type { FrameStreams } from "./lookout.ts";
import { Lookouts } from "./lookouts.ts";
import type { Act } from "./seats.ts";
import { ActiveSubscription } from "./subscription.ts";

/** What the worker is told, and what it works with. */
export interface WorkerOptions {
  readonly streams: FrameStreams;
  readonly openBundle: OpenBundle;
  readonly act: Act;
  readonly visits?: VisitOptions;
  /** Subscriptions at a time, of all backends together. */
  readonly maxStreams: number;
  /** Frames looked at per second and subscription, at the most. */
  readonly targetFps: number;
  /** How long a backend that is gone may take to come back before its subscriptions end. */
  readonly graceMs: number;
  /** How a camera that is lost is tried again; as all others when absent. */
  readonly backoff?: Backoff | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** What there is at the moment. */
export interface Present {
  /** Of all backends; one that two of them have counts once. */
  readonly subscriptions: number;
  /** Cameras, crops and bundles that are looked at, each for all subscriptions that share it. */
  readonly lookouts: number;
  /** Bundles that are loaded, or are being loaded. */
  readonly bundles: number;
}

/** Watches cameras for backends: what they subscribe to, with the bundles they name. */
export class DetectorWorker implements AsyncDisposable {
  readonly #options: WorkerOptions;
  readonly #counters = new Counters();
  readonly #bundles: Bundles;
  readonly #lookouts: Lookouts;
  readonly #backends = new Set<Backend>();
  /** Those that are gone, and may come back. */
  readonly #gone = new Set<Backend>();
  readonly #stop = new AbortController();

  constructor(options: WorkerOptions) {
    const { streams, act, visits = {}, targetFps, backoff, clock, log, openBundle, now = Date.now } = options;
    this.#options = options;
    this.#bundles = new Bundles({ open: openBundle, clock, log });
    this.#lookouts = new Lookouts({
      streams,
      act,
      visits,
      targetFps,
      backoff,
      clock,
      log,
      now,
      counters: this.#counters,
    });
  }

  /** What has been done since the start, and what there is now. */
  get counters(): WorkerCounters & Present {
    const subscriptions = new Set(this.#all().flatMap((backend) => backend.identifiers())).size;
    const present = { subscriptions, lookouts: this.#lookouts.size, bundles: this.#bundles.size };
    return { ...this.#counters.now, ...present };
  }

  /** How many are connected. */
  get backends(): number {
    return this.#backends.size;
  }

  /** A backend has come; what it is told goes through `tell`. */
  connect(tell: Tell): Backend {
    const backend: Backend = new Backend(tell, {
      maxStreams: this.#options.maxStreams,
      open: (wanted) => this.#open(wanted, backend),
      renew: (modelUrl) => this.#bundles.renew(modelUrl),
      adopt: (identifier) => this.#adopt(identifier),
      dropOrphans: () => this.#dropOrphans(),
      others: () => this.#identifiersBut(backend),
      onEnd: () => this.#leave(backend),
    });
    this.#backends.add(backend);
    return backend;
  }

  /** Subscriptions of this name; two backends may have one each. */
  find(identifier: string): readonly ActiveSubscription[] {
    return this.#all().flatMap((backend) => backend.find(identifier) ?? []);
  }

  /** The newest picture of a subscription: its JPEG, null while there is none, undefined without a subscription. */
  async image(identifier: string): Promise<Uint8Array | null | undefined> {
    const found = this.find(identifier);
    if (found.length === 0) return undefined;
    for (const subscription of found) {
      const image = await subscription.image();
      if (image) return image;
    }
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const backend of this.#all()) backend.release();
    await Promise.all([this.#lookouts[Symbol.asyncDispose](), this.#bundles[Symbol.asyncDispose]()]);
  }

  #all(): Backend[] {
    return [...this.#backends, ...this.#gone];
  }

  /** A subscription that runs, or the sentence that says why it cannot. */
  #open(wanted: detectorWorker.Subscription, backend: Backend): ActiveSubscription | string {
    const subscription = new ActiveSubscription(wanted, backend, {
      ...{ lookouts: this.#lookouts, bundles: this.#bundles, log: this.#options.log },
    });
    try {
      subscription.start();
      return subscription;
    } catch (thrown) {
      subscription[Symbol.dispose]();
      return `The subscription cannot be used: ${reasonOf(thrown)}`;
    }
  }

  /** What a backend that is gone has left of this name. */
  #adopt(identifier: string): ReturnType<Backend["give"]> {
    for (const backend of this.#gone) {
      const given = backend.give(identifier);
      if (given) return given;
    }
    return undefined;
  }

  #dropOrphans(): void {
    for (const backend of this.#gone) backend.release();
    this.#gone.clear();
  }

  /** Two backends may name the same subscription: it counts once. */
  #identifiersBut(backend: Backend): Set<string> {
    return new Set(this.#all().flatMap((each) => (each === backend ? [] : each.identifiers())));
  }

  #leave(backend: Backend): void {
    if (!this.#backends.delete(backend) || this.#stop.signal.aborted) return;
    if (backend.identifiers().length === 0) return;
    this.#gone.add(backend);
    const { clock, graceMs } = this.#options;
    void clock.sleep(graceMs, this.#stop.signal).then(() => {
      if (this.#gone.delete(backend)) backend.release();
    });
  }
}
