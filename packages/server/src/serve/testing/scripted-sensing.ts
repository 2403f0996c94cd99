import type { StreamPosition } from "@sensorium/protocol";
import { Broadcast } from "../../flow/broadcast.ts";
import type {
  EventsPage,
  LogPage,
  LogQuery,
  NewEnvironments,
  PosedPerson,
  PoseFrame,
  SensedEvent,
  SensingSource,
} from "../streaming/source.ts";

/** An event before it has a place in the log. */
export type Happening = SensedEvent extends infer E ? (E extends SensedEvent ? Omit<E, "position"> : never) : never;

/** The size of a page of the log, small so that tests see several. */
const PAGE = 3;

/** One environment whose every word is written by the test. */
class ScriptedEnvironment {
  poses = new Broadcast<PoseFrame>();
  lost = false;
  there = true;
}

interface Entry {
  readonly environment: string;
  readonly event: SensedEvent;
  readonly offset: number;
}

/** Environments whose every word is written by the test. Offsets begin at 1, and all have one log. */
export class ScriptedSensing implements SensingSource {
  readonly epoch: string;
  readonly #environments: Map<string, ScriptedEnvironment>;
  readonly #log: Entry[] = [];
  readonly #news = new Broadcast<true>();
  readonly #listeners = new Set<(came: NewEnvironments) => void>();
  #oldest = 1;
  #waiting: (() => void)[] = [];
  #reads = 0;
  #readable = Number.POSITIVE_INFINITY;
  #gate: Promise<void> | undefined;

  constructor(environments: readonly string[] = ["room_001"], epoch = "6f1d0a8c2b3e4f50") {
    this.epoch = epoch;
    this.#environments = new Map(environments.map((environment) => [environment, new ScriptedEnvironment()]));
  }

  /** How many pages of the log were read. */
  get reads(): number {
    return this.#reads;
  }

  environments(): readonly string[] {
    return [...this.#environments].flatMap(([name, { there }]) => (there ? [name] : []));
  }

  /** Environments come, or come back. */
  appear(...environments: readonly string[]): void {
    for (const environment of environments) {
      const known = this.#environments.get(environment) ?? new ScriptedEnvironment();
      known.there = true;
      this.#environments.set(environment, known);
    }
    for (const tell of this.#listeners) tell({ environments, after: this.#reached });
  }

  /** An environment goes; what happened in it stays in the log. */
  vanish(environment: string): void {
    this.#of(environment).there = false;
  }

  onNewEnvironments(listener: (came: NewEnvironments) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  async *poses(environment: string, signal: AbortSignal): AsyncGenerator<PoseFrame> {
    const found = this.#of(environment);
    const frames = found.poses.every(1_000, signal);
    this.#tell();
    yield* frames;
    if (!found.lost) return;
    found.lost = false;
    throw new Error("the frames were lost");
  }

  async *events({ environment, after }: LogQuery, signal: AbortSignal): AsyncGenerator<EventsPage> {
    const news = this.#news.latest(signal);
    this.#tell();
    for (let offset = after.offset; ; ) {
      const page = this.#page(environment, offset);
      yield page;
      offset = page.upTo;
      if (page.atEnd && (await news.next()).done) return;
    }
  }

  async position(): Promise<StreamPosition> {
    return this.#reached;
  }

  async read({ environment, after }: LogQuery): Promise<LogPage> {
    this.#reads++;
    this.#tell();
    await this.#gate;
    if (this.#reads > this.#readable) return { kind: "unknown-position" };
    const { epoch, offset } = after;
    const known = epoch === this.epoch && offset <= this.#log.length && offset + 1 >= this.#oldest;
    return known ? this.#page(environment, offset) : { kind: "unknown-position" };
  }

  /** Everything before this offset is too old to be kept. */
  forgetBefore(offset: number): void {
    this.#oldest = offset;
  }

  /** So many pages can be read before everything is too old to be kept. */
  cutAfter(pages: number): void {
    this.#readable = pages;
  }

  /** Reading the log waits until the returned function is called. */
  holdReads(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return () => {
      this.#gate = undefined;
      resolve();
    };
  }

  show(frame: PoseFrame, environment = "room_001"): void {
    this.#of(environment).poses.put(frame);
  }

  /** Whoever reads the frames of an environment loses them, and may begin to read again. */
  breakPoses(environment = "room_001"): void {
    const found = this.#of(environment);
    const broken = found.poses;
    found.poses = new Broadcast();
    found.lost = true;
    broken.end();
  }

  /** Makes an event durable and tells of it. */
  record(happening: Happening, environment = "room_001"): void {
    this.recordQuietly(happening, environment);
    this.#news.put(true);
  }

  /** Makes events durable that nobody is told of before the next one. */
  recordQuietly(happening: Happening, environment = "room_001"): void {
    const offset = this.#log.length + 1;
    const event = { ...happening, position: { epoch: this.epoch, offset } } as SensedEvent;
    this.#log.push({ environment, event, offset });
  }

  /** How many follow what happens, in all environments together. */
  get followers(): number {
    return this.#news.readers;
  }

  /** How many read the frames of an environment. */
  readers(environment = "room_001"): number {
    return this.#of(environment).poses.readers;
  }

  /** Resolves once the condition holds; looked at whenever somebody begins to read. */
  async until(holds: (sensing: ScriptedSensing) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get #reached(): StreamPosition {
    return { epoch: this.epoch, offset: this.#log.length };
  }

  #page(environment: string, after: number): EventsPage {
    const following = this.#log.slice(after).filter((entry) => entry.environment === environment);
    const entries = following.slice(0, PAGE);
    const atEnd = entries.length === following.length;
    const upTo = atEnd ? this.#log.length : (entries.at(-1)?.offset ?? after);
    return { kind: "events", events: entries.map(({ event }) => event), upTo, atEnd };
  }

  #of(environment: string): ScriptedEnvironment {
    const found = this.#environments.get(environment);
    if (!found) throw new Error(`no environment ${environment}`);
    return found;
  }

  #tell(): void {
    setImmediate(() => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }
}

/** Somebody in a frame, as the golden files have them but for what is changed. */
export const posedPerson = (change: Partial<PosedPerson> = {}): PosedPerson => ({
  person: 1,
  track: 7,
  score: 0.87,
  box: { x1: 120, y1: 80, x2: 300, y2: 400 },
  keypoints: Array.from({ length: 17 }, (_, i) => ({ x: 200 + i, y: 90 + 10 * i, score: i < 15 ? 0.92 : 0.12 })),
  activity: { type: "walking", confidence: 0.78 },
  velocity: { x: 42.5, y: -3.1 },
  zones: [],
  ...change,
});

const CAPTURED_MS = Date.parse("2025-01-07T10:30:00.123Z");

/** A frame of the golden files but for what is changed. */
export const poseFrame = (change: Partial<PoseFrame> = {}): PoseFrame => ({
  source: { kind: "camera", id: "door", model: "yolox-nano", simulated: false },
  frame: 12345,
  size: { width: 768, height: 432 },
  times: { capturedMs: CAPTURED_MS, decodedMs: CAPTURED_MS + 3, inferredMs: CAPTURED_MS + 21 },
  processingMs: 17.5,
  frameRate: 24.8,
  persons: [posedPerson()],
  ...change,
});
