import { basename } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import type { BundleManifest, PipelineFile } from "@sensorium/protocol/mpta";
import type { BundleSource } from "./archive.ts";
import { type Contents, readContents } from "./contents.ts";
import { extractBundle } from "./extract.ts";
import { type BundleFiles, readFolder } from "./files.ts";
import { checkDraft, checkIntegrity, type Integrity, type Trust } from "./integrity.ts";
import { type BundleLimits, DEFAULT_LIMITS } from "./limits.ts";
import { lineOf, type Remark } from "./remark.ts";

/** A bundle that can be used: a checked pipeline, and its models on disk. */
export interface Bundle {
  /** SHA-256 of the archive, in hexadecimal digits; of a folder, an empty text. */
  readonly digest: string;
  readonly pipeline: PipelineFile;
  /** Absolute paths of the models, by the `modelFile` of the nodes. */
  readonly models: ReadonlyMap<string, string>;
  /** All files of the bundle, and the folder they are in. */
  readonly files: BundleFiles;
  readonly manifest: BundleManifest | undefined;
  /** Fingerprint of the key that has signed the bundle. */
  readonly signedBy: string | undefined;
  readonly warnings: readonly Remark[];
}

/** A bundle, or all that is wrong with it; what is merely odd either way. */
export type InspectedBundle =
  | { readonly ok: true; readonly bundle: Bundle; readonly warnings: readonly Remark[] }
  | { readonly ok: false; readonly problems: readonly Remark[]; readonly warnings: readonly Remark[] };

export interface BundleOptions extends Trust {
  /** Where bundles are extracted to, each into a folder named by its hash. */
  readonly cacheFolder: string;
  readonly limits?: Partial<BundleLimits>;
}

/**
 * Extracts and checks a bundle. Nothing in it is run.
 * @throws SensoriumError "store-failed" when the cache cannot be written.
 */
export function inspectBundle(source: BundleSource, options: BundleOptions): Promise<InspectedBundle> {
  return asProblem(async () => {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const files = await extractBundle(source, { cacheFolder: options.cacheFolder, limits });
    const contents = await readContents(files);
    const integrity = await checkIntegrity(files, contents.pipeline, options);
    return conclude({ files, contents, integrity, digest: files.digest });
  });
}

/** The same for the folder that a bundle is to be made of; checksums and signature come with packing. */
export function inspectFolder(folder: string): Promise<InspectedBundle> {
  return asProblem(async () => {
    const files = await readFolder(folder);
    const contents = await readContents(files);
    const integrity = await checkDraft(files, contents.pipeline);
    return conclude({ files, contents, integrity, digest: "" });
  });
}

async function asProblem(inspect: () => Promise<InspectedBundle>): Promise<InspectedBundle> {
  try {
    return await inspect();
  } catch (thrown) {
    if (!(thrown instanceof SensoriumError) || thrown.code !== "bundle-invalid") throw thrown;
    return { ok: false, problems: [{ where: "", message: thrown.message }], warnings: [] };
  }
}

interface Findings {
  readonly files: BundleFiles;
  readonly contents: Contents;
  readonly integrity: Integrity;
  readonly digest: string;
}

function conclude({ files, contents, integrity, digest }: Findings): InspectedBundle {
  const problems = [...contents.problems, ...integrity.problems];
  const warnings = [...contents.warnings, ...integrity.warnings];
  const { pipeline, models } = contents;
  if (!pipeline || problems.length > 0) return { ok: false, problems, warnings };
  const { manifest, signedBy } = integrity;
  return { ok: true, bundle: { digest, pipeline, models, files, manifest, signedBy, warnings }, warnings };
}

/**
 * The same for those who need a bundle.
 * @throws SensoriumError "bundle-invalid" with all that is wrong, one sentence to a line.
 */
export async function openBundle(source: BundleSource, options: BundleOptions): Promise<Bundle> {
  const inspected = await inspectBundle(source, options);
  if (inspected.ok) return inspected.bundle;
  const name = nameOf(source);
  throw new SensoriumError("bundle-invalid", inspected.problems.map((problem) => lineOf(problem, name)).join("\n"));
}

/** What a bundle is called when something is said about it. */
export const nameOf = (source: BundleSource): string => (typeof source === "string" ? basename(source) : "the bundle");
