import { reasonOf } from "@sensorium/protocol";
import type { Log } from "../observe/log.ts";
import type { CameraDirectory, CameraView, PeopleShown } from "./camera-view.ts";
import { FollowedCameras } from "./followed-cameras.ts";
import type { PoseRecord } from "./pose-record.ts";

/** What the pipeline needs of a store. */
export interface PoseRecords {
  addPoses(rows: readonly PoseRecord[]): Promise<void>;
}

export interface PoseHistoryOptions {
  readonly cameras: CameraDirectory;
  /** The time from one pose of a person to the next. */
  readonly everyMs: number;
  readonly log: Log;
}

const TICK_MS = 1_000;
const BATCH = 1_000;
/** Poses that may wait for a store that lags. */
const WAITING_LIMIT = 5_000;
const PER_PERSON = 51;

/**
 * Keeps how people stood, now and then: in each interval the first pose of everybody who is seen in it. These are
 * samples, so those that the store does not take in time are given up and counted, and nobody waits for them.
 */
export class PoseHistory implements AsyncDisposable {
  readonly #records: PoseRecords;
  readonly #options: PoseHistoryOptions;
  readonly #followed = new FollowedCameras((camera, signal) => this.#begin(camera, signal));
  #waiting: PoseRecord[] = [];
  #writing: Promise<void> | undefined;
  #ticking: NodeJS.Timeout | undefined;
  #lost = 0;

  constructor(records: PoseRecords, options: PoseHistoryOptions) {
    this.#records = records;
    this.#options = options;
  }

  /** Poses given up because the store did not take them. */
  get lost(): number {
    return this.#lost;
  }

  /** Begins to follow the cameras; a second call changes nothing. */
  start(): void {
    this.tick();
    this.#ticking ??= setInterval(() => this.tick(), TICK_MS);
  }

  /** What happens every second: cameras that came or went are noticed, and what was seen is written in one go. */
  tick(): void {
    this.#followed.become(this.#options.cameras.list());
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Writes what still waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticking);
    this.#followed[Symbol.dispose]();
    await this.#writing;
    await this.#write();
  }

  #begin(camera: CameraView, signal: AbortSignal): void {
    this.#follow(camera, signal).catch((thrown: unknown) => {
      const reason = reasonOf(thrown);
      this.#options.log.error({ camera: camera.id, reason }, "the poses of a camera are not recorded");
    });
  }

  async #follow(camera: CameraView, signal: AbortSignal): Promise<void> {
    let interval = -1;
    const recorded = new Set<number>();
    for await (const shown of camera.people(signal)) {
      const now = Math.floor(shown.times.capturedMs / this.#options.everyMs);
      if (now !== interval) recorded.clear();
      interval = now;
      const poses = posesOf(camera, shown, (person) => !recorded.has(person));
      for (const { person } of poses) recorded.add(person);
      this.#keep(poses);
    }
  }

  #keep(poses: readonly PoseRecord[]): void {
    this.#waiting.push(...poses);
    const excess = this.#waiting.length - WAITING_LIMIT;
    if (excess > 0) this.#give(this.#waiting.splice(0, excess), "the store lags");
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      await this.#records.addPoses(batch).catch((thrown: unknown) => this.#give(batch, reasonOf(thrown)));
    }
  }

  #give(poses: readonly PoseRecord[], reason: string): void {
    this.#lost += poses.length;
    this.#options.log.warn({ lost: this.#lost, reason }, "poses are not recorded");
  }
}

function posesOf(camera: CameraView, shown: PeopleShown, isWanted: (person: number) => boolean): PoseRecord[] {
  const { tracked, persons, size, keypoints } = shown.frame;
  const indices = [...persons.keys()].filter((index) => isWanted(persons[index] ?? 0));
  if (indices.length === 0) return [];
  const { environment, id, simulated } = camera;
  const common = { environment, camera: id, simulated, model: camera.status().model?.name ?? null };
  return indices.map((index) => {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = tracked.boxes.subarray(4 * index, 4 * index + 4);
    const current = shown.activities[index];
    return {
      ...common,
      person: persons[index] ?? 0,
      track: tracked.tracks[index] ?? 0,
      frame: shown.sequence,
      wallMs: Math.round(shown.times.capturedMs),
      score: tracked.scores[index] ?? 0,
      box: { x1, y1, x2, y2 },
      size: { width: size.width, height: size.height },
      keypoints: keypoints && [...keypoints.subarray(PER_PERSON * index, PER_PERSON * (index + 1))],
      activity: { type: current?.activity ?? "unknown", confidence: current?.confidence ?? 0 },
    };
  });
}
