/** Runs a prepared model on one ready-made picture, over and over: nothing is decoded, scaled or tracked. */
import { readFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";

const { path, dims } = workerData as { path: string; dims: number[] };
const session = await InferenceSession.create(await readFile(path), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
});
const picture = new Uint8Array(dims.reduce((product, size) => product * size, 1)).map((_, i) => (i * 7919) % 256);
const feeds = { [session.inputNames[0] ?? ""]: new Tensor("uint8", picture, dims) };
await session.run(feeds);
parentPort?.postMessage("ready");

parentPort?.on("message", async (runs: number) => {
  if (runs === 0) {
    await session.release();
    parentPort?.close();
    return;
  }
  for (let run = 0; run < runs; run++) await session.run(feeds);
  parentPort?.postMessage("done");
});
