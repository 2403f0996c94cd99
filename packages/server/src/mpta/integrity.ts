import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { checkPart } from "@sensorium/protocol/config";
import {
  BundleManifest,
  MANIFEST_FORMAT,
  MANIFEST_NAME,
  nodesOf,
  type PipelineFile,
  SIGNATURE_NAME,
} from "@sensorium/protocol/mpta";
import { readJson } from "./contents.ts";
import type { BundleFiles } from "./files.ts";
import { TEXT_BYTES } from "./limits.ts";
import { type Remark, remarkOn } from "./remark.ts";

/** Whose signatures count. */
export interface Trust {
  /** Ed25519 public keys. */
  readonly keys?: readonly KeyObject[];
  /** Whether a bundle without a good signature is refused. */
  readonly requireSignature?: boolean;
}

/** What a bundle proves about itself. */
export interface Integrity {
  readonly manifest: BundleManifest | undefined;
  /** The key that has signed the manifest, as `fingerprintOf` writes it. */
  readonly signedBy: string | undefined;
  readonly problems: readonly Remark[];
  readonly warnings: readonly Remark[];
}

/**
 * Reads an Ed25519 public key.
 * @throws SensoriumError "config-invalid" when it is none.
 */
export function readPublicKey(pem: string | Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(typeof pem === "string" ? pem : Buffer.from(pem));
  } catch (cause) {
    throw new SensoriumError("config-invalid", `the public key cannot be read: ${reasonOf(cause)}`, { cause });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new SensoriumError("config-invalid", `the public key is not an Ed25519 key but ${key.asymmetricKeyType}`);
}

/** The SHA-256 of a public key, in hexadecimal digits. */
export const fingerprintOf = (key: KeyObject): string =>
  createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex");

/** Compares a bundle with its manifest, and the manifest with its signature; both are optional. */
export async function checkIntegrity(
  bundle: BundleFiles,
  pipeline: PipelineFile | undefined,
  trust: Trust,
): Promise<Integrity> {
  const draft = await checkDraft(bundle, pipeline);
  const { manifest } = draft;
  const signature = await checkSignature(bundle, { ...trust, isSomething: manifest !== undefined });
  const { signedBy, problem, warning } = signature;
  return {
    manifest,
    signedBy,
    problems: [...draft.problems, ...(manifest ? differences(manifest, bundle) : []), ...(problem ? [problem] : [])],
    warnings: [...draft.warnings, ...(warning ? [warning] : [])],
  };
}

/** Checks a manifest before it has checksums. */
export async function checkDraft(bundle: BundleFiles, pipeline: PipelineFile | undefined): Promise<Integrity> {
  const { manifest, isForeign, problems } = await readManifest(bundle);
  const message = `is not used: its format is not ${MANIFEST_FORMAT}`;
  return {
    manifest,
    signedBy: undefined,
    problems: [...problems, ...(manifest ? selfTestProblems(manifest, bundle, pipeline) : [])],
    warnings: isForeign ? [{ where: MANIFEST_NAME, message }] : [],
  };
}

interface ReadManifest {
  readonly manifest: BundleManifest | undefined;
  /** Whether there is a file of that name which is something else. */
  readonly isForeign: boolean;
  readonly problems: readonly Remark[];
}

/** The manifest of a bundle, as far as it has one of ours. */
export async function readManifest(bundle: BundleFiles): Promise<ReadManifest> {
  const none = { manifest: undefined, isForeign: false, problems: [] };
  if (!bundle.files.has(MANIFEST_NAME)) return none;
  const read = await readJson(bundle, MANIFEST_NAME);
  const format = read.ok ? (read.value as { format?: unknown } | null)?.format : undefined;
  if (!read.ok || format !== MANIFEST_FORMAT) return { ...none, isForeign: true };
  const checked = checkPart(BundleManifest, read.value);
  if (checked.ok) return { ...none, manifest: checked.file };
  return { ...none, problems: checked.problems.map((problem) => remarkOn(MANIFEST_NAME, problem)) };
}

function differences(manifest: BundleManifest, { files }: BundleFiles): Remark[] {
  const listed = Object.entries(manifest.files).flatMap(([path, { bytes, sha256 }]) => {
    const file = files.get(path);
    if (!file) return [{ where: path, message: `is missing, and ${MANIFEST_NAME} lists it` }];
    if (file.bytes === bytes && file.sha256 === sha256) return [];
    return [{ where: path, message: `is not the file that ${MANIFEST_NAME} lists: its checksum is another` }];
  });
  const unlisted = [...files.keys()].filter((path) => !isAboutFiles(path) && !Object.hasOwn(manifest.files, path));
  return [...listed, ...unlisted.map((where) => ({ where, message: `is not listed in ${MANIFEST_NAME}` }))];
}

/** The manifest cannot list itself, nor what is made of it. */
export const isAboutFiles = (path: string): boolean => path === MANIFEST_NAME || path === SIGNATURE_NAME;

function selfTestProblems(
  { selfTest }: BundleManifest,
  { files }: BundleFiles,
  pipeline: PipelineFile | undefined,
): Remark[] {
  if (!selfTest) return [];
  const remarks: Remark[] = [];
  const refuse = (at: string, message: string) => remarks.push({ where: `${MANIFEST_NAME}: selfTest.${at}`, message });
  if (!files.has(selfTest.picture)) refuse("picture", `is ${selfTest.picture}, which is not in the bundle`);
  const ids = pipeline ? nodesOf(pipeline.pipeline).map(({ node }) => node.modelId) : [];
  for (const id of Object.keys(selfTest.expect.branches)) {
    if (pipeline && !ids.includes(id))
      refuse(`expect.branches.${id}`, `is not a model of the pipeline; there are ${ids.join(", ")}`);
  }
  return remarks;
}

interface CheckedSignature {
  readonly signedBy?: string;
  readonly problem?: Remark;
  readonly warning?: Remark;
}

async function checkSignature(
  { folder, files }: BundleFiles,
  { keys = [], requireSignature = false, isSomething }: Trust & { readonly isSomething: boolean },
): Promise<CheckedSignature> {
  const remark = (message: string): Remark => ({ where: SIGNATURE_NAME, message });
  const file = files.get(SIGNATURE_NAME);
  if (!file) return requireSignature ? { problem: remark("is missing: only signed bundles are used here") } : {};
  if (!isSomething) return { problem: remark(`signs nothing: there is no usable ${MANIFEST_NAME}`) };
  if (keys.length === 0) {
    const unchecked = remark("is not checked: no public key is configured");
    return requireSignature ? { problem: unchecked } : { warning: unchecked };
  }
  if (file.bytes > TEXT_BYTES) return { problem: remark("is not a signature") };
  const manifest = await readFile(join(folder, MANIFEST_NAME));
  const signature = Buffer.from((await readFile(join(folder, SIGNATURE_NAME), "utf8")).trim(), "base64");
  const signer = keys.find((key) => verify(null, manifest, key, signature));
  return signer ? { signedBy: fingerprintOf(signer) } : { problem: remark("is not by any of the configured keys") };
}
