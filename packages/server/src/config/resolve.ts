import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import {
  Camera,
  type CheckedFile,
  type ConfigFile,
  type ConfigPath,
  type ConfigProblem,
  checkConfigFile,
  checkPart,
  Defaults,
} from "@sensorium/protocol/config";
import { DEFAULT_MODEL, findModel } from "../models/catalogue.ts";
import { assemble, type Config, type FolderOf, modelFolder } from "./assemble.ts";
import { type CameraConfig, cameraConfig, cameraOfSource, modelPath } from "./cameras.ts";
import { environmentsConfig } from "./environments.ts";
import { Layers, placed, valueAt, withoutEmpty } from "./layers.ts";
import { fillIn } from "./secrets.ts";
import { type GivenSettings, type Override, overridesOf, refuseDuplicates } from "./settings.ts";
import { readYaml, type YamlFile } from "./yaml-file.ts";

/** A configuration file's text, and the name it is complained about by. */
export interface ConfigText {
  readonly path: string;
  readonly text: string;
}

/** Everything a configuration is made of, the stronger first: flags and sources, the environment, the file. */
export interface ConfigRequest {
  /** Sources of the command line; they replace the file's cameras. */
  readonly sources?: readonly string[];
  readonly given?: GivenSettings;
  readonly environment?: NodeJS.ProcessEnv;
  readonly file?: ConfigText | undefined;
}

/** A complete configuration and what it was made of, or all that is wrong with it. */
export type Resolved =
  | {
      readonly ok: true;
      readonly config: Config;
      /** The same in the form of the file, complete but for what cameras take from the defaults. */
      readonly settings: ConfigFile;
      readonly layers: Layers;
      readonly yaml: YamlFile | undefined;
    }
  | { readonly ok: false; readonly problems: readonly Complaint[] };

/** One problem for people: with the place in the file, and without. */
export interface Complaint {
  readonly line: string;
  readonly sentence: string;
}

/** Puts a configuration together. Never throws; touches nothing but to see whether files are there. */
export function resolveConfig(request: ConfigRequest): Resolved {
  const { file, given = {}, sources = [], environment = process.env } = request;
  const yaml = file && readYaml(file.text);
  if (file && yaml && yaml.problems.length > 0) return { ok: false, problems: yamlComplaints(file, yaml) };
  try {
    const filled = fillIn(withoutEmpty(yaml?.value ?? {}), environment);
    const layers = new Layers(filled.value, [...overridesOf(given, environment), ...camerasOf(sources, filled.value)]);
    const problems = filled.problems.filter(({ path }) => layers.originOf(path).kind === "file");
    const resolved = resolveLayers({ file, yaml, layers, problems });
    return resolved.ok ? resolved : { ok: false, problems: resolved.problems.map((each) => hidden(each, filled.hide)) };
  } catch (thrown) {
    if (!(thrown instanceof SensoriumError)) throw thrown;
    return { ok: false, problems: [{ line: thrown.message, sentence: thrown.message }] };
  }
}

/** Part of a text that could not be used may be a secret all the same. */
function hidden({ line, sentence }: Complaint, hide: (text: string) => string): Complaint {
  return { line: hide(line), sentence: hide(sentence) };
}

interface Layered {
  readonly file: ConfigText | undefined;
  readonly yaml: YamlFile | undefined;
  readonly layers: Layers;
  readonly problems: readonly ConfigProblem[];
}

function resolveLayers({ file, yaml, layers, problems: before }: Layered): Resolved {
  const folder = file && dirname(file.path);
  const folderOf: FolderOf = (path) => (layers.originOf(path).kind === "file" ? folder : undefined);
  const checked = checkConfigFile(withMachineDefaults(layers.value));
  const cameras = camerasIn(layers.value, checked, folderOf);
  const problems = [...before, ...(checked.ok ? [] : checked.problems), ...cameras.problems];
  if (checked.ok && problems.length === 0) {
    const assembled = assemble(checked.file, { cameras: cameras.found, folderOf });
    if (assembled.ok) return { ok: true, config: assembled.config, settings: checked.file, layers, yaml };
    problems.push(...assembled.problems);
  }
  return { ok: false, problems: distinct(problems).map((problem) => complaintOf(problem, { file, yaml, layers })) };
}

/** The sources of the command line, or a simulated room where there are no cameras at all. */
function camerasOf(sources: readonly string[], file: unknown): Override[] {
  if (sources.length === 0 && valueAt(file, ["cameras"]) !== undefined) return [];
  const cameras = (sources.length === 0 ? ["simulated:"] : sources).map(cameraOfSource);
  refuseDuplicates(
    cameras.map(([id]) => id),
    "source",
  );
  const name = sources.length === 0 ? "default" : "command line";
  return [{ path: ["cameras"], value: Object.fromEntries(cameras), name, unnamed: true }];
}

function withMachineDefaults(value: unknown): unknown {
  const defaults: readonly (readonly [ConfigPath, unknown])[] = [
    [["models", "default"], DEFAULT_MODEL],
    [["models", "threads"], availableParallelism()],
    [["reset", "zone"], Intl.DateTimeFormat().resolvedOptions().timeZone],
  ];
  return defaults.reduce<unknown>(
    (whole, [path, standard]) => (valueAt(whole, path) === undefined ? placed(whole, path, standard) : whole),
    value,
  );
}

interface Cameras {
  readonly found: readonly CameraConfig[];
  readonly problems: readonly ConfigProblem[];
}

/** The cameras that are switched on, even where other parts of the file are wrong: all problems come at once. */
function camerasIn(value: unknown, checked: CheckedFile, folderOf: FolderOf): Cameras {
  const defaults = checked.ok ? checked.file.defaults : Defaults.parse({});
  const environments = environmentsConfig(checked.ok ? checked.file.environments : {});
  const model = checked.ok ? checked.file.models.default : undefined;
  const entries = Object.entries(valueAt(value, ["cameras"]) ?? {});
  const home = textAt(value, ["home"]) ?? ".sensorium";
  const models = modelFolder({ home, cacheFolder: textAt(value, ["models", "cacheFolder"]) }, folderOf);
  const problems: ConfigProblem[] = [];
  const found = entries.flatMap(([id, entry]) => {
    const camera = checkPart(Camera, entry);
    if (!camera.ok || !camera.file.enabled) return [];
    const path = ["cameras", id];
    const context = { defaults, environments, folder: folderOf(path), model: defaultModel(model, folderOf) };
    try {
      const config = cameraConfig(id, camera.file, context);
      problems.push(
        ...modelProblems(config, camera.file.model === undefined ? ["models", "default"] : [...path, "model"], {
          folderOf,
          models,
        }),
      );
      return [config];
    } catch (thrown) {
      problems.push({ path: [...path, "source"], atKey: false, message: reasonOf(thrown) });
      return [];
    }
  });
  return { found, problems };
}

const defaultModel = (model: string | undefined, folderOf: FolderOf): string =>
  modelPath(model ?? DEFAULT_MODEL, folderOf(["models", "default"]));

function textAt(value: unknown, path: ConfigPath): string | undefined {
  const found = valueAt(value, path);
  return typeof found === "string" ? found : undefined;
}

interface Folders {
  readonly folderOf: FolderOf;
  /** Where models are kept. */
  readonly models: string;
}

/** Flags and the environment are believed until the model is opened. */
function modelProblems(
  { model, source }: CameraConfig,
  path: ConfigPath,
  { folderOf, models }: Folders,
): ConfigProblem[] {
  if (source.kind === "simulated" || folderOf(path) === undefined) return [];
  try {
    findModel(model, models);
    return [];
  } catch (thrown) {
    return [{ path, atKey: false, message: reasonOf(thrown) }];
  }
}

/** Cameras share what they take from the defaults, and its problems. */
function distinct(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function complaintOf(problem: ConfigProblem, { file, yaml, layers }: Omit<Layered, "problems">): Complaint {
  const { path, atKey, message } = problem;
  const origin = layers.originOf(path);
  if (origin.kind === "override") {
    const { name, unnamed } = origin.override;
    const sentence = unnamed ? message : `the setting ${name} cannot be used: ${message}`;
    return { line: sentence, sentence };
  }
  const sentence = path.length === 0 ? message : `${path.join(".")}: ${message}`;
  if (!file || !yaml) return { line: sentence, sentence };
  const { line, col } = yaml.placeOf(path, atKey ? "key" : "value");
  return { line: `${file.path}:${line}:${col}: ${sentence}`, sentence };
}

function yamlComplaints({ path }: ConfigText, { problems }: YamlFile): Complaint[] {
  return problems.map(({ place, message: sentence }) => ({
    line: `${path}:${place.line}:${place.col}: ${sentence}`,
    sentence,
  }));
}
