import { SensoriumError } from "@sensorium/protocol";
import { bundledModels, DEFAULT_MODEL } from "../models/catalogue.ts";
import { KNOWN_MODELS } from "../models/registry/known.ts";
import { findRegistered, type RegisteredModel, registeredNames } from "../models/registry/records.ts";
import { removeModel } from "../models/registry/remove.ts";
import { type Verdict, verifyModel } from "../models/registry/verify.ts";
import { type ModelsFlags, modelsFolder, print } from "./models-folder.ts";
import { Progress } from "./progress.ts";

interface Listed {
  readonly name: string;
  readonly task: string;
  readonly licence: string;
  /** Where it is: with the installation, added, or on the web. */
  readonly state: "bundled" | "added" | "to pull";
  readonly default: boolean;
  readonly note: string;
}

/** Prints the models that can be used by name, and those that can be fetched by name. */
export function list(flags: ModelsFlags): void {
  const models = modelsFolder(flags);
  const bundled = bundledModels().map(({ origin: { name }, task, licence, note }): Listed => {
    return { name, task, licence, state: "bundled", default: name === DEFAULT_MODEL, note };
  });
  const added = registeredNames(models).map((name): Listed => listedOf(name, models));
  const taken = added.map(({ name }) => name);
  const others = KNOWN_MODELS.filter(({ name }) => !taken.includes(name)).map(
    ({ name, task, licence, note }): Listed => ({ name, task, licence, state: "to pull", default: false, note }),
  );
  const all = [...bundled, ...added, ...others];
  print(all, flags, () => [...all.map(lineOf), "Any other model: sensorium models add <file or address>"]);
}

function listedOf(name: string, models: string): Listed {
  const listed = { name, state: "added", default: false } as const;
  try {
    const { task, licence, source } = find(name, models).record.manifest;
    return { ...listed, task, licence, note: source };
  } catch {
    return { ...listed, task: "?", licence: "?", note: "damaged: remove it and add it again" };
  }
}

const lineOf = ({ name, task, licence, state, note, ...model }: Listed): string =>
  [
    (model.default ? `${name} (default)` : name).padEnd(22),
    state.padEnd(8),
    task.padEnd(11),
    licence.padEnd(12),
    note,
  ].join(" ");

/** Prints everything that is known of a model that was added. */
export function show(name: string, flags: ModelsFlags): void {
  const model = find(name, modelsFolder(flags));
  print({ id: model.id, folder: model.folder, ...model.record }, flags, () => describe(model));
}

/** Checks what was added, one model or all of them; ends with an error when something is wrong. */
export async function verify(name: string | undefined, flags: ModelsFlags): Promise<void> {
  const models = modelsFolder(flags);
  const names = name === undefined ? registeredNames(models) : [name];
  using progress = new Progress("verifying", { total: names.length, unit: "models" });
  const verdicts: Verdict[] = [];
  for (const each of names) {
    verdicts.push(await verifyModel(models, each));
    progress.reach(verdicts.length);
  }
  progress[Symbol.dispose]();
  const line = (verdict: Verdict): string => `${verdict.name}: ${verdict.problem ?? "as it was added"}`;
  print(verdicts, flags, () => (verdicts.length === 0 ? ["no model was added"] : verdicts.map(line)));
  if (verdicts.some(({ problem }) => problem !== null)) process.exitCode = 1;
}

/** Removes a model that was added. */
export async function remove(name: string, flags: ModelsFlags): Promise<void> {
  await removeModel(modelsFolder(flags), name);
  print({ removed: name }, flags, () => [`${name} is removed`]);
}

function find(name: string, models: string): RegisteredModel {
  const found = findRegistered(models, name);
  if (found) return found;
  throw new SensoriumError("model-not-found", `no model was added under the name ${name}`);
}

/** A model that was added, for people. */
export function describe({ record }: RegisteredModel): string[] {
  const { manifest, bytes, file, sha256, selfTests } = record;
  const { name, task, family, input, licence, source } = manifest;
  const rows: (readonly [string, string])[] = [
    ["name", name],
    ["task", `${task} (${family})`],
    ["input", `${input.width}×${input.height} ${input.order}, ${input.fit}`],
    ["licence", licence],
    ["source", source],
    ["file", `${file}, ${(bytes / 1e6).toFixed(1)} MB`],
    ["sha256", sha256[file] ?? ""],
    ["self-test", selfTests.map(({ picture }) => picture ?? "test pattern").join(", ")],
  ];
  if ("classes" in manifest) rows.splice(3, 0, ["classes", classesOf(manifest.classes)]);
  if ("thresholds" in manifest) rows.push(["thresholds", Object.values(manifest.thresholds).join(", ")]);
  return rows.map(([what, value]) => `${what.padEnd(11)}${value}`);
}

const SHOWN_CLASSES = 8;

function classesOf(classes: readonly string[]): string {
  const more = classes.length - SHOWN_CLASSES;
  return `${classes.slice(0, SHOWN_CLASSES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
