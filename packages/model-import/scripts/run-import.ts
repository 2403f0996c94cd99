/**
 * Converts a checkpoint and runs it over two made-up pictures, for `compare-with-pytorch.py`:
 * `node run-import.ts <checkpoint> <folder>` writes `input.f32` and `output.f32` into the folder and prints their shapes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importUltralytics } from "../src/index.ts";
import { runOnnx } from "../src/testing/session.ts";

const [checkpoint, folder] = process.argv.slice(2);
if (checkpoint === undefined || folder === undefined) throw new Error("usage: run-import.ts <checkpoint> <folder>");

const { onnx, manifest } = await importUltralytics(readFileSync(checkpoint));
const { width, height } = manifest.input;
const dims = [2, 3, height, width];
const data = noise(dims.reduce((a, b) => a * b, 1));
const { output0 } = await runOnnx(onnx, { images: { data, dims } });
if (output0 === undefined) throw new Error("the network has no output0");
writeFileSync(join(folder, "input.f32"), data);
writeFileSync(join(folder, "output.f32"), Float32Array.from(output0.values));
console.log(JSON.stringify({ input: dims, output: output0.dims }));

/** Numbers from 0 to 1 that are the same every time (a linear congruential generator). */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}
