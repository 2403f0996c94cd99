import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { BundleManifest, MANIFEST_FORMAT, MANIFEST_NAME, SIGNATURE_NAME } from "@sensorium/protocol/mpta";
import { ZipFile } from "yazl";
import { type Bundle, openBundle } from "./bundle.ts";
import { type BundleFiles, readFolder } from "./files.ts";
import { isAboutFiles, readManifest } from "./integrity.ts";
import { lineOf } from "./remark.ts";

export interface PackOptions {
  /** The file to write; an existing one is replaced once the new one is known to be good. */
  readonly out: string;
  /** For the manifest, in place of what the folder's own says. */
  readonly licence?: string | undefined;
  /** An Ed25519 key to sign with. */
  readonly key?: KeyObject | undefined;
}

/** A bundle that was made. */
export type PackedBundle = Pick<Bundle, "digest" | "signedBy" | "warnings">;

/**
 * Makes a bundle of a folder, with the checksums of all its files. The folder's own manifest, if there is one, says the
 * name, licence and self-test. The same folder gives the same bytes whenever it is packed. The result has been opened
 * and found good before it takes its place.
 * @throws SensoriumError "bundle-invalid" with all that is wrong, one sentence to a line; "store-failed" when it cannot
 * be written.
 */
export async function packBundle(folder: string, { out, licence, key }: PackOptions): Promise<PackedBundle> {
  const files = await readSource(folder, out);
  const added = signed(await manifestFor(files, licence), key);
  const draft = `${resolve(out)}.${randomUUID()}`;
  const check = `${draft}.check`;
  try {
    await writeArchive(draft, files, added);
    const bundle = await openBundle(draft, { cacheFolder: check, keys: key ? [createPublicKey(key)] : [] });
    await rename(draft, out);
    return { digest: bundle.digest, signedBy: bundle.signedBy, warnings: bundle.warnings };
  } catch (cause) {
    if (cause instanceof SensoriumError) throw cause;
    throw new SensoriumError("store-failed", `${out} cannot be written: ${reasonOf(cause)}`, { cause });
  } finally {
    await Promise.all([draft, check].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function readSource(folder: string, out: string): Promise<BundleFiles> {
  try {
    return await readFolder(resolve(folder), [resolve(out)]);
  } catch (cause) {
    const reason = cause instanceof SensoriumError ? cause.message : `cannot be read: ${reasonOf(cause)}`;
    throw new SensoriumError("bundle-invalid", `${basename(resolve(folder))} ${reason}`, { cause });
  }
}

/** The manifest as a file, and its signature as another one. */
function signed(manifest: BundleManifest, key: KeyObject | undefined): Added[] {
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  if (!key) return [{ name: MANIFEST_NAME, bytes }];
  const signature = Buffer.from(`${sign(null, bytes, key).toString("base64")}\n`);
  return [
    { name: MANIFEST_NAME, bytes },
    { name: SIGNATURE_NAME, bytes: signature },
  ];
}

/**
 * Reads an Ed25519 private key.
 * @throws SensoriumError "config-invalid" when it is none.
 */
export function readPrivateKey(pem: string | Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(typeof pem === "string" ? pem : Buffer.from(pem));
  } catch (cause) {
    throw new SensoriumError("config-invalid", "the private key cannot be read: it is no unencrypted PEM file", {
      cause,
    });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw new SensoriumError("config-invalid", `the private key is not an Ed25519 key but ${key.asymmetricKeyType}`);
}

async function manifestFor(folder: BundleFiles, licence: string | undefined): Promise<BundleManifest> {
  const { manifest, isForeign, problems } = await readManifest(folder);
  if (isForeign) {
    const why = `${MANIFEST_NAME} is of another format than ${MANIFEST_FORMAT}, and a bundle has its own under that name`;
    throw new SensoriumError("bundle-invalid", why);
  }
  if (problems.length > 0) {
    throw new SensoriumError("bundle-invalid", problems.map((problem) => lineOf(problem, "the bundle")).join("\n"));
  }
  const files = [...folder.files].filter(([path]) => !isAboutFiles(path)).sort(byPath);
  return BundleManifest.parse({
    ...manifest,
    format: MANIFEST_FORMAT,
    ...(licence !== undefined && { licence }),
    files: Object.fromEntries(files),
  });
}

const byPath = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

/** What is compressed already. */
const DENSE = /\.(?:jpe?g|png|zip)$/i;
/** The beginning of a zip's time, in whatever zone, so that the clock leaves no trace. */
const NO_TIME = new Date(1980, 0, 1);

interface Added {
  readonly name: string;
  readonly bytes: Buffer;
}

async function writeArchive(path: string, { folder, files }: BundleFiles, added: readonly Added[]): Promise<void> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on("error", (error: Error) => output.destroy(error));
  const same = { mtime: NO_TIME, forceDosTimestamp: true, mode: 0o100644 };
  for (const name of [...files.keys()].filter((each) => !isAboutFiles(each)).sort()) {
    zip.addFile(join(folder, name), name, { ...same, compress: !DENSE.test(name) });
  }
  for (const { name, bytes } of added) zip.addBuffer(bytes, name, same);
  zip.end();
  await pipeline(output, createWriteStream(path, { flags: "wx" }));
}
