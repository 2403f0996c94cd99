import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { cameraId, micros } from "@sensorium/protocol";
import { CapturePool } from "../packages/server/src/capture/pool.ts";
import { fitPicture } from "../packages/server/src/capture/tap.ts";
import { findModel } from "../packages/server/src/models/catalogue.ts";
import type { Detector } from "../packages/server/src/models/detector.ts";
import { InferencePool } from "../packages/server/src/models/onnx/pool.ts";
import { prepareModel } from "../packages/server/src/models/prepare.ts";
import { silentLog } from "../packages/server/src/observe/log.ts";
import { Analysis } from "../packages/server/src/pipeline/analysis.ts";
import { watch } from "../packages/server/src/pipeline/watch.ts";
import { parseSource } from "../packages/server/src/sources/source.ts";
import { fixed, median, type Rows } from "./table.ts";

export interface ThroughputOptions {
  readonly video: string;
  readonly model: string;
  readonly threads: number;
  readonly cacheFolder: string;
  readonly rounds: number;
}

/** Frames measured before it is the other's turn: short, so that whatever else the machine does meets both alike. */
const STRETCH = 200;

/** Frames per second of the model alone and of everything together, measured in turns within one run. */
export async function throughput({ video, model, threads, cacheFolder, rounds }: ThroughputOptions): Promise<Rows> {
  const origin = findModel(model);
  const prepared = await prepareModel(origin, cacheFolder);
  await using inference = new InferencePool({ threads, cacheFolder, log: silentLog });
  await using captures = new CapturePool(1);
  const detector = await inference.load(origin, { classes: ["person"] });
  const size = await pictureSize(captures, video, detector);
  await using bare = await BareModel.open(prepared.path, { threads, dims: [1, 3, size.height, size.width] });
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++)
    pairs.push(...(await takeTurns(captures, { video, detector, threads, bare })));
  const ratios = pairs.map(({ whole, alone }) => whole / alone);
  const range = `${pairs.length} turns of ${STRETCH} frames: ratio from ${fixed(Math.min(...ratios), 2)} to ${fixed(Math.max(...ratios), 2)}`;
  const input = `${threads} single-threaded workers, ready-made ${size.width}×${size.height} input`;
  return [
    ["bare model", fixed(median(pairs.map(({ alone }) => alone)), 1, "frames/s"), input],
    ["end to end", fixed(median(pairs.map(({ whole }) => whole)), 1, "frames/s"), "decode, scale, infer, track, count"],
    ["ratio", fixed(median(ratios), 3), range],
    [
      "inference within",
      fixed(median(pairs.map(({ inferenceMs }) => inferenceMs)), 2, "ms"),
      "per frame, while the decoder shares the cores",
    ],
  ];
}

/** Frames per second of both, one after the other. */
interface Pair {
  readonly whole: number;
  readonly alone: number;
  readonly inferenceMs: number;
}

interface TurnOptions {
  readonly video: string;
  readonly detector: Detector;
  readonly threads: number;
  readonly bare: BareModel;
}

/** Plays the video once; whenever a stretch of it has been measured, it stands still while the bare model runs. */
async function takeTurns(captures: CapturePool, { video, detector, threads, bare }: TurnOptions): Promise<Pair[]> {
  const slots = 2 * threads + 2;
  await using capture = openCapture(captures, video, detector, slots);
  const analysis = new Analysis({
    lines: [],
    zones: [],
    tracker: "byte-track",
    thresholds: detector.model.thresholds,
  });
  const pairs: Pair[] = [];
  let frames = 0;
  let inferenceMs = 0;
  let started = 0;
  for await (const watched of watch(capture, { detector, analysis, concurrency: slots })) {
    // What was finished while it stood still is not counted.
    if (frames++ < 2 * slots) {
      started = performance.now();
      inferenceMs = 0;
      continue;
    }
    inferenceMs += watched.inferenceMs;
    if (frames < 2 * slots + STRETCH) continue;
    const whole = (1000 * STRETCH) / (performance.now() - started);
    const alone = await bare.framesPerSecond(Math.ceil(STRETCH / threads));
    pairs.push({ whole, alone, inferenceMs: inferenceMs / STRETCH });
    frames = 0;
  }
  return pairs;
}

const handlers = { onView() {}, onStalled() {}, onResumed() {}, onWarning() {} };

function openCapture(captures: CapturePool, video: string, detector: Detector, slots: number) {
  const { format } = detector;
  return captures.open({
    camera: cameraId("bench"),
    source: parseSource(video),
    pace: "fast",
    format,
    slots,
    startAt: micros(0),
    handlers,
  });
}

async function pictureSize(captures: CapturePool, video: string, detector: Detector) {
  await using capture = openCapture(captures, video, detector, 1);
  const { size } = await capture.opened;
  if (!size || !detector.format) throw new Error("the video does not announce its size");
  return fitPicture(size, detector.format);
}

class BareModel implements AsyncDisposable {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  static async open(path: string, { threads, dims }: { threads: number; dims: readonly number[] }): Promise<BareModel> {
    const script = new URL("./bare-model.worker.ts", import.meta.url);
    const workers = Array.from({ length: threads }, () => new Worker(script, { workerData: { path, dims } }));
    await Promise.all(workers.map((worker) => once(worker, "message")));
    return new BareModel(workers);
  }

  async framesPerSecond(runsEach: number): Promise<number> {
    const started = performance.now();
    await Promise.all(
      this.#workers.map((worker) => {
        worker.postMessage(runsEach);
        return once(worker, "message");
      }),
    );
    return (1000 * runsEach * this.#workers.length) / (performance.now() - started);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#workers.map((worker) => {
        worker.postMessage(0);
        return once(worker, "exit");
      }),
    );
  }
}
