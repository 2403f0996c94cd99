import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { importTfjs } from "@sensorium/model-import";
import { type Tensor, tensor4d } from "@tensorflow/tfjs-core";
import ort from "onnxruntime-node";
import sharp from "sharp";
import { relativeDifference } from "../packages/model-import/src/testing/session.ts";
import { loadWithTfjs, readCenternet, type TfjsFiles, useTfjs } from "../packages/model-import/src/testing/tfjs.ts";
import { fixed, machine, median, printTable, type Rows } from "./table.ts";

const side = 512;
const input = "tower_0/images";
const detections = "tower_0/detections";
/** Below its floor a difference counts as absolute: one pixel for box sizes and boxes, a thousandth for scores. */
const floors = { "tower_0/wh": 1, "tower_0/keypoints": 1e-3, [detections]: 1 };
const runs = 15;

/**
 * The bundled CenterNet on ONNX Runtime and on TFJS with WASM and SIMD, one thread each, run in turns on one picture:
 * medians, their ratio, and how far the outputs are apart, as the largest |a − b| / max(|a|, |b|, floor).
 */
export async function centernet(): Promise<Rows> {
  const files = readCenternet();
  const pixels = await picture();
  const onnx = await onOnnxRuntime(files, pixels);
  const tfjs = await onTfjs(files, pixels);

  const [time, wasmTime] = await medians([() => onnx([detections]), () => tfjs([detections])]);
  const names = Object.keys(floors);
  const [ours, theirs] = [await onnx(names), await tfjs(names)];
  const differences = Object.entries(floors).map(([name, floor], i) => {
    const difference = relativeDifference(ours[i] ?? [], theirs[i] ?? [Number.NaN], floor);
    return [`${name}, relative difference`, difference.toExponential(1), `floor ${floor}`] as const;
  });
  return [
    ["CenterNet on ONNX Runtime", fixed(time, 1, "ms"), `one thread, median of ${runs}`],
    ["CenterNet on TFJS (WASM, SIMD)", fixed(wasmTime, 1, "ms"), "one thread, in turns with it"],
    ["times faster", fixed(wasmTime / time, 2)],
    ...differences,
  ];
}

/** Runs a model for some of its outputs and hands their values over. */
type Runner = (outputs: readonly string[]) => Promise<ArrayLike<number>[]>;

async function onOnnxRuntime(files: TfjsFiles, pixels: Uint8Array): Promise<Runner> {
  const options = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  } as const;
  const sessionFor = (outputs?: string[]) =>
    ort.InferenceSession.create(importTfjs(outputs ? { ...files, outputs } : files), options);
  const [whole, lean] = [await sessionFor(), await sessionFor([detections])];
  const count = side * side;
  const planes = Float32Array.from(pixels, (_, i) => pixels[(i % count) * 3 + Math.floor(i / count)] ?? 0);
  const feeds = { [input]: new ort.Tensor(planes, [1, 3, side, side]) };
  return async (outputs) => {
    const results = await (outputs.length === 1 ? lean : whole).run(feeds);
    return outputs.map((name) => Float32Array.from((results[name]?.data ?? []) as Float32Array));
  };
}

async function onTfjs(files: TfjsFiles, pixels: Uint8Array): Promise<Runner> {
  await useTfjs("wasm");
  const model = loadWithTfjs(files);
  const fed = tensor4d(Float32Array.from(pixels), [1, side, side, 3]);
  return async (outputs) => {
    const results: Tensor[] = [model.execute(fed, [...outputs])].flat();
    return results.map((tensor) => {
      const values = tensor.dataSync();
      tensor.dispose();
      return values;
    });
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

/** A street with people, or coloured noise where the shared pictures are missing: time does not depend on it. */
async function picture(): Promise<Uint8Array> {
  const file = resolve(import.meta.dirname, "../../shared/data/images/ultralytics/bus.jpg");
  if (!existsSync(file)) return Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 7919) % 251);
  return sharp(file).resize(side, side, { fit: "fill" }).removeAlpha().raw().toBuffer();
}

if (import.meta.main) printTable(`Bundled CenterNet · ${machine()}`, await centernet());
