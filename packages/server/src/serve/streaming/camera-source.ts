import {
  bodyRegions,
  isInside,
  type Motion,
  type PeopleFrame,
  pointInFractions,
  predictMotion,
  velocityOf,
} from "@sensorium/perception";
import {
  type CameraId,
  COCO_KEYPOINTS,
  type Keypoint,
  keypointAt,
  type Recorded,
  type SensoriumEvent,
  type StreamPosition,
} from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { Pulse } from "../../flow/pulse.ts";
import type { CameraDirectory, CameraStatus, CameraView, PeopleShown } from "../../pipeline/camera-view.ts";
import { placeInTenths, thousandths } from "./rounded.ts";
import type { LogPage, LogQuery, PosedPerson, PoseFrame, SensedEvent, SensingSource } from "./source.ts";
import { told } from "./told.ts";

/** The node's durable log as it is read here. */
export interface DurableLog {
  /** Positions of another epoch mean nothing. */
  readonly epoch: string;
  readonly lastOffset: number;
  /** Beats whenever something has become durable. */
  readonly pulse: Pulse;
  read(query: {
    readonly environment: string;
    readonly after: StreamPosition;
    readonly limit: number;
  }): Promise<
    { readonly kind: "events"; readonly events: readonly Recorded[] } | { readonly kind: "unknown-position" }
  >;
}

const PAGE = 500;
const PAGES = 8;
/** How soon a camera that came later is found. */
const LOOK_EVERY_MS = 1_000;

/** What the cameras sense, for the streaming API: people in frames, and what has happened by the log. */
export class CameraSensing implements SensingSource {
  readonly #cameras: CameraDirectory;
  readonly #log: DurableLog;
  /** The pages read last, each by what it depends on: many who come back at once ask for the same. */
  readonly #pages = new Map<string, Promise<LogPage>>();

  constructor(cameras: CameraDirectory, log: DurableLog) {
    this.#cameras = cameras;
    this.#log = log;
  }

  environments(): readonly string[] {
    return [...new Set(this.#cameras.list().map((camera) => camera.environment))];
  }

  async *poses(environment: string, signal: AbortSignal): AsyncGenerator<PoseFrame, void, undefined> {
    const newest = new Map<CameraId, PoseFrame>();
    const followed = new Set<CameraView>();
    const came = new Pulse();
    const failures: unknown[] = [];
    const follow = async (camera: CameraView): Promise<void> => {
      for await (const people of camera.people(signal)) {
        newest.set(camera.id, poseFrame(camera.status(), people));
        came.beat();
      }
      followed.delete(camera);
    };
    const looking = setInterval(() => came.beat(), LOOK_EVERY_MS);
    try {
      while (!signal.aborted) {
        for (const camera of this.#cameras.list()) {
          if (camera.environment !== environment || followed.has(camera)) continue;
          followed.add(camera);
          follow(camera).catch((thrown: unknown) => {
            failures.push(thrown);
            came.beat();
          });
        }
        const next = came.next(signal);
        const frames = [...newest.values()];
        newest.clear();
        yield* frames;
        await next;
        if (failures.length > 0) throw failures[0];
      }
    } finally {
      clearInterval(looking);
    }
  }

  async *events({ environment, after }: LogQuery, signal: AbortSignal): AsyncGenerator<SensedEvent, void, undefined> {
    let position = after;
    while (!signal.aborted) {
      const news = this.#log.pulse.next(signal);
      const page = await this.read({ environment, after: position });
      if (page.kind === "unknown-position") throw new Error("the log has forgotten what comes next");
      yield* page.events;
      position = { epoch: position.epoch, offset: page.upTo };
      if (page.atEnd) await news;
    }
  }

  async position(): Promise<StreamPosition> {
    return { epoch: this.#log.epoch, offset: this.#log.lastOffset };
  }

  read({ environment, after }: LogQuery): Promise<LogPage> {
    const key = JSON.stringify([environment, after.epoch, after.offset, this.#log.lastOffset]);
    const page = this.#pages.get(key) ?? this.#read({ environment, after });
    this.#pages.delete(key);
    this.#pages.set(key, page);
    page.catch(() => this.#pages.delete(key));
    const [oldest = key] = this.#pages.keys();
    if (this.#pages.size > PAGES) this.#pages.delete(oldest);
    return page;
  }

  async #read({ environment, after }: LogQuery): Promise<LogPage> {
    const answer = await this.#log.read({ environment, after, limit: PAGE });
    if (answer.kind === "unknown-position") return { kind: "unknown-position" };
    const upTo = answer.events.at(-1)?.position.offset ?? after.offset;
    return { kind: "events", events: answer.events.flatMap(sensed), upTo, atEnd: answer.events.length < PAGE };
  }
}

/** Empty for what this API does not tell. */
function sensed({ event, position }: Recorded): SensedEvent[] {
  const payload = told(event);
  return payload ? [{ ...payload, source: sourceOf(event), atMs: event.wallMs, position }] : [];
}

const sourceOf = (event: SensoriumEvent): wire.Source => ({
  ...("camera" in event && event.camera !== null
    ? { kind: "camera" as const, id: event.camera }
    : { kind: "system" as const, id: event.environment }),
  model: event.model ?? null,
  simulated: event.simulated,
});

function poseFrame(status: CameraStatus, people: PeopleShown): PoseFrame {
  const { id, model, simulated, rates } = status;
  const { sequence, times, frame } = people;
  return {
    source: { kind: "camera", id, model: model?.name ?? null, simulated },
    frame: sequence,
    size: frame.size,
    times,
    processingMs: Math.max(0, times.inferredMs - times.decodedMs),
    frameRate: rates.inferred,
    persons: Array.from(frame.persons, (_, index) => posedPerson(people, { index, zones: status.zones })),
  };
}

function posedPerson(
  { frame, activities, motions, at, times }: PeopleShown,
  { index, zones }: { readonly index: number; readonly zones: CameraStatus["zones"] },
): PosedPerson {
  const { tracked, persons, size } = frame;
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = tracked.boxes.subarray(4 * index, 4 * index + 4);
  const feet = pointInFractions({ x: (x1 + x2) / 2, y: y2 }, size);
  const current = activities[index];
  const motion = motions[index];
  return {
    person: persons[index] ?? 0,
    track: tracked.tracks[index] ?? 0,
    score: tracked.scores[index] ?? 0,
    box: { x1, y1, x2, y2 },
    keypoints: keypointsOf(frame.keypoints, index),
    activity: { type: current?.activity ?? "unknown", confidence: current?.confidence ?? 0 },
    velocity: motion && motion.at > motion.startedAt ? velocityOf(motion) : null,
    zones: zones.filter(({ corners }) => isInside(corners, feet)).map(({ id }) => id),
    densePose: () => densePoseOf(frame, index),
    trajectory: () => (motion ? pathOf(motion, times.capturedMs - at / 1000) : null),
  };
}

function keypointsOf(keypoints: Float32Array | null, person: number): readonly Keypoint[] | null {
  if (!keypoints) return null;
  const points = COCO_KEYPOINTS.map((_, index) => keypointAt({ keypoints }, person, index));
  return points.some(({ score }) => score > 0) ? points : null;
}

/** Drawn from the skeleton; null where that shows no torso. */
function densePoseOf(frame: PeopleFrame, index: number): wire.DensePose | null {
  const regions = bodyRegions(frame, index);
  if (regions.length === 0) return null;
  return {
    method: "skeleton",
    regions: regions.map(({ part, polygon }) => ({ part, polygon: polygon.map(placeInTenths) })),
  };
}

/** Seconds ahead; and how sure the place has to be for a prediction. */
const HORIZON = 1;
const SURE_ENOUGH = 0.05;

/** `startMs` is the wall time at which the stream's clock was 0. */
function pathOf(motion: Motion, startMs: number): Pick<wire.PoseTrajectory, "trajectory" | "prediction"> {
  const { position, confidence } = predictMotion(motion, HORIZON);
  return {
    trajectory: motion.trajectory.map((point) => ({
      timestamp: new Date(startMs + point.at / 1000).toISOString(),
      position: placeInTenths(point.position),
      confidence: thousandths(point.confidence),
    })),
    prediction:
      motion.at > motion.startedAt && confidence >= SURE_ENOUGH
        ? {
            next_position: placeInTenths(position),
            confidence: thousandths(confidence),
            time_horizon: HORIZON,
          }
        : null,
  };
}
