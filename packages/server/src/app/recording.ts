import type { Recorded, SensoriumError } from "@sensorium/protocol";
import { LocalBus } from "../flow/bus.ts";
import { Pulse } from "../flow/pulse.ts";
import { systemClock } from "../flow/supervise.ts";
import type { EventSubjects } from "../pipeline/camera.ts";
import type { ComponentState } from "../pipeline/environment/components.ts";
import { Recorder } from "../pipeline/recorder.ts";
import type { StoreStatus } from "../serve/http/statuses.ts";
import type { DurableLog } from "../serve/streaming/camera-source.ts";
import { Store } from "../storage/store.ts";
import type { Opening } from "./opening.ts";

/** Takes every durable event into account, before anybody is told of it. */
export interface Follower {
  note(recorded: Recorded): void;
}

/** @throws SensoriumError when its folder, its file or the site database's address cannot be used. */
export async function openStore({ config, log, parts }: Opening): Promise<Store> {
  const { stateFolder: folder, databaseUrl, retention } = config;
  const store = parts.use(await Store.open({ folder, databaseUrl, log }));
  store.keepFor(retention);
  return store;
}

/** What happens becomes durable in the store, and only then is anybody told. */
export class Recording {
  readonly store: Store;
  readonly recorder: Recorder;
  readonly bus = new LocalBus<EventSubjects>();
  /** Resolves when the log is lost. */
  readonly failed: Promise<SensoriumError>;
  readonly #pulse = new Pulse();
  readonly #followers: Follower[] = [];

  constructor({ log, parts }: Opening, store: Store) {
    this.store = store;
    this.recorder = parts.use(
      new Recorder(store, { log, clock: systemClock, onRecorded: (recorded) => this.#tell(recorded) }),
    );
    this.failed = failureOf(store);
  }

  /** Tells of every event from now on; those who came first are told first. */
  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** How the log is: a sink that cannot be reached lags, and nothing is lost; a log that takes nothing is no use. */
  get state(): ComponentState {
    if (this.recorder.failing) return "unhealthy";
    const { sinks } = this.store.health();
    return sinks.some(({ state }) => state === "down" || state === "refused") ? "degraded" : "healthy";
  }

  /** What the store has yet to write still waits with the recorder, too. */
  get health(): StoreStatus {
    return { ...this.store.health(), queued: this.recorder.waiting };
  }

  /** For whoever reads what is durable. */
  get log(): DurableLog {
    const { store } = this;
    return {
      epoch: store.epoch,
      pulse: this.#pulse,
      get lastOffset() {
        return store.health().lastOffset;
      },
      read: (query) => store.read(query),
    };
  }

  #tell(recorded: Recorded): void {
    for (const follower of this.#followers) follower.note(recorded);
    this.bus.publish("events", recorded);
    this.#pulse.beat();
  }
}

function failureOf(store: Store): Promise<SensoriumError> {
  return new Promise((resolve) => {
    void store.ended.then((ended) => ended.kind === "failed" && resolve(ended.error));
  });
}
