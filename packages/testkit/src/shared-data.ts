import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const shared = new URL("../../../../shared/data/", import.meta.url);

/** Real videos and models lie beside the project; without them their tests are left out, loudly, but never in CI. */
export function sharedData(path: string): string {
  return fileURLToPath(new URL(path, shared));
}

export const hasSharedData = existsSync(shared);

if (!hasSharedData) {
  if (process.env.CI) throw new Error(`the test data is missing: ${fileURLToPath(shared)}`);
  console.warn(`Tests on real videos and models are left out: there is no ${fileURLToPath(shared)}`);
}
