import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { ZipFile } from "yauzl";
import { z } from "zod";
import { type BundleSource, openArchive } from "./archive.ts";
import { type BundleFile, type BundleFiles, hashOf, isSystemFile } from "./files.ts";
import type { BundleLimits } from "./limits.ts";
import { openZip, readEntries, type ZipEntry } from "./zip.ts";

/** An archive's files on disk, and the SHA-256 of the archive itself. */
export interface ExtractedBundle extends BundleFiles {
  readonly digest: string;
}

/** The file that every bundle has; its folder is the bundle's root. */
export const PIPELINE_NAME = "pipeline.json";

const Index = z.object({ files: z.record(z.string(), z.object({ bytes: z.number(), sha256: z.string() })) });
const INDEX_NAME = "index.json";

/**
 * Extracts an archive, once, into a folder of `cacheFolder` that is named by the archive's hash. The folder is there
 * completely or not at all. If all is inside one folder of the archive, paths begin there.
 * @throws SensoriumError "bundle-invalid" with the end of a sentence about the archive; "store-failed" when the cache
 * cannot be written.
 */
export async function extractBundle(
  source: BundleSource,
  { cacheFolder, limits }: { readonly cacheFolder: string; readonly limits: BundleLimits },
): Promise<ExtractedBundle> {
  await using archive = await openArchive(source);
  if (archive.bytes > limits.archiveBytes) {
    const message = `is ${archive.bytes} bytes long; at most ${limits.archiveBytes} are read`;
    throw new SensoriumError("bundle-invalid", message);
  }
  const digest = await hashOf(archive.chunks());
  const folder = join(cacheFolder, digest);
  const known = await readCached(folder);
  if (known) return { digest, ...known };
  const zip = await openZip(archive.content);
  const entries = (await readEntries(zip, limits)).filter(({ path }) => !isSystemFile(path));
  return { digest, ...(await writeCached({ zip, entries: rooted(entries), folder })) };
}

/** Entries with paths from the bundle's root on: the archive's own, or the one folder that has a pipeline. */
function rooted(entries: readonly ZipEntry[]): ZipEntry[] {
  const roots = entries.flatMap(({ path }) => /^(?:([^/]+)\/)?pipeline\.json$/.exec(path)?.[1] ?? []);
  const isFlat = entries.some(({ path }) => path === PIPELINE_NAME);
  if (isFlat) return [...entries];
  const [root, another] = roots;
  if (root === undefined) throw new SensoriumError("bundle-invalid", `has no ${PIPELINE_NAME}, nor one folder with it`);
  if (another !== undefined) {
    throw new SensoriumError("bundle-invalid", `has several folders with ${PIPELINE_NAME}: ${roots.join(", ")}`);
  }
  return entries.flatMap((entry) =>
    entry.path.startsWith(`${root}/`) ? [{ ...entry, path: entry.path.slice(root.length + 1) }] : [],
  );
}

/** What was extracted before; undefined when it is not there, or not as it was left. */
async function readCached(folder: string): Promise<BundleFiles | undefined> {
  try {
    const { files } = Index.parse(JSON.parse(await readFile(join(folder, INDEX_NAME), "utf8")));
    const inside = join(folder, "files");
    for (const [path, { bytes }] of Object.entries(files)) {
      if ((await stat(join(inside, path))).size !== bytes) return undefined;
    }
    return { folder: inside, files: new Map(Object.entries(files)) };
  } catch {
    return undefined;
  }
}

interface Extraction {
  readonly zip: ZipFile;
  readonly entries: readonly ZipEntry[];
  readonly folder: string;
}

async function writeCached({ zip, entries, folder }: Extraction): Promise<BundleFiles> {
  const draft = `${folder}.${randomUUID()}`;
  const files = new Map<string, BundleFile>();
  try {
    for (const entry of entries) files.set(entry.path, await writeEntry(zip, entry, join(draft, "files", entry.path)));
    await writeFile(join(draft, INDEX_NAME), JSON.stringify({ files: Object.fromEntries(files) }));
    await place(draft, folder);
    return { folder: join(folder, "files"), files };
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (cause instanceof SensoriumError) throw cause;
    const why = `the bundle cannot be kept in ${dirname(folder)}: ${reasonOf(cause)}`;
    throw new SensoriumError("store-failed", why, { cause });
  }
}

/** Whoever was faster with the same archive wins, as others may be reading there already; only what is damaged goes. */
async function place(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch {
    if (!(await readCached(folder))) {
      await rm(folder, { recursive: true, force: true });
      await rename(draft, folder);
    }
    await rm(draft, { recursive: true, force: true });
  }
}

async function writeEntry(zip: ZipFile, { path, bytes, entry }: ZipEntry, target: string): Promise<BundleFile> {
  await mkdir(dirname(target), { recursive: true });
  const sum = createHash("sha256");
  let crc = 0;
  async function* measured(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        sum.update(chunk);
        crc = crc32(chunk, crc);
        yield chunk;
      }
    } catch (cause) {
      throw new SensoriumError("bundle-invalid", `is damaged at ${path}: ${reasonOf(cause)}`, { cause });
    }
  }
  await pipeline(measured, createWriteStream(target, { flags: "wx", mode: 0o600 }));
  if (crc !== entry.crc32) throw new SensoriumError("bundle-invalid", `is damaged at ${path}: its checksum is another`);
  return { bytes, sha256: sum.digest("hex") };
}
