import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { SensoriumError } from "@sensorium/protocol";

/** One file of a bundle. */
export interface BundleFile {
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** The files of a bundle on disk, by their paths in it. */
export interface BundleFiles {
  readonly folder: string;
  readonly files: ReadonlyMap<string, BundleFile>;
}

const LEFT_BY_SYSTEMS = /(?:^|\/)(?:__MACOSX|\.DS_Store|Thumbs\.db|desktop\.ini)(?:\/|$)/i;

/** Whether a path is something that file managers add by themselves. */
export const isSystemFile = (path: string): boolean => LEFT_BY_SYSTEMS.test(path);

/**
 * The files of a folder that is to become a bundle, all but those in `except` (absolute paths).
 * @throws SensoriumError "bundle-invalid" when something in it is not a file or a folder.
 */
export async function readFolder(folder: string, except: readonly string[] = []): Promise<BundleFiles> {
  const files = new Map<string, BundleFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).replaceAll(sep, "/");
    if (entry.isDirectory() || isSystemFile(name) || except.includes(path)) continue;
    if (!entry.isFile()) throw new SensoriumError("bundle-invalid", `has ${name}, which is no ordinary file`);
    files.set(name, { bytes: (await stat(path)).size, sha256: await hashOf(createReadStream(path)) });
  }
  return { folder, files };
}

/** SHA-256 of a stream, in hexadecimal digits. */
export async function hashOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of stream) sum.update(chunk);
  return sum.digest("hex");
}
