import { basename } from "node:path";
import { describeModel, fusePreprocess, importTfjs, importUltralytics } from "@sensorium/model-import";
import { SensoriumError } from "@sensorium/protocol";
import { findPrepared, settingsOf } from "./find-prepared.ts";
import { refuseForeign } from "./foreign-file.ts";
import { settleManifest } from "./given-manifest.ts";
import type { ModelManifest } from "./manifest.ts";
import type { ModelOrigin } from "./origin.ts";
import { type OriginFile, originPaths, parseJson, readModelFile } from "./origin-files.ts";
import { hash, keepPrepared, type PreparedModel } from "./prepared.ts";
import { settleShapes } from "./settle-shapes.ts";
import { tryModel } from "./trial.ts";

export type { PreparedModel } from "./prepared.ts";

/**
 * Reads, recognises and converts a model once, runs it on a picture, and keeps it in the cache; later calls only check
 * the entry. A bad model may take the process with it: `prepareApart` does this in another one.
 * @throws SensoriumError with a model code and one sentence.
 */
export async function prepareModel(origin: ModelOrigin, cacheFolder: string): Promise<PreparedModel> {
  const found = await findPrepared(origin, cacheFolder);
  if (found) return found;
  const files = await Promise.all((await originPaths(origin)).map(readModelFile));
  const key = hash([...files.map(({ bytes }) => bytes), settingsOf(origin)]);
  return await naming(origin, async () => {
    const { manifest, onnx } = await convert(origin, files);
    const graph = fusePreprocess(onnx, manifest.input);
    const prove = async (path: string): Promise<void> => void (await tryModel({ path, manifest }));
    return await keepPrepared(cacheFolder, { key, manifest, graph, prove });
  });
}

/** Converters and the runtime do not know file names: they are put in front of what they refuse. */
async function naming<T>({ path }: ModelOrigin, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof SensoriumError) || !thrown.code.startsWith("model-")) throw thrown;
    const why = `the model ${basename(path)} cannot be used: ${thrown.message}`;
    throw new SensoriumError(thrown.code, why, { cause: thrown });
  }
}

/** A model before its preprocessing is put inside its graph. */
export interface ConvertedModel {
  readonly manifest: ModelManifest;
  readonly onnx: Uint8Array;
}

/**
 * Reads, recognises and converts a model, without running it.
 * @throws SensoriumError with a model code and one sentence.
 */
export async function convertModel(origin: ModelOrigin): Promise<ConvertedModel> {
  const files = await Promise.all((await originPaths(origin)).map(readModelFile));
  return await naming(origin, () => convert(origin, files));
}

async function convert(origin: ModelOrigin, files: readonly OriginFile[]): Promise<ConvertedModel> {
  const onnx = await toOnnx(origin, files);
  const description = await settleShapes(onnx, describeModel(onnx));
  const { given = {}, source = basename(origin.path) } = origin.kind === "tfjs" ? {} : origin;
  const manifest = settleManifest(description, { given, name: origin.name, source });
  return { manifest, onnx };
}

async function toOnnx(origin: ModelOrigin, [main, ...weights]: readonly OriginFile[]): Promise<Uint8Array> {
  if (!main) throw new SensoriumError("internal", "a model without files");
  switch (origin.kind) {
    case "onnx":
      return refuseForeign(main.bytes);
    case "checkpoint":
      return (await importUltralytics(main.bytes)).onnx;
    case "tfjs": {
      const topology = parseJson(main);
      return importTfjs({ topology, weights: weights.map(({ bytes }) => bytes), outputs: origin.outputs });
    }
  }
}
