import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describeModel, fusePreprocess, importTfjs } from "@sensorium/model-import";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { z } from "zod";
import type { ModelOrigin } from "./catalogue.ts";
import { recognise } from "./families/index.ts";
import { ModelManifest } from "./manifest.ts";
import { settleShapes } from "./settle-shapes.ts";

/** Grows when the same file would be prepared differently, so that old entries are not used. */
const PREPARATION = 2;

/** A model ready for the runtime: its graph takes pictures as the capture threads write them. */
export interface PreparedModel {
  /** Hash of everything that went into it. */
  readonly key: string;
  readonly path: string;
  readonly manifest: ModelManifest;
}

const Entry = z.object({ manifest: ModelManifest, sha256: z.string() });
const TfjsManifest = z.looseObject({ weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()) })) });

/**
 * Reads, recognises and converts a model once, into a cache addressed by the content of its files; later calls only
 * check the entry. Takes time and memory: `prepareApart` keeps both away from the caller.
 * @throws SensoriumError with a model code and one sentence.
 */
export async function prepareModel(origin: ModelOrigin, cacheFolder: string): Promise<PreparedModel> {
  const files = await readOrigin(origin);
  const key = hash(...files.map(({ bytes }) => bytes), JSON.stringify({ PREPARATION, ...origin, path: undefined }));
  const folder = join(cacheFolder, key);
  return (await readEntry(folder, key)) ?? (await makeEntry({ origin, files, folder, key }));
}

interface OriginFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

async function readOrigin(origin: ModelOrigin): Promise<OriginFile[]> {
  const main = await readModelFile(origin.path);
  if (origin.kind === "onnx") return [main];
  const parsed = TfjsManifest.safeParse(parseJson(main));
  if (!parsed.success) throw new SensoriumError("model-invalid", `${main.name} is not a TensorFlow.js graph model`);
  const paths = parsed.data.weightsManifest.flatMap((group) => group.paths);
  const weights = paths.map((path) => readModelFile(join(dirname(origin.path), basename(path))));
  return [main, ...(await Promise.all(weights))];
}

async function readModelFile(path: string): Promise<OriginFile> {
  try {
    return { name: basename(path), bytes: await readFile(path) };
  } catch (thrown) {
    const why = `the model file ${basename(path)} cannot be read: ${reasonOf(thrown)}`;
    throw new SensoriumError("model-not-found", why, { cause: thrown });
  }
}

function parseJson({ name, bytes }: OriginFile): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new SensoriumError("model-invalid", `${name} is not JSON`, { cause });
  }
}

/** An entry that is missing, damaged or of another preparation is made again. */
async function readEntry(folder: string, key: string): Promise<PreparedModel | undefined> {
  try {
    const path = join(folder, "model.onnx");
    const { manifest, sha256 } = Entry.parse(JSON.parse(await readFile(join(folder, "entry.json"), "utf8")));
    return sha256 === hash(await readFile(path)) ? { key, path, manifest } : undefined;
  } catch {
    return undefined;
  }
}

interface NewEntry {
  readonly origin: ModelOrigin;
  readonly files: readonly OriginFile[];
  readonly folder: string;
  readonly key: string;
}

async function makeEntry({ origin, files, folder, key }: NewEntry): Promise<PreparedModel> {
  const { manifest, fused } = await convert(origin, files);
  const draft = `${folder}.${randomUUID()}`;
  try {
    await mkdir(draft, { recursive: true });
    await writeFile(join(draft, "model.onnx"), fused);
    await writeFile(join(draft, "entry.json"), JSON.stringify({ manifest, sha256: hash(fused) }, null, 2));
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    const why = `the model ${origin.name} cannot be kept in ${dirname(folder)}: ${reasonOf(cause)}`;
    throw new SensoriumError("model-invalid", why, { cause });
  }
  await rm(folder, { recursive: true, force: true });
  try {
    await rename(draft, folder);
  } catch {
    // Another process was faster with the same content.
    await rm(draft, { recursive: true, force: true });
  }
  return { key, path: join(folder, "model.onnx"), manifest };
}

/** The converter does not know file names: they are put in front of what it refuses. */
async function convert(
  origin: ModelOrigin,
  files: readonly OriginFile[],
): Promise<{ manifest: ModelManifest; fused: Uint8Array }> {
  const source = basename(origin.path);
  try {
    const onnx = toOnnx(origin, files);
    const description = await settleShapes(onnx, describeModel(onnx));
    const manifest = { ...recognise(description), name: origin.name, source };
    return { manifest, fused: fusePreprocess(onnx, manifest.input) };
  } catch (thrown) {
    if (!(thrown instanceof SensoriumError)) throw thrown;
    throw new SensoriumError(thrown.code, `the model ${source} cannot be used: ${thrown.message}`, { cause: thrown });
  }
}

function toOnnx(origin: ModelOrigin, [main, ...weights]: readonly OriginFile[]): Uint8Array {
  if (!main) throw new SensoriumError("internal", "a model without files");
  if (origin.kind === "onnx") return main.bytes;
  return importTfjs({ topology: parseJson(main), weights: weights.map(({ bytes }) => bytes), outputs: origin.outputs });
}

function hash(...parts: readonly (Uint8Array | string)[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part);
  return sum.digest("hex");
}
