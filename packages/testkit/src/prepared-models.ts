/** A folder of prepared models for a whole run of the tests: each is prepared once, whatever the number of files. */
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VARIABLE = "SENSORIUM_TEST_MODELS";

/** For vitest's `globalSetup`: makes the folder, and removes it after the run. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "sensorium-prepared-"));
  process.env[VARIABLE] = folder;
  return () => rm(folder, { recursive: true, force: true });
}

/** The folder: for tests that need a model and do not watch how it is prepared. */
export function preparedModels(): string {
  const folder = process.env[VARIABLE];
  if (folder === undefined) throw new Error(`${VARIABLE} is not set: run this with vitest`);
  return folder;
}

/** A folder that goes with the test; without its own models, for a server's or a command's `--home`. */
export async function temporaryHome(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "sensorium-home-"));
  await symlink(preparedModels(), join(path, "models"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
