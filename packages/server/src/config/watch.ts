import { stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { SensoriumError } from "@sensorium/protocol";
import type { Config } from "./assemble.ts";
import { readConfigFile } from "./config.ts";
import { type ConfigRequest, resolveConfig } from "./resolve.ts";

/** The file changed and can be used, or cannot and why; then what was used before stays in force. */
export type ConfigReload =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface WatchOptions extends Omit<ConfigRequest, "file"> {
  readonly path: string;
  readonly signal: AbortSignal;
  /** The text that is in use, so that a change between reading it and watching is not missed. */
  readonly text: string;
}

/**
 * How often is looked. Asking beats being told here: it works on network folders, for links, for files mounted into
 * containers and for files that are replaced, and one look costs next to nothing.
 */
const LOOK_EVERY_MS = 250;

/**
 * Yields once for every change of what the file says, until the signal aborts. A file counts as changed when it looks
 * the same twice in a row, so that one that is being written is left alone. Never throws.
 */
export async function* watchConfig(options: WatchOptions): AsyncGenerator<ConfigReload, void, undefined> {
  const { path, signal, ...request } = options;
  let handled: string | null = options.text;
  let seen = "";
  let settled = "";
  while (await looked(signal)) {
    const look = await fingerprint(path);
    const steady = look === seen;
    seen = look;
    if (!steady || look === settled) continue;
    settled = look;
    const { text, problem } = read(path);
    if (text === handled) continue;
    handled = text;
    if (text === null) yield { ok: false, problems: [problem] };
    else yield reloaded(resolveConfig({ ...request, file: { path, text } }));
  }
}

function reloaded(resolved: ReturnType<typeof resolveConfig>): ConfigReload {
  if (resolved.ok) return { ok: true, config: resolved.config };
  return { ok: false, problems: resolved.problems.map(({ line }) => line) };
}

/** Waits for the next look; false when there is none. */
async function looked(signal: AbortSignal): Promise<boolean> {
  try {
    await pause(LOOK_EVERY_MS, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}

/** Differs whenever the file was written or replaced. */
async function fingerprint(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join();
  } catch (thrown) {
    return String((thrown as NodeJS.ErrnoException).code);
  }
}

function read(
  path: string,
): { readonly text: string; readonly problem: "" } | { readonly text: null; readonly problem: string } {
  try {
    return { text: readConfigFile(path).text, problem: "" };
  } catch (thrown) {
    if (thrown instanceof SensoriumError) return { text: null, problem: thrown.message };
    throw thrown;
  }
}
