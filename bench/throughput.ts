import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { cameraId, micros } from "@sensorium/protocol";
import { CapturePool } from "../packages/server/src/capture/pool.ts";
import { fitPicture } from "../packages/server/src/capture/session.ts";
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

/** Frames per second of the model alone and of everything together, measured in turns within one run. */
export async function throughput({ video, model, threads, cacheFolder, rounds }: ThroughputOptions): Promise<Rows> {
  const origin = findModel(model);
  const prepared = await prepareModel(origin, cacheFolder);
  await using inference = new InferencePool({ threads, cacheFolder, log: silentLog });
  await using captures = new CapturePool(1);
  const detector = await inference.load(origin, { classes: ["person"] });
  const size = await pictureSize(captures, video, detector);
  await using bare = await BareModel.open(prepared.path, { threads, dims: [1, 3, size.height, size.width] });
  const alone: number[] = [];
  const whole: { fps: number; inferenceMs: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const { fps, frames, inferenceMs } = await endToEnd(captures, video, { detector, threads });
    whole.push({ fps, inferenceMs });
    alone.push(await bare.framesPerSecond(Math.ceil(frames / threads)));
  }
  const ratios = whole.map(({ fps }, i) => fps / (alone[i] ?? Number.NaN));
  return [
    [
      "bare model",
      fixed(median(alone), 1, "frames/s"),
      `${threads} single-threaded workers, ready-made ${size.width}×${size.height} input`,
    ],
    ["end to end", fixed(median(whole.map(({ fps }) => fps)), 1, "frames/s"), "decode, scale, infer, track, count"],
    [
      "ratio",
      fixed(median(ratios), 3),
      `median of ${rounds} rounds in turns: ${ratios.map((ratio) => ratio.toFixed(3)).join(", ")}`,
    ],
    [
      "inference within",
      fixed(median(whole.map(({ inferenceMs }) => inferenceMs)), 2, "ms"),
      "mean per frame, while the decoder shares the cores",
    ],
  ];
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

async function endToEnd(
  captures: CapturePool,
  video: string,
  { detector, threads }: { detector: Detector; threads: number },
) {
  const slots = 2 * threads + 2;
  await using capture = openCapture(captures, video, detector, slots);
  const analysis = new Analysis({ lines: [], thresholds: detector.model.thresholds });
  let frames = 0;
  let inferenceMs = 0;
  await capture.opened;
  const started = performance.now();
  for await (const watched of watch(capture, { detector, analysis, concurrency: slots })) {
    frames++;
    inferenceMs += watched.inferenceMs;
  }
  return { frames, fps: (1000 * frames) / (performance.now() - started), inferenceMs: inferenceMs / frames };
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
