/** Names of what one process works on, so that others can tell what a process that was killed has left behind. */
import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

const host = hostname().replaceAll(".", "-");

/** A name beside `path` that belongs to this process. */
export function ownPath(path: string): string {
  return `${path}.${host}.${process.pid}.${randomBytes(4).toString("hex")}`;
}

/** What processes that are no more have left of `path`, whole paths. */
export async function abandoned(path: string): Promise<string[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${basename(path)}.`) && isAbandoned(name))
    .map((it) => join(folder, it));
}

/** Removes what processes that are no more have left in a folder. */
export async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.filter(isAbandoned).map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Processes of other machines that share the folder cannot be seen: what is theirs stays. */
function isAbandoned(name: string): boolean {
  const [, owner, pid] = /\.([^.]+)\.(\d+)\.[0-9a-f]{8}$/.exec(name) ?? [];
  return owner === host && pid !== undefined && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    // It is there and somebody else's.
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
