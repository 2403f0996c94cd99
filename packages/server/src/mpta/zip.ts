import type { FileHandle } from "node:fs/promises";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import { type Entry, fromBufferPromise, fromFdPromise, getFileNameLowLevel, type ZipFile } from "yauzl";
import { keyOf, readEntryPath, shown } from "./entry-path.ts";
import { type BundleLimits, RATIO_COUNTS_FROM } from "./limits.ts";

/** A file in an archive. */
export interface ZipEntry {
  readonly path: string;
  /** After decompression, as the archive says; a stream of it that has another length fails. */
  readonly bytes: number;
  readonly entry: Entry;
}

/**
 * Opens an archive in memory or in a file that stays open; close it after use.
 * @throws SensoriumError "bundle-invalid" when it is no archive.
 */
export async function openZip(archive: Uint8Array | FileHandle): Promise<ZipFile> {
  // Names are decoded here, so that what is wrong with one is said in our words.
  const options = { decodeStrings: false, autoClose: false };
  try {
    if (!(archive instanceof Uint8Array)) return await fromFdPromise(archive.fd, options);
    return await fromBufferPromise(Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength), options);
  } catch (cause) {
    throw new SensoriumError("bundle-invalid", "is not a zip archive, or not all of one", { cause });
  }
}

/**
 * The files of an archive, without reading any of them.
 * @throws SensoriumError "bundle-invalid" when one could do harm, or all are more than the limits.
 */
export async function readEntries(zip: ZipFile, limits: BundleLimits): Promise<ZipEntry[]> {
  if (zip.entryCount > limits.entries) throw tooMany(zip.entryCount, limits);
  const found: ZipEntry[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      const { path, isFolder } = nameOf(entry);
      refuseUnreadable(entry, path);
      if (isFolder) continue;
      refuseBomb(entry, path, limits);
      found.push({ path, bytes: entry.uncompressedSize, entry });
    }
  } catch (cause) {
    if (cause instanceof SensoriumError) throw cause;
    throw new SensoriumError("bundle-invalid", `is damaged: ${reasonOf(cause)}`, { cause });
  }
  refuseTotal(found, limits);
  refuseCollisions(found.map(({ path }) => path));
  return found;
}

const invalid = (message: string): SensoriumError => new SensoriumError("bundle-invalid", message);

const tooMany = (count: number, limits: BundleLimits): SensoriumError =>
  invalid(`has ${count} files and folders; at most ${limits.entries} are read`);

function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): { path: string; isFolder: boolean } {
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
  const isFolder = name.endsWith("/");
  // The folder an archive was made of, as some programs write it.
  if (isFolder && /^(?:\.?\/)+$/.test(name) && !name.startsWith("/")) return { path: "", isFolder };
  const read = readEntryPath(name);
  if (!read.ok) throw invalid(`has the entry ${shown(name)}, which ${read.problem}`);
  return { path: read.path, isFolder };
}

const FILE_TYPES = 0o170000;
const USUAL_TYPES = [0, 0o040000, 0o100000];
const LINK = 0o120000;
const STORED = 0;
const DEFLATED = 8;

function refuseUnreadable(entry: Entry, path: string): void {
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPES;
  if (type === LINK) throw invalid(`has the symbolic link ${shown(path)}`);
  if (!USUAL_TYPES.includes(type)) throw invalid(`has ${shown(path)}, which is no ordinary file`);
  if (entry.isEncrypted()) throw invalid(`has ${shown(path)}, which is encrypted`);
  if (entry.compressionMethod === STORED || entry.compressionMethod === DEFLATED) return;
  throw invalid(
    `has ${shown(path)}, which is compressed in a way that is not read (method ${entry.compressionMethod})`,
  );
}

function refuseBomb({ uncompressedSize, compressedSize }: Entry, path: string, limits: BundleLimits): void {
  if (uncompressedSize > limits.entryBytes) {
    throw invalid(`has ${shown(path)} of ${uncompressedSize} bytes; at most ${limits.entryBytes} are read`);
  }
  if (uncompressedSize > RATIO_COUNTS_FROM && uncompressedSize > compressedSize * limits.ratio) {
    throw invalid(`has ${shown(path)}, which becomes more than ${limits.ratio} times as large as it is`);
  }
}

function refuseTotal(entries: readonly ZipEntry[], limits: BundleLimits): void {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > limits.totalBytes) throw invalid(`holds ${total} bytes; at most ${limits.totalBytes} are read`);
}

/** Two entries of one name, or a file where another one needs a folder. */
function refuseCollisions(paths: readonly string[]): void {
  const files = new Set<string>();
  for (const path of paths) {
    if (files.has(keyOf(path))) throw invalid(`has ${shown(path)} twice`);
    files.add(keyOf(path));
  }
  for (const path of paths) {
    const above = path.split("/").slice(0, -1);
    const file = above.map((_, i) => above.slice(0, i + 1).join("/")).find((folder) => files.has(keyOf(folder)));
    if (file !== undefined) throw invalid(`has ${shown(file)} both as a file and as a folder`);
  }
}
