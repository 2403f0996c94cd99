import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { noWindows, type WindowLook, watchWindows } from "@sensorium/perception";
import { type Micros, micros, reasonOf, type SensoriumEvent, type SourceState, type WallMs } from "@sensorium/protocol";
import type { EnvironmentConfig } from "../../config/config.ts";
import type { Log } from "../../observe/log.ts";
import type { Usage } from "../../observe/usage.ts";
import type { CameraView, PeopleShown } from "../camera-view.ts";
import { FollowedCameras } from "../followed-cameras.ts";
import { Ongoing } from "../ongoing.ts";
import type { Recorder } from "../recorder.ts";
import { AlertWatch } from "./alert-watch.ts";
import { CameraPeople, type PeopleNews } from "./camera-people.ts";
import { type ComponentChange, type ComponentState, type Components, ComponentWatch, captureOf } from "./components.ts";
import { Crowd } from "./crowd.ts";
import { EnvironmentEvents, type WholeEvent } from "./environment-events.ts";
import { type Performance, performanceOf } from "./performance.ts";

/** What an environment shares with the others. */
export interface EnvironmentShared {
  readonly recorder: Pick<Recorder, "record">;
  readonly log: Log;
  now(): WallMs;
  /** How the parts of the server are, by name; null where nobody knows. */
  components(): Readonly<Record<string, ComponentState | null>>;
  /** Frames that wait for a model; null where that is not known. */
  queued(): number | null;
}

/** Why the sensing of an environment begins: for the first time, or again after it was cut off or to be restarted. */
export type Beginning = "anew" | "interrupted" | "restarted";

/** What an environment is told, and who is in it. */
export interface EnvironmentInit extends EnvironmentShared {
  readonly beginning: Beginning;
  readonly settings: EnvironmentConfig;
  readonly cameras: readonly CameraView[];
}

/** A camera whose people are followed. */
interface Followed {
  readonly camera: CameraView;
  readonly people: CameraPeople;
  state: SourceState;
}

const BEGINNINGS = {
  anew: ["started", "info", "has started"],
  interrupted: ["restarted", "warning", "was cut off, and has started again"],
  restarted: ["restarted", "info", "was restarted"],
} as const;
const SEVERITIES = { degraded: "warning", failed: "error", recovered: "info" } as const;
const TRACKER = "tracker";
const CAPTURE = "capture";

/** The sensing of one environment, from its first camera to its last: what all of them tell together is recorded. */
export class EnvironmentWatch implements Disposable {
  readonly environment: string;
  /** From a start of the sensing to its end. */
  readonly session = `session_${randomUUID()}`;
  readonly startedMs: WallMs;
  #settings: EnvironmentConfig;
  readonly #shared: EnvironmentShared;
  readonly #events: EnvironmentEvents;
  readonly #followed = new FollowedCameras((camera, signal) => this.#begin(camera, signal));
  readonly #crowd = new Crowd();
  readonly #windows = new Ongoing(watchWindows(), noWindows);
  readonly #alerts: AlertWatch;
  readonly #components: ComponentWatch;
  #simulated = false;
  /** Whether a camera is online, so that nobody there means that nobody is there. */
  #watching = false;
  #trackerFailed = false;
  #latency = { sumMs: 0, frames: 0 };
  #performance: Performance | null = null;
  #heartbeats: Readonly<Record<string, number>> = {};

  /** Begins with these cameras, and says so. */
  constructor(environment: string, { cameras, settings, beginning, ...shared }: EnvironmentInit) {
    this.environment = environment;
    this.#settings = settings;
    this.#shared = shared;
    this.startedMs = shared.now();
    this.#events = new EnvironmentEvents(environment);
    this.#alerts = new AlertWatch(this.#events, settings.alerts);
    this.#components = new ComponentWatch([CAPTURE, TRACKER, ...Object.keys(shared.components())]);
    this.follow(cameras);
    this.#watching = this.#states().includes("online");
    this.#sumUp({ occupancy: this.#occupancyKnown() });
    const [change, severity, how] = BEGINNINGS[beginning];
    this.#tell(change, severity, `The sensing of ${environment} ${how}`);
  }

  /** As last told. */
  get components(): Components {
    return this.#components.now;
  }

  /** As last measured; null before that. */
  get performance(): Performance | null {
    return this.#performance;
  }

  /** When a part last did its work, in Unix milliseconds, by name; absent before that. */
  get heartbeats(): Readonly<Record<string, number>> {
    return this.#heartbeats;
  }

  /** How many people there are in the whole of it. */
  get occupancy(): number {
    return this.#crowd.count();
  }

  /** Follows the people of these cameras from now on, and of no others. */
  follow(cameras: readonly CameraView[]): void {
    // Without a camera it is what it was.
    if (cameras.length > 0) this.#simulated = cameras.some(({ simulated }) => simulated);
    for (const gone of this.#followed.become(cameras)) this.#take(gone, gone.people.end(), this.#shared.now());
  }

  /** Goes by these settings from now on. */
  become(settings: EnvironmentConfig): void {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    this.#alerts.follow(settings.alerts);
    for (const { people } of this.#followed.states) people.follow(this.#inactiveAfter());
  }

  /** Takes a durable event of this environment into account. */
  note(event: SensoriumEvent): void {
    this.#alerts.note(event);
  }

  /** To be called every second. */
  tick(): void {
    const now = this.#shared.now();
    for (const followed of this.#followed.states) this.#look(followed);
    const states = this.#states();
    this.#watching = states.includes("online");
    for (const followed of this.#followed.states) this.#take(followed, followed.people.listen(), now);
    this.#sumUp({ occupancy: this.#occupancyKnown() });
    this.#shared.recorder.record(...this.#alerts.step(now));
    const tracker = this.#trackerFailed ? "unhealthy" : "healthy";
    const seen = { [CAPTURE]: captureOf(states), [TRACKER]: tracker, ...this.#shared.components() } as const;
    for (const change of this.#components.step(seen))
      this.#tell(change.change, SEVERITIES[change.change], sentence(change));
  }

  /** Records how its cameras performed since the last call, and the machine. */
  perform(usage: Usage): void {
    const { sumMs, frames } = this.#latency;
    this.#latency = { sumMs: 0, frames: 0 };
    const latencyMs = frames > 0 ? Math.round((10 * sumMs) / frames) / 10 : null;
    const statuses = this.#followed.states.map(({ camera }) => camera.status());
    this.#performance = performanceOf(statuses, { latencyMs, queued: this.#shared.queued(), usage });
    this.#record({ type: "performance", wallMs: this.#shared.now(), ...this.#performance });
  }

  /** Ends the sensing, and says so. Nobody is said to have left: nobody knows. */
  [Symbol.dispose](): void {
    this.#followed[Symbol.dispose]();
    this.#tell("stopped", "info", `The sensing of ${this.environment} has stopped`);
  }

  #begin(camera: CameraView, signal: AbortSignal): Followed {
    const followed: Followed = { camera, people: new CameraPeople(this.#inactiveAfter()), state: "connecting" };
    this.#look(followed);
    this.#read(followed, signal).catch((thrown: unknown) => {
      const reason = reasonOf(thrown);
      this.#shared.log.error({ camera: camera.id, reason }, "the people of a camera are not followed");
      this.#trackerFailed = true;
    });
    return followed;
  }

  async #read(followed: Followed, signal: AbortSignal): Promise<void> {
    for await (const shown of followed.camera.people(signal)) this.#accept(followed, shown);
  }

  /** How a camera is now: one that is being connected to again is as it was. */
  #look(followed: Followed): void {
    const { state } = followed.camera.status();
    if (state !== "connecting") followed.state = state;
    for (const zone of followed.people.look(followed.camera.zones)) this.#crowd.forget(zone, followed.people);
  }

  #accept(followed: Followed, shown: PeopleShown): void {
    const { capturedMs, inferredMs } = shown.times;
    this.#watching = true;
    this.#latency.sumMs += Math.max(0, inferredMs - capturedMs);
    this.#latency.frames++;
    const news = followed.people.take(shown);
    if (news) this.#take(followed, news, capturedMs);
    else this.#takeAnew(followed, shown);
    this.#heartbeats = { neural_network: inferredMs, [TRACKER]: this.#shared.now() };
  }

  /** A camera whose clock began anew shows other people than before. */
  #takeAnew(before: Followed, shown: PeopleShown): void {
    this.#take(before, before.people.end(), shown.times.capturedMs);
    this.#take(before, before.people.take(shown), shown.times.capturedMs);
  }

  #take(followed: Followed, news: PeopleNews | null, wallMs: number): void {
    if (!news) return;
    const people = this.#events.people({ ...news, camera: followed.camera, wallMs });
    if (people.length > 0) this.#shared.recorder.record(...people);
    for (const coming of news.comings) {
      const change = this.#crowd.take(coming, followed.people);
      if (change) this.#record({ type: "occupancy", wallMs, ...change });
    }
    this.#sumUp({ occupancy: this.#occupancyKnown(), seen: news.look });
  }

  #inactiveAfter(): Micros {
    return micros(1000 * this.#settings.alerts.inactivityMs);
  }

  #states(): SourceState[] {
    return this.#followed.states.map(({ state }) => state);
  }

  #occupancyKnown(): number | null {
    return this.#watching ? this.occupancy : null;
  }

  #sumUp(look: WindowLook): void {
    const windows = this.#windows.take(look, this.#shared.now());
    if (windows.length === 0) return;
    this.#shared.recorder.record(...windows.map((window) => this.#events.window(window, this.#simulated)));
  }

  #tell(
    change: ComponentChange["change"] | "started" | "restarted" | "stopped",
    severity: "info" | "warning" | "error",
    message: string,
  ): void {
    this.#record({
      ...{ type: "system", wallMs: this.#shared.now(), change, severity, message },
      ...{ session: this.session, domain: this.#settings.domain, components: { ...this.#components.now } },
    });
  }

  #record(event: WholeEvent): void {
    this.#shared.recorder.record(this.#events.whole(event, this.#simulated));
  }
}

const sentence = ({ name, state, change }: ComponentChange): string =>
  change === "recovered" ? `${name} works again` : `${name} is ${state}`;
