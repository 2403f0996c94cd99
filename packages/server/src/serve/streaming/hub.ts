import type { StreamPosition } from "@sensorium/protocol";
import type { Log } from "../../observe/log.ts";
import type { ServeClock } from "../clock.ts";
import { Feed } from "../feed.ts";
import { Audience, type Viewer } from "./audience.ts";
import { SharedEvent } from "./events.ts";
import { type PoseView, SharedFrame } from "./poses.ts";
import type { PoseFrame, SensedEvent, SensingSource } from "./source.ts";

/** What a hub needs besides its environment's name. */
export interface HubOptions {
  readonly source: SensingSource;
  readonly clock: ServeClock;
  readonly log: Log;
}

/** One environment and everybody who listens to it: each thing is read once. Null says that what feeds it was lost. */
export class Hub implements AsyncDisposable {
  readonly #environment: string;
  readonly #source: SensingSource;
  readonly #poses: Feed<PoseFrame | null, SharedFrame | null>;
  /** By the key of what they are shown. */
  readonly #audiences = new Map<string, Audience>();
  #showing: Disposable | undefined;
  readonly #events: Feed<SensedEvent | null, SharedEvent | null>;
  readonly #share: (event: SensedEvent) => SharedEvent;
  readonly #shared = new WeakMap<SensedEvent, SharedEvent>();
  /** From where events are read on when that failed, while anybody listens. */
  #reached: StreamPosition | undefined;
  #delivered: StreamPosition | undefined;

  constructor(environment: string, { source, clock, log }: HubOptions) {
    this.#environment = environment;
    this.#source = source;
    const shared = { environment, clock };
    this.#share = (event) => new SharedEvent(event, shared);
    this.#poses = new Feed({
      open: announced((signal) => source.poses(environment, signal)),
      prepare: (frame) => frame && new SharedFrame(frame, shared),
      log,
    });
    this.#events = new Feed({
      open: announced((signal) => this.#follow(signal)),
      prepare: (event) => event && this.shared(event),
      log,
    });
  }

  /** Up to where every event has reached those who listen; undefined before that is known, and while nobody does. */
  get delivered(): StreamPosition | undefined {
    return this.#delivered;
  }

  /** Shows `viewer` every frame from now on, until disposed. */
  show(viewer: Viewer, view: PoseView): Disposable {
    const audience = this.#audiences.get(view.key) ?? new Audience(view);
    this.#audiences.set(view.key, audience);
    audience.add(viewer);
    this.#showing ??= this.#poses.listen((frame) => this.#show(frame));
    return {
      [Symbol.dispose]: () => {
        if (!audience.delete(viewer)) return;
        if (audience.empty) this.#audiences.delete(view.key);
        if (this.#audiences.size > 0) return;
        this.#showing?.[Symbol.dispose]();
        this.#showing = undefined;
      },
    };
  }

  /** Calls `listener` with every event that becomes durable from now on, in order, until disposed. */
  onEvent(listener: (event: SharedEvent | null) => void): Disposable {
    const listening = this.#events.listen(listener);
    return {
      [Symbol.dispose]: () => {
        listening[Symbol.dispose]();
        if (this.#events.idle) this.#reached = this.#delivered = undefined;
      },
    };
  }

  /** An event for all who get it, now or when they catch up. */
  shared(event: SensedEvent): SharedEvent {
    const shared = this.#shared.get(event) ?? this.#share(event);
    this.#shared.set(event, shared);
    return shared;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#poses[Symbol.asyncDispose](), this.#events[Symbol.asyncDispose]()]);
  }

  #show(frame: SharedFrame | null): void {
    for (const audience of this.#audiences.values()) audience.take(frame);
  }

  /** Goes on where it was when it is opened again, so that nothing is left out. */
  async *#follow(signal: AbortSignal): AsyncGenerator<SensedEvent, void, undefined> {
    this.#reached ??= await this.#source.position();
    const after = this.#reached;
    for await (const { events, upTo } of this.#source.events({ environment: this.#environment, after }, signal)) {
      for (const event of events) {
        // What comes late of a reading that was ended is not the place of the one that followed it.
        if (signal.aborted) return;
        if (event.position) this.#reached = event.position;
        yield event;
      }
      if (signal.aborted) return;
      // Whoever takes the events comes back for the next when it has delivered the last.
      this.#reached = this.#delivered = { epoch: after.epoch, offset: upTo };
    }
  }
}

/** Says once that the items were lost, before the failure goes on to whoever opens them again. */
function announced<T>(open: (signal: AbortSignal) => AsyncIterable<T>) {
  let lost = false;
  return async function* (signal: AbortSignal): AsyncGenerator<T | null, void, undefined> {
    try {
      for await (const item of open(signal)) {
        lost = false;
        yield item;
      }
    } catch (thrown) {
      if (!lost && !signal.aborted) {
        lost = true;
        yield null;
      }
      throw thrown;
    }
  };
}
