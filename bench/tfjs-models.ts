import ort from "onnxruntime-node";
import { relativeDifference } from "../packages/model-import/src/testing/session.ts";
import {
  type Fed,
  feedOf,
  importUsed,
  runnerOnWasm,
  type UsedModel,
  usedModels,
} from "../packages/model-import/src/testing/tfjs-models.ts";
import { fixed, machine, median, printTable, type Rows } from "./table.ts";

const runs = 15;

/**
 * The TFJS models in use, converted, on ONNX Runtime, and as they are on TFJS with WASM and SIMD; one thread each, in
 * turns on one picture. Per model both medians, their ratio, and how far the outputs are apart, as the largest
 * |a − b| / max(|a|, |b|, floor).
 */
export async function tfjsModels(): Promise<Rows> {
  const rows: Rows[number][] = [];
  for (const model of usedModels) rows.push(await compare(model));
  return rows;
}

async function compare(model: UsedModel): Promise<Rows[number]> {
  const fed = await feedOf(model);
  const [onnx, tfjs] = [await runnerOnOnnx(model, fed), await runnerOnWasm(model, fed)];
  const [time, wasmTime] = await medians([onnx, async () => tfjs()]);
  const [ours, theirs] = [await onnx(), tfjs()];
  const floors = Object.values(model.outputs);
  const apart = Math.max(
    ...floors.map((floor, i) => relativeDifference(ours[i] ?? [], theirs[i] ?? [Number.NaN], floor)),
  );
  const times = `${fixed(time, 1, "ms")} against ${fixed(wasmTime, 1, "ms")} on WASM`;
  return [model.name, `${fixed(wasmTime / time, 2)} × faster`, `${times}, outputs within ${apart.toExponential(1)}`];
}

async function runnerOnOnnx(model: UsedModel, { first, dims }: Fed): Promise<() => Promise<ArrayLike<number>[]>> {
  const session = await ort.InferenceSession.create(importUsed(model), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  const feeds = { [model.input]: new ort.Tensor(first, dims) };
  return async () => {
    const results = await session.run(feeds);
    return Object.keys(model.outputs).map((name) => Float32Array.from((results[name]?.data ?? []) as Float32Array));
  };
}

/** Medians in milliseconds of two tasks run in turns, so that both meet the same load on the machine. */
async function medians([a, b]: readonly [() => Promise<unknown>, () => Promise<unknown>]): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let run = -2; run < runs; run++) {
    for (const [task, list] of [
      [a, times[0]],
      [b, times[1]],
    ] as const) {
      const start = performance.now();
      await task();
      if (run >= 0) list.push(performance.now() - start);
    }
  }
  return [median(times[0]), median(times[1])];
}

if (import.meta.main) printTable(`TFJS models · ${machine()}`, await tfjsModels());
