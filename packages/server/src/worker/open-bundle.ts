import { realpath } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { SensoriumError } from "@sensorium/protocol";
import { download } from "../models/registry/download.ts";
import { checkHost } from "../models/registry/hosts.ts";
import { openBundle } from "../mpta/bundle.ts";
import { DEFAULT_LIMITS } from "../mpta/limits.ts";
import { type LoadedBundle, loadBundle, type ModelLoader } from "../mpta/run/loaded-bundle.ts";
import type { Log } from "../observe/log.ts";
import { isAddress, type OpenBundle } from "./bundles.ts";

/** From where bundles come, and where they go. */
export interface BundleAccess {
  /** Extracted bundles are kept here, each in a folder named by its checksum. */
  readonly cacheFolder: string;
  /** Where a `modelUrl` that is a path may lie; undefined: nowhere. */
  readonly folder: string | undefined;
  /** Hosts to fetch from, as `checkHost` reads them; empty: any. */
  readonly hosts: readonly string[];
  readonly models: ModelLoader;
  readonly log: Log;
  /** How long connecting and each pause of a transfer may take; 30 s when absent. */
  readonly timeoutMs?: number;
}

const ANY_HOST = ["*", "http://*"];
const SETTING = "worker.bundleHosts";

/** Opens bundles at addresses of the web, and below the configured folder. */
export function bundleOpener(access: BundleAccess): OpenBundle {
  return async (modelUrl, signal) => {
    const local = isAddress(modelUrl) ? undefined : await localBundle(modelUrl, access);
    if (local !== undefined) return load(local, access);
    await using fetched = await fetchBundle(modelUrl, { ...access, signal });
    return await load(fetched.path, access);
  };
}

/** Whoever calls tries again, going on where this broke off. */
function fetchBundle(modelUrl: string, { cacheFolder, hosts, timeoutMs, signal }: BundleAccess & Signalled) {
  const url = URL.parse(modelUrl);
  if (url && hosts.length > 0) checkHost(url, { hosts, setting: SETTING });
  return download(modelUrl, {
    ...{ folder: join(cacheFolder, "downloads"), tries: 1, hostsSetting: SETTING },
    hosts: hosts.length === 0 ? ANY_HOST : hosts,
    maxBytes: DEFAULT_LIMITS.archiveBytes,
    ...(timeoutMs !== undefined && { timeoutMs }),
    signal,
  });
}

interface Signalled {
  readonly signal: AbortSignal;
}

async function load(path: string, { cacheFolder, models, log }: BundleAccess): Promise<LoadedBundle> {
  const bundle = await openBundle(path, { cacheFolder });
  const loaded = await loadBundle(bundle, models);
  const { digest } = bundle;
  for (const { where, message } of [...bundle.warnings, ...loaded.warnings]) {
    log.warn({ digest, where, reason: message }, "something about a bundle is odd");
  }
  return loaded;
}

/** The file that a path means. Links are followed before it is asked whether it is inside of the folder. */
async function localBundle(modelUrl: string, { folder }: BundleAccess): Promise<string> {
  if (/^[a-z][a-z0-9+.-]+:/i.test(modelUrl)) throw refusal("a bundle is fetched by http:// or https://, or is a path");
  if (folder === undefined) throw refusal("it is a path, and no folder is configured for those (worker.models)");
  const missing = new SensoriumError("model-not-found", "there is no such file in the folder for bundles");
  const root = await realpath(folder).catch(() => Promise.reject(missing));
  if (!resolve(root, modelUrl).startsWith(root + sep)) throw outside();
  const path = await realpath(resolve(root, modelUrl)).catch(() => Promise.reject(missing));
  if (!path.startsWith(root + sep)) throw outside();
  return path;
}

const refusal = (why: string): SensoriumError => new SensoriumError("config-invalid", why);
const outside = (): SensoriumError => refusal("it is outside of the folder for bundles");
