import { type Polygon, posesOfTracks } from "@sensorium/perception";
import {
  type Detections,
  type Embedding,
  type Micros,
  type Poses,
  SensoriumError,
  type Size,
  type WallMs,
  wallMs,
} from "@sensorium/protocol";
import type { Frame } from "../flow/frame.ts";
import { inOrder } from "../flow/in-order.ts";
import type { Detector, Inference } from "../models/detector.ts";
import type { Thresholds } from "../models/manifest.ts";
import type { Analysed, Analysis } from "./analysis.ts";
import type { Looks } from "./appearance-finder.ts";
import type { SurfacesShown, TrackedFrame } from "./camera-view.ts";
import type { FoundSurfaces } from "./dense-pose-finder.ts";
import type { Finders } from "./finders.ts";
import { outside } from "./masks.ts";

/** One frame that was looked at, and what came of it. */
export interface Watched extends Analysed {
  readonly sequence: number;
  readonly at: Micros;
  readonly capturedMs: WallMs;
  readonly decodedMs: WallMs;
  readonly inferredMs: WallMs;
  /** Milliseconds the model took. */
  readonly inferenceMs: number;
  /** Of each track, as in `Poses`, scores 0 for who has none; null where no pose model runs. */
  readonly keypoints: Float32Array | null;
  /** Of each track, null for who was not looked at; null where no re-identification model runs. */
  readonly appearances: readonly (Embedding | null)[] | null;
  /** Null where no DensePose model runs. */
  readonly surfaces: SurfacesShown | null;
}

/** Which frame it is, and when what was done with it. */
export const momentOf = (watched: Watched): Pick<TrackedFrame, "sequence" | "at" | "times"> => {
  const { sequence, at, capturedMs, decodedMs, inferredMs, inferenceMs } = watched;
  return { sequence, at, times: { capturedMs, decodedMs, inferredMs, inferenceMs } };
};

/** What is looked at: a capture, or a stream that outlives its connections. */
export interface Watchable {
  frames(): AsyncIterable<Frame>;
  /** Somebody is seen at media time `at`. */
  attend(at: number): void;
}

export interface WatchOptions extends Finders {
  readonly detector: Detector;
  readonly analysis: Analysis;
  /** Frames under way at once; their results are analysed in order. */
  readonly concurrency: number;
  /** Parts of the picture, in fractions, in which nothing is looked for. */
  readonly masks?: readonly Polygon[];
  /** A frame goes to the detector. */
  onInferring?(sequence: number): void;
  /** A frame's detector was lost. Without this the whole watch fails. */
  onLost?(sequence: number, error: SensoriumError): void;
}

interface Looked {
  readonly sequence: number;
  readonly at: Micros;
  readonly capturedMs: WallMs;
  readonly decodedMs: WallMs;
  readonly inferredMs: WallMs;
  readonly size: Size;
  readonly inference: Inference | null;
  readonly poses: Poses | null;
  readonly looks: Looks | null;
  readonly found: FoundSurfaces | null;
}

/**
 * The pipeline: frames to detections to tracks and crossings, in the order of the frames. Ends with the source and
 * fails as it does; reconnecting is its caller's business.
 */
export async function* watch(capture: Watchable, options: WatchOptions): AsyncGenerator<Watched, void, undefined> {
  const { analysis, concurrency } = options;
  for await (const looked of inOrder(capture.frames(), (frame) => look(frame, options), { concurrency })) {
    const { inference, poses, looks, found, size, ...moment } = looked;
    if (!inference) continue;
    const detections = outside(options.masks ?? [], inference.detections, size);
    const analysed = analysis.step(detections, { size, at: moment.at });
    if (isSomebody(detections, analysed, options.detector.model.thresholds)) capture.attend(moment.at);
    const keypoints = poses && posesOfTracks(analysed.tracked, inSizeOf(analysed.size, poses, size));
    const seen = { at: moment.at, from: size, size: analysed.size };
    const appearances = (looks && options.appearances?.follow(analysed.tracked, looks, seen)) ?? null;
    const surfaces = options.densePoses?.follow(analysed.tracked, found, seen) ?? null;
    yield { ...moment, ...analysed, inferenceMs: inference.inferenceMs, keypoints, appearances, surfaces };
  }
}

/** Whether the next frames are worth looking at: somebody is tracked, or may be once he is seen again. */
const isSomebody = ({ scores }: Detections, { tracked }: Analysed, { start }: Thresholds): boolean =>
  tracked.count > 0 || scores.some((score) => score >= start);

async function look(frame: Frame, options: WatchOptions): Promise<Looked> {
  using held = frame;
  const { sequence, at, capturedMs, decodedMs, size } = held;
  options.onInferring?.(sequence);
  const inference = await detect(held, options);
  const [poses = null, looks = null, found = null] = inference
    ? await Promise.all([
        inference.poses ?? options.poses?.find(held, inference.detections),
        options.appearances?.find(held, inference.detections),
        options.densePoses?.find(held, inference.detections),
      ])
    : [];
  const inferredMs = wallMs(Date.now());
  return { sequence, at, capturedMs, decodedMs, size, inference, poses, looks, found, inferredMs };
}

/** Poses of a source that has changed its resolution, in the pixels that its tracks are in. */
function inSizeOf(to: Size, poses: Poses, from: Size): Poses {
  if (to.width === from.width && to.height === from.height) return poses;
  const [across, down] = [to.width / from.width, to.height / from.height];
  return {
    ...poses,
    boxes: poses.boxes.map((value, i) => value * (i % 2 === 0 ? across : down)),
    keypoints: poses.keypoints.map((value, i) => value * ([across, down, 1][i % 3] ?? 1)),
  };
}

async function detect(frame: Frame, { detector, onLost }: WatchOptions): Promise<Inference | null> {
  try {
    return await detector.detect(frame);
  } catch (thrown) {
    const lost = thrown instanceof SensoriumError && thrown.code === "worker-lost";
    if (!lost || !onLost) throw thrown;
    onLost(frame.sequence, thrown);
    return null;
  }
}
