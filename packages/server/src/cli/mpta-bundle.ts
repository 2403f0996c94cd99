import { mkdtemp, rm, stat } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { CapturePool } from "../capture/pool.ts";
import { InferencePool } from "../models/onnx/pool.ts";
import { type Bundle, type InspectedBundle, inspectBundle, inspectFolder } from "../mpta/bundle.ts";
import type { Trust } from "../mpta/integrity.ts";
import { lineOf, type Remark } from "../mpta/remark.ts";
import { type LoadedBundle, loadBundle } from "../mpta/run/loaded-bundle.ts";
import { silentLog } from "../observe/log.ts";
import { type ModelsFlags, modelsFolder } from "./models-folder.ts";

/** Looks at a bundle, or the folder of one, and keeps what it extracts for as long as `use` takes. */
export async function withInspected<T>(
  path: string,
  trust: Trust,
  use: (inspected: InspectedBundle) => Promise<T>,
): Promise<T> {
  const isFolder = await stat(path).then(
    (it) => it.isDirectory(),
    () => false,
  );
  if (isFolder) return await use(await inspectFolder(resolve(path)));
  const cacheFolder = await mkdtemp(join(tmpdir(), "sensorium-mpta-"));
  try {
    return await use(await inspectBundle(path, { ...trust, cacheFolder }));
  } finally {
    await rm(cacheFolder, { recursive: true, force: true });
  }
}

/**
 * The bundle that was looked at.
 * @throws SensoriumError "bundle-invalid" with all that is wrong with it.
 */
export function usable(inspected: InspectedBundle, path: string): Bundle {
  if (inspected.ok) return inspected.bundle;
  throw new SensoriumError("bundle-invalid", linesOf(inspected.problems, path).join("\n"));
}

/** Flags of the commands that run a bundle. */
export interface RunningFlags extends ModelsFlags {
  readonly threads?: number;
}

/** A bundle with its models, and what reads pictures for it. */
export interface RunningBundle {
  readonly loaded: LoadedBundle;
  readonly captures: CapturePool;
  readonly threads: number;
}

/** Loads a bundle's models for as long as `use` takes. */
export async function withLoaded<T>(
  bundle: Bundle,
  flags: RunningFlags,
  use: (running: RunningBundle) => Promise<T>,
): Promise<T> {
  const { threads = availableParallelism() } = flags;
  await using captures = new CapturePool(1);
  await using pool = new InferencePool({ threads, cacheFolder: modelsFolder(flags), log: silentLog });
  await using loaded = await loadBundle(bundle, pool);
  return await use({ loaded, captures, threads });
}

/** Remarks as people read them. */
export const linesOf = (remarks: readonly Remark[], path: string): string[] =>
  remarks.map((remark) => lineOf(remark, basename(path)));

/** Says something about a bundle on standard error. */
export function say(kind: "error" | "warning", remarks: readonly Remark[], path: string): void {
  for (const line of linesOf(remarks, path)) process.stderr.write(`${kind}: ${line}\n`);
}
