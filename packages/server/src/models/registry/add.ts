import { copyFile, link, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { redactUrl } from "../../sources/address.ts";
import type { Limits } from "../apart.ts";
import { bundledModels } from "../catalogue.ts";
import type { GivenManifest } from "../given-manifest.ts";
import { unreadable } from "../origin-files.ts";
import { ownPath, sweep } from "../owned.ts";
import { prepareApart } from "../prepare-apart.ts";
import { hash, hashFiles, makeFolder, notKept } from "../prepared.ts";
import { type DownloadOptions, download } from "./download.ts";
import { type Quantised, quantiseApart } from "./quantised.ts";
import {
  addedFolder,
  findRegistered,
  isModelName,
  MANIFEST,
  type ModelRecord,
  namesFolder,
  originOf,
  type RegisteredModel,
} from "./records.ts";
import { runSelfTests } from "./self-test.ts";

/** What is to be added, and how. */
export interface AddOptions extends Omit<DownloadOptions, "folder"> {
  /** A file's path or an https:// address; what it is tells its ending: .onnx or .pt. */
  readonly from: string;
  /** The folder of models. */
  readonly models: string;
  /** What it is called; made of the file's name when absent. */
  readonly name?: string | undefined;
  /** What is known better than the file tells. */
  readonly given?: GivenManifest;
  /** A picture on which it is run now and by `verify`. */
  readonly picture?: string | undefined;
  /** A folder of typical pictures: it is kept computing on bytes if that is faster here and finds the same there. */
  readonly calibrate?: string | undefined;
  /** Of its first run. */
  readonly limits?: Limits;
  /** Called when it is there and about to be run. */
  readonly onTrial?: () => void;
  /** Called when it is about to be made to compute on bytes, and with what became of that. */
  readonly onCalibration?: (result?: Quantised) => void;
}

/**
 * Adds a model: fetches it, runs it once in a process of its own, and keeps it under its name. It is there as a whole
 * or not at all, whatever happens meanwhile. Adding the same again changes nothing.
 * @throws SensoriumError with one sentence when it cannot be had, is not what it should be, does not run, or another
 * model has the name.
 */
export async function addModel(options: AddOptions): Promise<RegisteredModel> {
  const { from, models, given = {} } = options;
  const isAddress = /^[a-z][a-z0-9+.-]+:\/\//i.test(from);
  const file = fileNameOf(isAddress ? (URL.parse(from)?.pathname ?? "") : from);
  const name = options.name ?? slugOf(file);
  refuseName(name);
  const folder = addedFolder(models);
  await makeFolder(folder);
  await sweep(folder);
  const draft = ownPath(join(folder, "draft"));
  try {
    await makeFolder(draft);
    const path = join(draft, file);
    if (isAddress) await fetched(from, path, options);
    else await copied(resolve(from), path, options);
    const source = isAddress ? redactUrl(from) : file;
    const record = await calibrated(draft, { ...options, given, file, naming: { name, source } });
    return await commit(draft, { models, name, record });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function fetched(from: string, path: string, options: AddOptions): Promise<void> {
  const folder = join(options.models, "downloads");
  await using complete = await download(from, { ...options, folder });
  await rename(complete.path, path);
}

async function copied(from: string, path: string, { sha256, models }: AddOptions): Promise<void> {
  await stat(from).catch((thrown: unknown) => {
    throw unreadable(from, thrown);
  });
  await copyFile(from, path).catch((thrown: unknown) => {
    throw notKept(models, thrown);
  });
  const sum = await hashFiles([path]);
  if (sha256 === undefined || sum === sha256.toLowerCase()) return;
  const why = `its SHA-256 is ${sum}, and ${sha256.toLowerCase()} was expected`;
  throw new SensoriumError("model-invalid", `${basename(from)} is not the file that it should be: ${why}`);
}

interface Draft extends AddOptions {
  readonly given: GivenManifest;
  readonly file: string;
  readonly naming: { readonly name: string; readonly source: string };
}

/** What is to be known of a model: of it computing on bytes where that is wanted and worth it. */
async function calibrated(draft: string, options: Draft): Promise<ModelRecord> {
  const { models, calibrate, onCalibration, given, file, naming } = options;
  const record = await proven(draft, options);
  if (calibrate === undefined) return record;
  onCalibration?.();
  const origin = originOf(draft, { given, file, manifest: naming });
  const prepared = await prepareApart(origin, models);
  const quantised = await quantiseApart({ origin, prepared, pictures: calibrate, draft, models });
  onCalibration?.(quantised);
  if (quantised.file === null) return record;
  await rm(join(draft, file));
  // Its file may tell less than the one that it was made of.
  const { name: _name, source: _source, ...known } = prepared.manifest;
  return await proven(draft, { ...options, given: known, file: quantised.file });
}

/** Everything that is to be known of a model that has run. */
async function proven(draft: string, options: Draft): Promise<ModelRecord> {
  const { models, given, file, naming, limits, picture } = options;
  const origin = originOf(draft, { given, file, manifest: naming });
  options.onTrial?.();
  const prepared = await prepareApart(origin, models, limits);
  const pictures = picture === undefined ? [] : [await pictureIn(draft, picture)];
  const tests = [null, ...pictures];
  const paths = tests.map((it) => (it === null ? null : join(draft, it)));
  const digests = await runSelfTests({ prepared, pictures: paths, folder: models, ...(limits && { limits }) });
  const files = [file, ...pictures];
  const sums = await Promise.all(files.map(async (it) => [it, await hashFiles([join(draft, it)])] as const));
  return {
    ...{ manifest: prepared.manifest, given, file },
    bytes: (await stat(join(draft, file))).size,
    sha256: Object.fromEntries(sums),
    selfTests: tests.map((it, index) => ({ picture: it, expected: digests[index] ?? [] })),
  };
}

async function pictureIn(draft: string, picture: string): Promise<string> {
  const name = `self-test${extname(picture).toLowerCase()}`;
  await copyFile(picture, join(draft, name)).catch((thrown: unknown) => {
    const why = `the picture ${basename(picture)} cannot be read`;
    throw new SensoriumError("config-invalid", why, { cause: thrown });
  });
  return name;
}

interface Commit {
  readonly models: string;
  readonly name: string;
  readonly record: ModelRecord;
}

/** The folder gets its place, then its name; each in one step, and the name is what makes it count. */
async function commit(draft: string, { models, name, record }: Commit): Promise<RegisteredModel> {
  const text = JSON.stringify(record, null, 2);
  const id = hash([text]);
  const folder = join(addedFolder(models), id);
  try {
    await writeFile(join(draft, MANIFEST), text, { flush: true });
    await rename(draft, folder).catch(async (thrown: unknown) => {
      // When the place is taken, it is by the same content.
      if (!(await stat(folder).catch(() => false))) throw thrown;
    });
    await claimName(models, { name, id });
  } catch (thrown) {
    throw thrown instanceof SensoriumError ? thrown : notKept(models, thrown);
  }
  return { id, folder, record, origin: originOf(folder, record) };
}

async function claimName(models: string, { name, id }: { readonly name: string; readonly id: string }): Promise<void> {
  const place = join(namesFolder(models), name);
  const aside = ownPath(join(addedFolder(models), "name"));
  await makeFolder(namesFolder(models));
  await writeFile(aside, id, { flush: true });
  try {
    // Unlike a rename, a link does not replace what is there.
    await link(aside, place);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
    if (findRegistered(models, name)?.id === id) return;
    const why = `another model is called ${name}: give this one another --name, or remove that one`;
    throw new SensoriumError("config-invalid", why);
  } finally {
    await rm(aside, { force: true });
  }
}

/** @throws SensoriumError "config-invalid" when a model cannot be called that. */
function refuseName(name: string): void {
  const bundled = bundledModels().some(({ origin }) => origin.name === name);
  if (!bundled && isModelName(name)) return;
  const why = bundled
    ? "it is the name of a bundled model"
    : "names have small letters, digits, and . _ - between them";
  throw new SensoriumError("config-invalid", `a model cannot be called ${JSON.stringify(name)}: ${why}`);
}

/** The last part of a path or address, without what some file systems do not take. */
function fileNameOf(path: string): string {
  const name = basename(path).replace(/[^\w.-]+/g, "_");
  if (/\.(onnx|pth?)$/i.test(name)) return name;
  throw new SensoriumError("model-unsupported", `${name || "it"} is neither an .onnx nor a .pt file`);
}

/** A name for a model of a file that has none: `YOLOX_Nano.onnx` is called `yolox_nano`. */
function slugOf(file: string): string {
  const stem = basename(file, extname(file)).toLowerCase();
  return stem
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, 64);
}
