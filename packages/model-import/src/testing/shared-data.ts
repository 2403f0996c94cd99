import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe } from "vitest";

const root = resolve(import.meta.dirname, "../../../../../shared/data");

/** Path of a file or folder in the shared test data. */
export function sharedPath(path: string): string {
  return resolve(root, path);
}

/** A `describe` whose tests need the shared test data: skipped with a warning without it, failing when `CI` is set. */
export function describeWithSharedData(name: string, tests: () => void): void {
  const missing = !existsSync(root);
  if (missing && process.env.CI) throw new Error(`"${name}" needs the test data in ${root}, which is not there.`);
  if (missing) console.warn(`SKIPPED: "${name}" needs the test data in ${root}, which is not there.`);
  describe.skipIf(missing)(name, tests);
}
