import { rm } from "node:fs/promises";
import { join } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { bundledModels } from "../catalogue.ts";
import { findPrepared } from "../find-prepared.ts";
import { addedFolder, findRegistered, namesFolder, registeredId } from "./records.ts";

/**
 * Removes a model that was added, also one whose files are damaged, and what was prepared of it.
 * @throws SensoriumError "model-not-found" when none was added under that name.
 */
export async function removeModel(models: string, name: string): Promise<void> {
  const id = registeredId(models, name);
  if (id === undefined) {
    const bundled = bundledModels().some(({ origin }) => origin.name === name);
    const why = bundled ? "it comes with the installation" : "no model was added under that name";
    throw new SensoriumError("model-not-found", `${name} cannot be removed: ${why}`);
  }
  const key = await preparedKey(models, name);
  // Without its name it is nobody's any more, whatever happens to its files.
  await rm(join(namesFolder(models), name), { force: true });
  await rm(join(addedFolder(models), id), { recursive: true, force: true });
  if (key !== undefined) await rm(join(models, key), { recursive: true, force: true });
}

async function preparedKey(models: string, name: string): Promise<string | undefined> {
  try {
    const registered = findRegistered(models, name);
    return registered && (await findPrepared(registered.origin, models))?.key;
  } catch {
    return undefined;
  }
}
