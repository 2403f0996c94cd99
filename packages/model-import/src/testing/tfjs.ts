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

/** The bundled person and vehicle detector. */
export function readCenternet(): TfjsFiles {
  const file = (name: string) => readFileSync(resolve(modules, "@vladmandic/human/models", name));
  return { topology: JSON.parse(file("centernet.json").toString()), weights: new Uint8Array(file("centernet.bin")) };
}

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
