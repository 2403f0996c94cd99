import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { z } from "zod";
import { ModelManifest } from "./manifest.ts";
import { ownPath } from "./owned.ts";

/** A model ready for the runtime: its graph takes pictures as the capture threads write them. */
export interface PreparedModel {
  /** Hash of everything that went into it. */
  readonly key: string;
  readonly path: string;
  readonly manifest: ModelManifest;
}

const Entry = z.object({ manifest: ModelManifest, sha256: z.string() });

/** The entry under `key`; undefined when it is missing, damaged or of another preparation. */
export async function readPrepared(cacheFolder: string, key: string): Promise<PreparedModel | undefined> {
  try {
    const folder = join(cacheFolder, key);
    const path = join(folder, "model.onnx");
    const { manifest, sha256 } = Entry.parse(JSON.parse(await readFile(join(folder, "entry.json"), "utf8")));
    return sha256 === (await hashFiles([path])) ? { key, path, manifest } : undefined;
  } catch {
    return undefined;
  }
}

/** A new entry before it is known to be good. */
export interface NewEntry {
  readonly key: string;
  readonly manifest: ModelManifest;
  readonly graph: Uint8Array;
  /** Runs the graph where it lies aside; when it fails, nothing is kept. */
  prove(path: string): Promise<void>;
}

/**
 * Writes an entry aside, proves it, and moves it into place in one step: others see all of it or nothing.
 * @throws SensoriumError "store-failed" when it cannot be written, and what `prove` throws.
 */
export async function keepPrepared(cacheFolder: string, entry: NewEntry): Promise<PreparedModel> {
  const { key, manifest, graph, prove } = entry;
  const folder = join(cacheFolder, key);
  const draft = ownPath(folder);
  try {
    await writeFolder(draft, {
      "model.onnx": graph,
      "entry.json": JSON.stringify({ manifest, sha256: hash([graph]) }, null, 2),
    });
    await prove(join(draft, "model.onnx"));
    await rm(folder, { recursive: true, force: true });
    // When the place is taken, another process was faster with the same content.
    await rename(draft, folder).catch(() => undefined);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return { key, path: join(folder, "model.onnx"), manifest };
}

/**
 * Makes a folder for models, unless it is there.
 * @throws SensoriumError "store-failed" naming it.
 */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw notKept(folder, thrown);
  });
}

/**
 * Writes files into a new folder.
 * @throws SensoriumError "store-failed" naming the folder that it should have been in.
 */
export async function writeFolder(folder: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  await makeFolder(folder);
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content, { flush: true });
  } catch (thrown) {
    throw notKept(dirname(folder), thrown);
  }
}

/** What to say when a file of a model cannot be written into `folder`. */
export function notKept(folder: string, cause: unknown): SensoriumError {
  const full = cause instanceof Error && "code" in cause && cause.code === "ENOSPC";
  const why = full ? "its disk is full" : reasonOf(cause);
  return new SensoriumError("store-failed", `the model cannot be kept in ${folder}: ${why}`, { cause });
}

/** SHA-256 in hexadecimal of parts, one after the other. */
export function hash(parts: readonly (Uint8Array | string)[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(part);
  return sum.digest("hex");
}

/** The same of files and then parts; reads them piece by piece, however large they are. */
export async function hashFiles(paths: readonly string[], parts: readonly string[] = []): Promise<string> {
  const sum = createHash("sha256");
  for (const path of paths) for await (const piece of createReadStream(path)) sum.update(piece as Uint8Array);
  for (const part of parts) sum.update(part);
  return sum.digest("hex");
}
