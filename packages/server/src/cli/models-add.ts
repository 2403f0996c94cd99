import { readFile } from "node:fs/promises";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { type GivenManifest, parseGivenManifest } from "../models/given-manifest.ts";
import { type AddOptions, addModel } from "../models/registry/add.ts";
import { MODEL_HOSTS } from "../models/registry/hosts.ts";
import { KNOWN_MODELS } from "../models/registry/known.ts";
import type { Quantised } from "../models/registry/quantised.ts";
import type { RegisteredModel } from "../models/registry/records.ts";
import { describe } from "./models-commands.ts";
import { type ModelsFlags, modelsFolder, print } from "./models-folder.ts";
import { Progress } from "./progress.ts";

/** Flags of `models add`. */
export interface AddFlags extends ModelsFlags {
  readonly name?: string;
  readonly licence?: string;
  readonly manifest?: string;
  readonly picture?: string;
  readonly calibrate?: string;
  readonly sha256?: string;
  readonly allowHost?: readonly string[];
}

/** Adds a model of a file or an address, and prints what it is. */
export async function add(from: string, flags: AddFlags): Promise<void> {
  const { name, licence, manifest, picture, calibrate, sha256, allowHost = [] } = flags;
  const read = manifest === undefined ? {} : await readGiven(manifest);
  const given = { ...read, ...(licence !== undefined && { licence }) };
  const hosts = [...MODEL_HOSTS, ...allowHost];
  await report({ from, name, given, picture, calibrate, sha256, hosts, models: modelsFolder(flags) }, flags);
}

/** Fetches one of the models whose address and checksum are known, and prints what it is. */
export async function pull(name: string, flags: ModelsFlags): Promise<void> {
  const known = KNOWN_MODELS.find((model) => model.name === name);
  if (!known) {
    const names = KNOWN_MODELS.map((model) => model.name).join(", ");
    const why = `the address of a model called ${name} is not known (known: ${names}): add it by its own address`;
    throw new SensoriumError("model-not-found", why);
  }
  const { address, sha256, licence } = known;
  await report({ from: address, name, given: { licence }, sha256, models: modelsFolder(flags) }, flags);
}

async function report(options: AddOptions, flags: ModelsFlags): Promise<void> {
  let calibrated: Quantised | undefined;
  const onCalibration = (result?: Quantised): void => {
    calibrated = result;
    if (!result) say("computing on bytes, and comparing; this takes a minute or two…");
  };
  const added = await withProgress({ ...options, onCalibration });
  const { name } = added.record.manifest;
  const calibration = calibrated && { calibration: calibrated };
  print({ id: added.id, ...added.record, ...calibration }, flags, () => [
    ...describe(added),
    ...(calibrated ? [`numbers    ${calibrated.line}`] : []),
    ...["", `Use it: --model ${name}`],
  ]);
}

async function withProgress(options: AddOptions): Promise<RegisteredModel> {
  using parts = new DisposableStack();
  let bar: Progress | undefined;
  const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;
  const onProgress = (received: number, total: number | null): void => {
    if (total === null) return;
    bar ??= parts.use(new Progress("fetching", { total: megabytes(total), unit: "MB" }));
    bar.reach(megabytes(received));
  };
  const onTrial = (): void => {
    bar?.[Symbol.dispose]();
    say("running it once in a process of its own…");
  };
  return await addModel({ ...options, onProgress, onTrial });
}

function say(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
}

async function readGiven(path: string): Promise<GivenManifest> {
  const text = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw new SensoriumError("config-invalid", `the manifest ${path} cannot be read: ${reasonOf(thrown)}`);
  });
  try {
    return parseGivenManifest(JSON.parse(text), path);
  } catch (thrown) {
    if (thrown instanceof SensoriumError) throw thrown;
    throw new SensoriumError("config-invalid", `the manifest ${path} is not JSON: ${reasonOf(thrown)}`);
  }
}
