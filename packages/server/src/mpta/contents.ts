import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { checkPipeline, MANIFEST_NAME, nodesOf, type PipelineFile, SIGNATURE_NAME } from "@sensorium/protocol/mpta";
import { readEntryPath, shown } from "./entry-path.ts";
import { PIPELINE_NAME } from "./extract.ts";
import type { BundleFiles } from "./files.ts";
import { TEXT_BYTES } from "./limits.ts";
import { type Remark, remarkOn } from "./remark.ts";

/** What a bundle's files come to: a pipeline with all its models, unless there are problems. */
export interface Contents {
  readonly pipeline: PipelineFile | undefined;
  /** Where each `modelFile` is, under the name the pipeline gives it. */
  readonly models: ReadonlyMap<string, string>;
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
}

/** Reads the pipeline and looks for its models. Nothing of the bundle is run. */
export async function readContents(bundle: BundleFiles): Promise<Contents> {
  const read = await readJson(bundle, PIPELINE_NAME);
  if (!read.ok) return { pipeline: undefined, models: new Map(), problems: [read.problem], warnings: [] };
  const checked = checkPipeline(read.value);
  const warnings = checked.warnings.map((warning) => remarkOn(PIPELINE_NAME, warning));
  if (!checked.ok) {
    const problems = checked.problems.map((problem) => remarkOn(PIPELINE_NAME, problem));
    return { pipeline: undefined, models: new Map(), problems, warnings };
  }
  const { models, used, problems } = findModels(checked.file, bundle);
  return { pipeline: checked.file, models, problems, warnings: [...warnings, ...unusedFiles(bundle, used)] };
}

type ReadJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: Remark };

/** A file of the bundle as plain data. */
export async function readJson({ folder, files }: BundleFiles, name: string): Promise<ReadJson> {
  const problem = (message: string): ReadJson => ({ ok: false, problem: { where: name, message } });
  const file = files.get(name);
  if (!file) return problem("is missing");
  if (file.bytes > TEXT_BYTES) return problem(`is ${file.bytes} bytes long; at most ${TEXT_BYTES} are read`);
  const text = await readFile(join(folder, name), "utf8");
  try {
    return { ok: true, value: JSON.parse(text.replace(/^\uFEFF/, "")) };
  } catch (thrown) {
    // The rest of the reason repeats a part of the text, which may be a password.
    const [place = ""] = /\(line \d+ column \d+\)/.exec(String(thrown)) ?? [];
    return problem(`is not JSON ${place}`.trimEnd());
  }
}

interface FoundModels {
  readonly models: ReadonlyMap<string, string>;
  /** Paths of the models in the bundle. */
  readonly used: ReadonlySet<string>;
  readonly problems: readonly Remark[];
}

function findModels({ pipeline }: PipelineFile, { folder, files }: BundleFiles): FoundModels {
  const models = new Map<string, string>();
  const used = new Set<string>();
  const problems: Remark[] = [];
  for (const { node, path } of nodesOf(pipeline)) {
    const read = readEntryPath(node.modelFile);
    const message = read.ok ? absence(read.path, files) : `is ${shown(node.modelFile)}, which ${read.problem}`;
    if (message !== undefined || !read.ok) {
      problems.push(remarkOn(PIPELINE_NAME, { path: [...path, "modelFile"], atKey: false, message: message ?? "" }));
    } else {
      models.set(node.modelFile, join(folder, read.path));
      used.add(read.path);
    }
  }
  return { models, used, problems };
}

function absence(path: string, files: BundleFiles["files"]): string | undefined {
  const file = files.get(path);
  if (file && file.bytes > 0) return undefined;
  if (file) return `is ${path}, which is empty`;
  const there = [...files.keys()].filter(isModel);
  return `is ${path}, which is not in the bundle; ${there.length === 0 ? "there are no models" : `there are ${there.join(", ")}`}`;
}

const isModel = (path: string): boolean => /\.(?:pt|onnx)$/i.test(path);

const PROGRAMS = /\.(?:py|pyc|pyd|ipynb|js|mjs|cjs|ts|sh|bash|bat|cmd|ps1|rb|pl|lua|php|exe|so|dll|dylib|jar|wasm)$/i;
/** Files by which a bundle says what it is. */
const OWN_NAMES = [PIPELINE_NAME, MANIFEST_NAME, SIGNATURE_NAME];

/** What is in a bundle in vain, above all what somebody may expect to be run. */
function unusedFiles({ files }: BundleFiles, used: ReadonlySet<string>): Remark[] {
  return [...files.keys()].flatMap((path) => {
    const message = used.has(path) || OWN_NAMES.includes(path) ? undefined : unusedAs(path);
    return message === undefined ? [] : [{ where: shown(path), message }];
  });
}

function unusedAs(path: string): string | undefined {
  if (isModel(path)) return "is a model that no node of the pipeline names";
  if (PROGRAMS.test(path)) return "is a program; programs in bundles are never run";
  if (extname(path).toLowerCase() === ".json") return "is not used: descriptions of other services are never followed";
  return undefined;
}
