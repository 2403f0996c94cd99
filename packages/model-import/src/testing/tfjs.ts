import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { type GraphModel, loadGraphModelSync } from "@tensorflow/tfjs-converter";
import { env, getBackend, type io, ready, setBackend } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";

const modules = resolve(import.meta.dirname, "../../../../node_modules");

/** A TFJS graph model as files hold it. */
export interface TfjsFiles {
  readonly topology: {
    readonly format?: string;
    readonly modelTopology: object;
    readonly signature?: object;
    readonly weightsManifest: readonly { readonly weights: io.WeightsManifestEntry[] }[];
  };
  readonly weights: Uint8Array;
}

/** The files of a model that comes with the `human` package, by its name there. */
export const bundledPath = (name: string): string => resolve(modules, "@vladmandic/human/models", name);

/** A graph model from `<path>.json` and `<path>.bin`. */
export function readTfjs(path: string): TfjsFiles {
  const topology = JSON.parse(readFileSync(`${path}.json`).toString());
  return { topology, weights: new Uint8Array(readFileSync(`${path}.bin`)) };
}

/** The bundled person and vehicle detector. */
export const readCenternet = (): TfjsFiles => readTfjs(bundledPath("centernet"));

/** Chooses what TFJS computes with: `wasm` with SIMD on one thread, or plain JavaScript. */
export async function useTfjs(backend: "wasm" | "cpu"): Promise<void> {
  if (getBackend() === backend) return;
  setWasmPaths(`${resolve(modules, "@tensorflow/tfjs-backend-wasm/dist")}/`);
  setThreadsCount(1);
  await setBackend(backend);
  await ready();
  if (backend === "wasm" && !(await env().getAsync("WASM_HAS_SIMD_SUPPORT")))
    throw new Error("WASM runs without SIMD.");
}

/** The model as TFJS itself runs it. */
export function loadWithTfjs({ topology, weights }: TfjsFiles): GraphModel<io.IOHandlerSync> {
  const artifacts: io.ModelArtifacts = {
    ...topology,
    weightSpecs: topology.weightsManifest.flatMap((group) => group.weights),
    weightData: weights.slice().buffer,
  };
  return loadGraphModelSync({ load: () => artifacts });
}
