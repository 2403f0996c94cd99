import { basename } from "node:path";
import { type Limits, runApart } from "./apart.ts";
import { findPrepared } from "./find-prepared.ts";
import type { ModelOrigin } from "./origin.ts";
import { sweep } from "./owned.ts";
import type { PrepareRequest } from "./prepare-process.ts";
import { makeFolder, type PreparedModel } from "./prepared.ts";

/**
 * `prepareModel` for models that nobody has tried yet: they are converted, opened and run once in a process of their
 * own before they come into the cache. What is there already is only checked.
 * @throws SensoriumError with one sentence, also when the model has crashed its process or was stopped at its limits.
 */
export async function prepareApart(origin: ModelOrigin, cacheFolder: string, limits?: Limits): Promise<PreparedModel> {
  const found = await findPrepared(origin, cacheFolder);
  if (found) return found;
  await makeFolder(cacheFolder);
  const request: PrepareRequest = { origin, cacheFolder };
  try {
    return await runApart<PreparedModel>({
      script: new URL("./prepare-process.ts", import.meta.url),
      request,
      subject: `the model ${basename(origin.path)}`,
      folder: cacheFolder,
      ...(limits && { limits }),
    });
  } finally {
    await sweep(cacheFolder);
  }
}
