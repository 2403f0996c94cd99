import { isDeepStrictEqual } from "node:util";
import { type CameraEvent, type CameraId, type Recorded, wallMs } from "@sensorium/protocol";
import type { CameraConfig } from "../config/config.ts";
import type { Bus } from "../flow/bus.ts";
import { describeSource } from "../sources/source.ts";
import { CameraRun, type RunShared } from "./camera-run.ts";
import type {
  CameraCounts,
  CameraStatus,
  CameraView,
  EncodedPicture,
  PeopleShown,
  PictureRequest,
  TrackedFrame,
} from "./camera-view.ts";
import { CameraViewers } from "./camera-viewers.ts";
import { type CameraInit, CameraWatch } from "./camera-watch.ts";

/** What travels on the bus: every event once it is durable. */
export interface EventSubjects {
  readonly events: Recorded;
}

/** What a camera shares with the others. */
export interface CameraShared extends RunShared {
  readonly bus: Bus<EventSubjects>;
}

/** Settings that change without the source being opened again. */
const LIGHT: readonly (keyof CameraConfig)[] = ["name", "environment", "lines", "zones", "traffic"];

/** Events a reader may be behind before it is told to start again from the log. */
const EVENTS_BEHIND = 1_000;

/** One camera from its source to its events, kept running. */
export class Camera implements CameraView, AsyncDisposable {
  readonly id: CameraId;
  readonly #bus: Bus<EventSubjects>;
  readonly #watch: CameraWatch;
  readonly #viewers: CameraViewers;
  readonly #run: CameraRun;

  constructor({ bus, ...shared }: CameraShared, init: CameraInit) {
    this.id = init.settings.id;
    this.#bus = bus;
    this.#watch = new CameraWatch(init);
    this.#viewers = new CameraViewers(this.#watch);
    this.#run = new CameraRun(shared, { watch: this.#watch, viewers: this.#viewers });
  }

  /** Begins to watch; a second call changes nothing. */
  start(): void {
    this.#run.start();
  }

  /** Closes the source until it is started again, tracks beginning anew; what was counted stays. */
  async stop(): Promise<void> {
    await this.#run.stop();
    // The source's clock begins anew as well.
    this.#watch.begin();
    this.#run.enter("offline", "it was stopped", { wanted: true });
  }

  get environment(): string {
    return this.settings.environment;
  }

  get simulated(): boolean {
    return this.settings.source.kind === "simulated";
  }

  get zones(): CameraConfig["zones"] {
    return this.settings.zones;
  }

  /** What it is told to do. */
  get settings(): CameraConfig {
    return this.#watch.settings;
  }

  /**
   * Goes on with other settings of the same camera; those who look stay. The source is opened again, and tracks begin
   * anew, only where that has to be. One call at a time.
   */
  async change(init: CameraInit): Promise<void> {
    const anew = opensAnew(this.settings, init.settings);
    if (anew) await this.#run.stop();
    this.#watch.become(init);
    if (!anew) return;
    this.#watch.begin();
    this.start();
  }

  status(): CameraStatus {
    const { name, source, lines, zones } = this.settings;
    const { detector, tally } = this.#watch.own;
    const { model } = detector;
    const { throughput } = this.#run;
    const now = wallMs(Date.now());
    return {
      id: this.id,
      name,
      source: describeSource(source),
      simulated: this.simulated,
      ...this.#run.source.status(now),
      size: this.#viewers.size,
      model: { name: model.name, family: model.family, provider: model.provider },
      classes: model.classes,
      lines: lines.map(({ id, a, b }) => ({ id, a, b, ...tally.of(id, now) })),
      zones: zones.map(({ id, corners }) => ({ id, corners, occupancy: this.#watch.analysis.occupancy(id) })),
      rates: throughput.rates,
      limitedBy: throughput.limitedBy(this.#run.source.state),
      totals: { ...throughput.totals, inferred: throughput.inferred, stateChanges: this.#run.source.changes },
    };
  }

  counts(): CameraCounts {
    const now = wallMs(Date.now());
    const { tally, traffic } = this.#watch.own;
    return { ...tally.total(now), ...traffic.since(tally.since(now)) };
  }

  pictures(request: PictureRequest, signal: AbortSignal): AsyncIterable<EncodedPicture> {
    return this.#viewers.pictures.view(request, signal);
  }

  tracks(signal: AbortSignal): AsyncIterable<TrackedFrame> {
    return this.#viewers.tracks.latest(signal);
  }

  people(signal: AbortSignal): AsyncIterable<PeopleShown> {
    return this.#viewers.people.latest(signal);
  }

  async *events(signal: AbortSignal): AsyncGenerator<Recorded<CameraEvent>, void, undefined> {
    for await (const recorded of this.#bus.subscribe("events", { limit: EVENTS_BEHIND, signal })) {
      if (isOf(recorded, this.id)) yield recorded;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run.stop();
    this.#viewers.end();
  }
}

const isOf = (recorded: Recorded, camera: CameraId): recorded is Recorded<CameraEvent> =>
  "camera" in recorded.event && recorded.event.camera === camera && recorded.event.type !== "alert";

function opensAnew(before: CameraConfig, after: CameraConfig): boolean {
  const keys = Object.keys(after) as (keyof CameraConfig)[];
  return keys.some((key) => !LIGHT.includes(key) && !isDeepStrictEqual(after[key], before[key]));
}
