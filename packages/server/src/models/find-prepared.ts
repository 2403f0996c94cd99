import type { ModelOrigin } from "./origin.ts";
import { originPaths, unreadable } from "./origin-files.ts";
import { hashFiles, type PreparedModel, readPrepared } from "./prepared.ts";

/** Grows when the same file would be prepared differently, so that old entries are not used. */
const PREPARATION = 4;

/**
 * The model as it was prepared before, into a cache addressed by the content of its files; undefined when it was not.
 * @throws SensoriumError "model-not-found" when its files cannot be read.
 */
export async function findPrepared(origin: ModelOrigin, cacheFolder: string): Promise<PreparedModel | undefined> {
  const paths = await originPaths(origin);
  const key = await hashFiles(paths, [settingsOf(origin)]).catch((thrown: unknown) => {
    throw unreadable(origin.path, thrown);
  });
  return await readPrepared(cacheFolder, key);
}

/** What beside the files decides how a model is prepared. */
export const settingsOf = (origin: ModelOrigin): string => JSON.stringify({ PREPARATION, ...origin, path: undefined });
