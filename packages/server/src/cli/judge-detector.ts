import { basename } from "node:path";
import { type AveragePrecision, averagePrecision, type JudgedPicture, type TrueObjects } from "@sensorium/perception";
import { cameraId, micros, SensoriumError } from "@sensorium/protocol";
import { CapturePool } from "../capture/pool.ts";
import { findModel } from "../models/catalogue.ts";
import type { Detector, Inference } from "../models/detector.ts";
import { manifestFor } from "../models/manifest.ts";
import { InferencePool } from "../models/onnx/pool.ts";
import { prepareApart } from "../models/prepare-apart.ts";
import { silentLog } from "../observe/log.ts";
import { parseSource } from "../sources/source.ts";
import type { LabelledPicture, LabelledPictures } from "./coco.ts";

/** Precision at high recalls depends on weak detections too, far below what a tracker wants to see. */
const MIN_SCORE = 0.001;

/** What a set of pictures is judged with. */
export interface JudgeOptions {
  /** A bundled model's name or a path. */
  readonly model: string;
  readonly threads: number;
  readonly cacheFolder: string;
  /** Called with the number of pictures done so far. */
  readonly onPicture?: (done: number) => void;
}

/** How good a detector is on a set of pictures; classes are indices into the set's. */
export interface JudgedDetector {
  readonly precision: AveragePrecision;
  readonly classes: readonly string[];
  /** Classes of the set that the model does not know: their objects are left out. */
  readonly unknown: readonly string[];
  /** Mean milliseconds per picture, of the model alone. */
  readonly inferenceMs: number;
  readonly judged: readonly JudgedPicture[];
}

/**
 * Average precision of a detector on labelled pictures. They take the way of a camera's: same decoder, same scaler.
 * @throws SensoriumError when the model knows none of the classes, or a picture is not the one that was labelled.
 */
export async function judgeDetector(set: LabelledPictures, options: JudgeOptions): Promise<JudgedDetector> {
  const { threads, cacheFolder, onPicture = () => undefined } = options;
  const origin = findModel(options.model, cacheFolder);
  const manifest = manifestFor("detect", (await prepareApart(origin, cacheFolder)).manifest);
  const known = set.classes.filter((name) => manifest.classes.includes(name));
  if (known.length === 0) {
    const some = set.classes.slice(0, 8).join(", ");
    throw new SensoriumError("config-invalid", `the model ${manifest.name} knows none of the classes ${some}`);
  }
  await using captures = new CapturePool(1);
  await using inference = new InferencePool({ threads, cacheFolder, log: silentLog });
  const detector = await inference.load(origin, { classes: known, minScore: MIN_SCORE });
  const inSet = manifest.classes.map((name) => set.classes.indexOf(name));
  const judged: JudgedPicture[] = [];
  let inferenceMs = 0;
  let done = 0;
  await inParallel([...set.pictures.entries()], 2 * threads + 1, async ([index, picture]) => {
    const inferred = await look(picture, { captures, detector });
    inferenceMs += inferred.inferenceMs;
    const classes = inferred.detections.classes.map((classIndex) => inSet[classIndex] ?? 0);
    judged[index] = {
      truth: only(picture.truth, (classIndex) => inSet.includes(classIndex)),
      found: { ...inferred.detections, classes },
    };
    onPicture(++done);
  });
  return {
    precision: averagePrecision(judged),
    classes: set.classes,
    unknown: set.classes.filter((name) => !known.includes(name)),
    inferenceMs: inferenceMs / set.pictures.length,
    judged,
  };
}

/** So many items at a time, each as soon as another is done. */
async function inParallel<T>(items: Iterable<T>, lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

interface Eyes {
  readonly captures: CapturePool;
  readonly detector: Detector;
}

async function look({ path, size }: LabelledPicture, { captures, detector }: Eyes): Promise<Inference> {
  await using capture = captures.open({
    camera: cameraId(path),
    source: parseSource(path),
    pace: "fast",
    format: detector.format,
    slots: 1,
    startAt: micros(0),
    handlers: { onView: ignore, onStalled: ignore, onResumed: ignore, onWarning: ignore },
  });
  for await (const frame of capture.frames()) {
    using picture = frame;
    const { width, height } = picture.size;
    if (width !== size.width || height !== size.height) {
      const labelled = `${size.width}×${size.height}`;
      throw invalid(`the picture ${basename(path)} is ${width}×${height} and was labelled at ${labelled}`);
    }
    return await detector.detect(picture);
  }
  throw invalid(`the picture ${basename(path)} is empty`);
}

const ignore = (): void => undefined;

/** The objects of some classes. */
function only(truth: TrueObjects, isWanted: (classIndex: number) => boolean): TrueObjects {
  const kept = [...truth.classes.keys()].filter((index) => isWanted(truth.classes[index] ?? 0));
  return {
    count: kept.length,
    boxes: Float32Array.from(kept.flatMap((index) => [...truth.boxes.subarray(4 * index, 4 * index + 4)])),
    classes: Uint16Array.from(kept, (index) => truth.classes[index] ?? 0),
    crowds: Uint8Array.from(kept, (index) => truth.crowds[index] ?? 0),
  };
}

const invalid = (why: string): SensoriumError => new SensoriumError("config-invalid", why);
