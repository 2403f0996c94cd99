import { isDeepStrictEqual } from "node:util";
import {
  type CameraEvent,
  type CameraId,
  type Micros,
  type Recorded,
  type SourceState,
  type Tracked,
  wallMs,
} from "@sensorium/protocol";
import { type CaptureTotals, nothingCaptured } from "../capture/messages.ts";
import type { StreamTap } from "../capture/stream-tap.ts";
import type { Streams } from "../capture/streams.ts";
import type { Overlay } from "../codec/annotate.ts";
import type { CameraConfig } from "../config/config.ts";
import { Broadcast } from "../flow/broadcast.ts";
import type { Bus } from "../flow/bus.ts";
import { type Clock, cameraBackoff, type Ended, supervise } from "../flow/supervise.ts";
import type { PoseEstimator, Reidentifier } from "../models/crop-model.ts";
import type { Detector } from "../models/detector.ts";
import type { Log } from "../observe/log.ts";
import { describeSource } from "../sources/source.ts";
import { Analysis } from "./analysis.ts";
import { AppearanceFinder } from "./appearance-finder.ts";
import { CameraEvents } from "./camera-events.ts";
import type {
  CameraCounts,
  CameraStatus,
  CameraView,
  EncodedPicture,
  PeopleShown,
  PictureRequest,
  TrackedFrame,
} from "./camera-view.ts";
import type { PersonNumbers } from "./environment/person-numbers.ts";
import { PeopleWatch } from "./people-watch.ts";
import { Pictures } from "./pictures.ts";
import { PoseFinder } from "./pose-finder.ts";
import type { Recorder } from "./recorder.ts";
import { SimulatedRouters } from "./simulated-routers.ts";
import type { Tally } from "./tally.ts";
import { Throughput } from "./throughput.ts";
import type { TrafficWatch } from "./traffic-watch.ts";
import { type Watched, type WatchOptions, watch } from "./watch.ts";

/** What travels on the bus: every event once it is durable. */
export interface EventSubjects {
  readonly events: Recorded;
}

/** What a camera shares with the others. */
export interface CameraShared {
  readonly streams: Streams;
  readonly recorder: Recorder;
  readonly bus: Bus<EventSubjects>;
  readonly clock: Clock;
  readonly log: Log;
}

/** The models that look at a camera's pictures. */
export interface CameraModels {
  readonly detector: Detector;
  /** Undefined where nobody wants skeletons. */
  readonly poses: PoseEstimator | undefined;
  /** Undefined where people are known again by their place alone. */
  readonly reidentifier: Reidentifier | undefined;
}

/** What a camera has for as long as its settings stay. */
export interface CameraOwn extends CameraModels {
  readonly tally: Tally;
  readonly traffic: TrafficWatch;
  /** Of its environment. */
  readonly numbers: PersonNumbers;
}

/** Settings that change without the source being opened again. */
const LIGHT: readonly (keyof CameraConfig)[] = ["name", "environment", "lines", "zones", "traffic"];

const TICK_MS = 1_000;
/** Events a reader may be behind before it is told to start again from the log. */
const EVENTS_BEHIND = 1_000;

/** One camera from its source to its events, kept running. */
export class Camera implements CameraView, AsyncDisposable {
  readonly id: CameraId;
  readonly #shared: CameraShared;
  #settings: CameraConfig;
  #own: CameraOwn;
  #analysis: Analysis;
  readonly #pictures: Pictures;
  readonly #tracks = new Broadcast<TrackedFrame>();
  readonly #people = new Broadcast<PeopleShown>();
  #stop = new AbortController();
  readonly #throughput = new Throughput();
  #happened: CameraEvents;
  #peopleWatch: PeopleWatch | undefined;
  #routers: SimulatedRouters | undefined;
  #state: { readonly state: SourceState; readonly reason: string | null; readonly sinceMs: number };
  /** How it ends for good. Never rejects. */
  #running: Promise<Ended> | undefined;
  /** Goes on after the source has ended: rates fall to zero and a busy period comes to its end. */
  #ticking: NodeJS.Timeout | undefined;
  #tap: StreamTap | undefined;
  #before = nothingCaptured;
  #stateChanges = 0;
  #last: Watched | undefined;
  #lastFrameMs: number | null = null;

  constructor(settings: CameraConfig, { shared, own }: { readonly shared: CameraShared; readonly own: CameraOwn }) {
    this.id = settings.id;
    this.#settings = settings;
    this.#shared = shared;
    this.#own = own;
    this.#state = { state: "connecting", reason: null, sinceMs: Date.now() };
    this.#analysis = analysisOf(settings, own);
    this.#happened = eventsOf(settings, own);
    this.#peopleWatch = peopleWatchOf(settings, own);
    this.#routers = routersOf(settings);
    this.#pictures = new Pictures((moment) => this.#overlay(moment));
  }

  /** Begins to watch; a second call changes nothing. */
  start(): void {
    if (this.#running !== undefined) return;
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    this.#running = this.#run();
  }

  /** Closes the source until it is started again, tracks beginning anew; what was counted stays. */
  async stop(): Promise<void> {
    await this.#halt();
    // The source's clock begins anew as well.
    this.#analysis = analysisOf(this.#settings, this.#own);
    this.#peopleWatch = peopleWatchOf(this.#settings, this.#own);
    this.#routers = routersOf(this.#settings);
    this.#enter("offline", "it was stopped", { wanted: true });
  }

  get environment(): string {
    return this.#settings.environment;
  }

  get zones(): CameraConfig["zones"] {
    return this.#settings.zones;
  }

  /** What it is told to do. */
  get settings(): CameraConfig {
    return this.#settings;
  }

  /**
   * Goes on with other settings of the same camera; those who look stay. The source is opened again, and tracks begin
   * anew, only where that has to be. One call at a time.
   */
  async change(settings: CameraConfig, own: CameraOwn): Promise<void> {
    const keys = Object.keys(settings) as (keyof CameraConfig)[];
    const changed = keys.filter((key) => !isDeepStrictEqual(settings[key], this.#settings[key]));
    const anew = changed.some((key) => !LIGHT.includes(key));
    if (anew) await this.#halt();
    // Where other people are numbered, those in sight are numbered anew.
    if (anew || own.numbers !== this.#own.numbers) {
      this.#peopleWatch = peopleWatchOf(settings, own);
      this.#routers = routersOf(settings);
    }
    this.#settings = settings;
    this.#own = own;
    this.#happened = eventsOf(settings, own);
    if (anew) this.#analysis = analysisOf(settings, own);
    else this.#analysis.look(settings);
    if (anew) this.start();
  }

  status(): CameraStatus {
    const { id, name, source, lines, zones } = this.#settings;
    const { model } = this.#own.detector;
    const now = wallMs(Date.now());
    const totals = this.#totals();
    return {
      id,
      name,
      source: describeSource(source),
      simulated: this.simulated,
      state: this.#state.state,
      reason: this.#state.reason,
      sinceMs: wallMs(this.#state.sinceMs),
      frameAgeMs: this.#lastFrameMs === null ? null : Math.max(0, now - this.#lastFrameMs),
      size: this.#last?.size ?? null,
      model: { name: model.name, family: model.family, provider: model.provider },
      classes: model.classes,
      lines: lines.map(({ id: line, a, b }) => ({ id: line, a, b, ...this.#own.tally.of(line, now) })),
      zones: zones.map(({ id: zone, corners }) => ({ id: zone, corners, occupancy: this.#analysis.occupancy(zone) })),
      rates: this.#throughput.rates,
      limitedBy: this.#throughput.limitedBy(this.#state.state),
      totals: { ...totals, inferred: this.#throughput.inferred, stateChanges: this.#stateChanges },
    };
  }

  counts(): CameraCounts {
    const now = wallMs(Date.now());
    const { tally, traffic } = this.#own;
    return { ...tally.total(now), ...traffic.since(tally.since(now)) };
  }

  pictures(request: PictureRequest, signal: AbortSignal): AsyncIterable<EncodedPicture> {
    return this.#pictures.view(request, signal);
  }

  tracks(signal: AbortSignal): AsyncIterable<TrackedFrame> {
    return this.#tracks.latest(signal);
  }

  people(signal: AbortSignal): AsyncIterable<PeopleShown> {
    return this.#people.latest(signal);
  }

  async *events(signal: AbortSignal): AsyncGenerator<Recorded<CameraEvent>, void, undefined> {
    for await (const recorded of this.#shared.bus.subscribe("events", { limit: EVENTS_BEHIND, signal })) {
      if (isOf(recorded, this.id)) yield recorded;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#halt();
    this.#pictures.end();
    this.#tracks.end();
    this.#people.end();
  }

  async #halt(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    clearInterval(this.#ticking);
    this.#stop = new AbortController();
    this.#running = undefined;
  }

  get simulated(): boolean {
    return this.#settings.source.kind === "simulated";
  }

  /** What fails here is the looking; the stream sees to the source itself. */
  #run(): Promise<Ended> {
    return supervise(() => this.#look(), {
      backoff: cameraBackoff,
      clock: this.#shared.clock,
      signal: this.#stop.signal,
      onRetry: (error, delayMs) => {
        this.#enter("offline", error.message);
        this.#shared.log.error({ camera: this.id, reason: error.message, delayMs }, "a camera is not looked at");
      },
    });
  }

  async #look(): Promise<void> {
    const { detector, poses, reidentifier } = this.#own;
    const { source, motionGate, masks } = this.#settings;
    const slots = detector.concurrency;
    const keeps = poses !== undefined || reidentifier !== undefined;
    await using tap = this.#shared.streams.join(source, {
      ...{ camera: this.id, format: detector.format, slots, keeps },
      motion: motionGate ? { masks } : undefined,
      onState: ({ state, reason }) => this.#follow(state, reason),
      onView: (moment) => this.#pictures.offer(moment),
      onIdle: () => this.#heard(),
    });
    const stop = (): void => void tap[Symbol.asyncDispose]();
    this.#stop.signal.addEventListener("abort", stop, { once: true });
    this.#tap = tap;
    this.#pictures.attach(tap);
    try {
      for await (const watched of this.#watch(tap, slots)) this.#accept(watched);
    } finally {
      this.#stop.signal.removeEventListener("abort", stop);
      this.#pictures.attach(undefined);
      this.#before = this.#totals();
      this.#tap = undefined;
    }
  }

  #follow(state: SourceState, reason: string | null): void {
    // Another connection counts its pictures anew.
    if (state === "connecting") this.#pictures.attach(this.#tap);
    this.#enter(state, reason);
  }

  #watch(tap: StreamTap, concurrency: number): AsyncIterable<Watched> {
    return watch(tap, {
      detector: this.#own.detector,
      analysis: this.#analysis,
      concurrency,
      masks: this.#settings.masks,
      ...this.#finders(),
      onInferring: (sequence) => {
        this.#pictures.inferring(sequence);
        this.#heard();
      },
      onLost: (sequence, error) => {
        this.#pictures.inferred(sequence);
        this.#shared.log.warn({ camera: this.id, reason: error.message }, "a frame was not looked at");
      },
    });
  }

  #finders(): Pick<WatchOptions, "poses" | "appearances"> {
    const { poses, reidentifier, detector } = this.#own;
    const { classes, thresholds } = detector.model;
    const people = { person: classes.indexOf("person"), minScore: thresholds.high };
    if (people.person < 0) return {};
    return {
      poses: poses && new PoseFinder(poses, people),
      appearances: reidentifier && new AppearanceFinder(reidentifier, people),
    };
  }

  #heard(): void {
    this.#lastFrameMs = Date.now();
  }

  #accept(watched: Watched): void {
    const { sequence, at, capturedMs, decodedMs, inferredMs, inferenceMs, tracked, keypoints, size } = watched;
    this.#last = watched;
    this.#throughput.inferred++;
    this.#shared.recorder.record(
      ...watched.crossings.map((crossing) => this.#happened.crossing(crossing, watched)),
      ...watched.zoneEvents.map((event) => this.#happened.zone(event, watched)),
    );
    this.#tracks.put({
      tracked,
      keypoints,
      size,
      sequence,
      at,
      times: { capturedMs, decodedMs, inferredMs, inferenceMs },
    });
    this.#pictures.inferred(sequence);
    this.#acceptPeople(watched);
  }

  #acceptPeople(watched: Watched): void {
    const seen = this.#peopleWatch?.step(watched, watched.at);
    if (!seen) return;
    const { sequence, at, capturedMs, decodedMs, inferredMs, inferenceMs } = watched;
    this.#shared.recorder.record(...seen.falls.map((fall) => this.#happened.fall(fall, watched)));
    this.#people.put({ ...seen, sequence, at, times: { capturedMs, decodedMs, inferredMs, inferenceMs } });
  }

  #tick(): void {
    this.#throughput.tick(this.#totals(), performance.now());
    const nowMs = Date.now();
    const changes = this.#own.traffic.step(wallMs(nowMs));
    this.#shared.recorder.record(...changes.map((change) => this.#happened.traffic(change, nowMs)));
    this.#shared.recorder.record(...(this.#routers?.step(nowMs) ?? []));
  }

  #enter(state: SourceState, reason: string | null, how?: { readonly wanted: true }): void {
    if (this.#state.state === state && this.#state.reason === reason && this.#lastFrameMs !== null) return;
    const now = Date.now();
    this.#state = { state, reason, sinceMs: now };
    this.#stateChanges++;
    this.#shared.recorder.record(
      this.#happened.source(state, reason, { nowMs: now, lastFrameMs: this.#lastFrameMs, ...how }),
    );
  }

  #totals(): CaptureTotals {
    const now = this.#tap?.totals ?? nothingCaptured;
    const since = (total: keyof CaptureTotals): number => this.#before[total] + now[total];
    return {
      captured: since("captured"),
      gated: since("gated"),
      dropped: since("dropped"),
      undecodable: since("undecodable"),
    };
  }

  #overlay(moment: { readonly sequence: number; readonly at: Micros }): Overlay {
    const last = this.#last;
    if (!last) return { boxes: [], lines: this.#settings.lines, captions: [] };
    const tracked = last.sequence === moment.sequence ? last.tracked : this.#analysis.predict(moment.at);
    const { in: cameIn, out } = this.#own.tally.total(wallMs(Date.now()));
    return {
      boxes: overlayBoxes(tracked, last),
      lines: this.#settings.lines,
      captions: [`IN ${cameIn}`, `OUT ${out}`],
    };
  }
}

const isOf = (recorded: Recorded, camera: CameraId): recorded is Recorded<CameraEvent> =>
  "camera" in recorded.event && recorded.event.camera === camera && recorded.event.type !== "alert";

const analysisOf = (settings: CameraConfig, { detector }: CameraOwn): Analysis =>
  new Analysis({ ...settings, thresholds: detector.model.thresholds });

function peopleWatchOf({ beds }: CameraConfig, { detector, numbers }: CameraOwn): PeopleWatch | undefined {
  const person = detector.model.classes.indexOf("person");
  return person < 0 ? undefined : new PeopleWatch(person, numbers, { beds });
}

/** Only a simulated room has routers. */
const routersOf = ({ source, environment }: CameraConfig): SimulatedRouters | undefined =>
  source.kind === "simulated"
    ? new SimulatedRouters({ seed: source.seed, environment, openedMs: Date.now() })
    : undefined;

const eventsOf = ({ id, environment, source }: CameraConfig, { detector }: CameraOwn): CameraEvents =>
  new CameraEvents({ camera: id, environment, simulated: source.kind === "simulated", model: detector.model });

function overlayBoxes(tracked: Tracked, { size }: Watched): Overlay["boxes"] {
  return Array.from(tracked.tracks, (track, i) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = tracked.boxes.subarray(4 * i, 4 * i + 4);
    return {
      x1: x1 / size.width,
      y1: y1 / size.height,
      x2: x2 / size.width,
      y2: y2 / size.height,
      label: `#${track}`,
    };
  });
}
