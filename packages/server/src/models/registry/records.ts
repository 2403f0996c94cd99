import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { z } from "zod";
import { GivenManifest } from "../given-manifest.ts";
import { ModelManifest } from "../manifest.ts";
import { type FileOrigin, isCheckpoint } from "../origin.ts";
import { OutputDigest } from "../output-digest.ts";
import { hash } from "../prepared.ts";

/** The file of a registered model that says everything about it; the hash of its text is the model's id. */
export const MANIFEST = "manifest.json";

/** What a model gives on a picture of its folder, or on the pattern that needs none. */
const SelfTest = z.object({ picture: z.string().nullable(), expected: z.array(OutputDigest) });
export type SelfTest = z.infer<typeof SelfTest>;

/** What is written of a model that was added. */
export const ModelRecord = z.object({
  manifest: ModelManifest,
  /** What was said of it when it was added. */
  given: GivenManifest,
  /** The model as it was added. */
  file: z.string(),
  bytes: z.number(),
  /** SHA-256 of its files by their names, in hexadecimal. */
  sha256: z.record(z.string(), z.string()),
  selfTests: z.array(SelfTest),
});
export type ModelRecord = z.infer<typeof ModelRecord>;

/** A model that was added. */
export interface RegisteredModel {
  /** Hash of its record, and so of everything that belongs to it. */
  readonly id: string;
  readonly folder: string;
  readonly record: ModelRecord;
  readonly origin: FileOrigin;
}

/** Where models that were added lie, each in a folder named by its id, beside the prepared ones. */
export const addedFolder = (models: string): string => join(models, "added");
/** Where each name of a model has a file with the id it stands for. */
export const namesFolder = (models: string): string => join(models, "names");

/**
 * The model that was added under a name; undefined when none was.
 * @throws SensoriumError "model-invalid" when its record is damaged.
 */
export function findRegistered(models: string, name: string): RegisteredModel | undefined {
  const id = registeredId(models, name);
  if (id === undefined) return undefined;
  const folder = join(addedFolder(models), id);
  const text = textOf(join(folder, MANIFEST)) ?? "";
  const record = hash([text]) === id ? ModelRecord.safeParse(JSON.parse(text)).data : undefined;
  if (!record) {
    const why = `the record of the model ${name} is damaged: sensorium models remove ${name}, and add it again`;
    throw new SensoriumError("model-invalid", why);
  }
  return { id, folder, record, origin: originOf(folder, record) };
}

/** The id that a name stands for, whatever has become of the model; undefined when there is no such name. */
export function registeredId(models: string, name: string): string | undefined {
  const id = isModelName(name) ? textOf(join(namesFolder(models), name)) : undefined;
  return id !== undefined && /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

/** The names under which models were added, in order. */
export function registeredNames(models: string): string[] {
  try {
    return readdirSync(namesFolder(models)).filter(isModelName).sort();
  } catch {
    return [];
  }
}

/** Names are parts of paths and of commands: small letters, digits, and . _ - between them. */
export const isModelName = (name: string): boolean => /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(name);

/** How a model in `folder` is prepared. */
export function originOf(
  folder: string,
  { manifest, given, file }: Pick<ModelRecord, "given" | "file"> & { manifest: { name: string; source: string } },
): FileOrigin {
  const { name, source } = manifest;
  return { kind: isCheckpoint(file) ? "checkpoint" : "onnx", name, path: join(folder, file), given, source };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
