import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { z } from "zod";
import type { ModelOrigin } from "./origin.ts";

/** One of the files that a model consists of. */
export interface OriginFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const TfjsManifest = z.looseObject({ weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()) })) });

/** The files a model consists of, the main one first. */
export async function originPaths(origin: ModelOrigin): Promise<string[]> {
  if (origin.kind !== "tfjs") return [origin.path];
  const main = await readModelFile(origin.path);
  const parsed = TfjsManifest.safeParse(parseJson(main));
  if (!parsed.success) throw new SensoriumError("model-invalid", `${main.name} is not a TensorFlow.js graph model`);
  const weights = parsed.data.weightsManifest.flatMap((group) => group.paths);
  return [origin.path, ...weights.map((path) => join(dirname(origin.path), basename(path)))];
}

/** @throws SensoriumError "model-not-found" naming the file. */
export async function readModelFile(path: string): Promise<OriginFile> {
  try {
    return { name: basename(path), bytes: await readFile(path) };
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** What to say of a model's file that cannot be read. */
export function unreadable(path: string, thrown: unknown): SensoriumError {
  const why = `the model file ${basename(path)} cannot be read: ${reasonOf(thrown)}`;
  return new SensoriumError("model-not-found", why, { cause: thrown });
}

/** @throws SensoriumError "model-invalid" when it is no JSON. */
export function parseJson({ name, bytes }: OriginFile): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new SensoriumError("model-invalid", `${name} is not JSON`, { cause });
  }
}
