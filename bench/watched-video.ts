import { posesOfTracks } from "@sensorium/perception";
import { cameraId, type Detections, type Micros, micros, type Poses, type Size } from "@sensorium/protocol";
import { CapturePool } from "../packages/server/src/capture/pool.ts";
import { findModel } from "../packages/server/src/models/catalogue.ts";
import type { PoseEstimator } from "../packages/server/src/models/crop-model.ts";
import type { Detector } from "../packages/server/src/models/detector.ts";
import { InferencePool } from "../packages/server/src/models/onnx/pool.ts";
import { silentLog } from "../packages/server/src/observe/log.ts";
import { Analysis } from "../packages/server/src/pipeline/analysis.ts";
import { type PeopleSeen, PeopleWatch } from "../packages/server/src/pipeline/people-watch.ts";
import { PoseFinder } from "../packages/server/src/pipeline/pose-finder.ts";
import { parseSource } from "../packages/server/src/sources/source.ts";

/** What a detector and a pose model found in one picture of a video. */
export interface Look {
  readonly at: Micros;
  readonly size: Size;
  readonly detections: Detections;
  readonly poses: Poses;
}

/** A video as its models saw it: every picture. */
export interface WatchedVideo {
  readonly model: Detector["model"];
  readonly looks: readonly Look[];
}

export interface LookOptions {
  /** Bundled models' names, or paths. */
  readonly model: string;
  readonly pose: string;
  readonly threads: number;
  readonly cacheFolder: string;
}

/** Runs the models on every picture of a video, as often as there is time for. */
export async function lookAtVideo(video: string, options: LookOptions): Promise<WatchedVideo> {
  const { threads, cacheFolder } = options;
  await using captures = new CapturePool(1);
  await using inference = new InferencePool({ threads, cacheFolder, log: silentLog });
  const detector = await inference.load(findModel(options.model, cacheFolder), { classes: ["person"] });
  const poses = await inference.loadModel("pose", findModel(options.pose, cacheFolder));
  return { model: detector.model, looks: await lookThrough(video, { captures, detector, poses }) };
}

interface Eyes {
  readonly captures: CapturePool;
  readonly detector: Detector;
  readonly poses: PoseEstimator;
}

async function lookThrough(video: string, { captures, detector, poses }: Eyes): Promise<Look[]> {
  await using capture = captures.open({
    camera: cameraId("bench"),
    source: parseSource(video),
    pace: "fast",
    format: detector.format,
    slots: 2,
    keeps: true,
    startAt: micros(0),
    handlers: { onView() {}, onStalled() {}, onResumed() {}, onWarning() {} },
  });
  const { classes, thresholds } = detector.model;
  const finder = new PoseFinder(poses, { person: classes.indexOf("person"), minScore: thresholds.high });
  const looks: Look[] = [];
  for await (const frame of capture.frames()) {
    using held = frame;
    const { detections } = await detector.detect(held);
    looks.push({ at: held.at, size: held.size, detections, poses: await finder.find(held, detections) });
  }
  return looks;
}

/** What a camera makes of a video of which it looks at the pictures at these indices only. */
export function replay({ model, looks }: WatchedVideo, indices: readonly number[]): PeopleSeen[] {
  const analysis = new Analysis({ lines: [], zones: [], tracker: "byte-track", thresholds: model.thresholds });
  const watch = new PeopleWatch(model.classes.indexOf("person"), { last: 0 });
  return indices.flatMap((index) => {
    const look = looks[index];
    if (!look) return [];
    const { at, size, detections, poses } = look;
    const { tracked } = analysis.step(detections, { size, at });
    return [watch.step({ tracked, size, keypoints: posesOfTracks(tracked, poses) }, at)];
  });
}
