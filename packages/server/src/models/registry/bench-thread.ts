/** Runs one model again and again for a while, and says how long each run took. */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { sessionOptions } from "../onnx/session-options.ts";
import type { PreparedModel } from "../prepared.ts";
import { testPattern } from "../trial.ts";

/** What is asked of the thread. It says "ready" once it has warmed up, begins when spoken to, and sends `Timings`. */
export interface BenchRequest {
  readonly model: PreparedModel;
  readonly executionProviders: readonly string[];
  readonly durationMs: number;
}

/** Milliseconds of each run, and of all of them together. */
export interface Timings {
  readonly runs: readonly number[];
  readonly tookMs: number;
}

const WARM_UP = 2;

if (!parentPort) throw new Error("this thread is started by the bench");
const { model, executionProviders, durationMs } = workerData as BenchRequest;
const { width, height } = model.manifest.input;
const session = await InferenceSession.create(model.path, sessionOptions(executionProviders));
const picture = new Tensor("uint8", testPattern(width, height), [1, 3, height, width]);
const [input = ""] = session.inputNames;
const run = () => session.run({ [input]: picture });

for (let warm = 0; warm < WARM_UP; warm++) await run();
parentPort.postMessage("ready");
await once(parentPort, "message");
const runs: number[] = [];
const started = performance.now();
while (performance.now() - started < durationMs) {
  const before = performance.now();
  await run();
  runs.push(performance.now() - before);
}
parentPort.postMessage({ runs, tookMs: performance.now() - started } satisfies Timings);
// Ending a thread inside the runtime aborts the process: the session goes first, then the thread by itself.
await session.release();
parentPort.close();
