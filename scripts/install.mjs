import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runNpm } from "./npm.mjs";
import { ROOT, say } from "./root.mjs";

const OLDEST = 20;

/** Programs that two dependencies would download on install, and that nothing here uses. */
const NO_DOWNLOADS = { ONNXRUNTIME_NODE_INSTALL: "skip", SKIP_FFMPEG: "true" };

/** Both are wanted whatever NODE_ENV or a personal npmrc says: the page is built here, and Node itself is optional. */
const INCLUDE = ["--include=dev", "--include=optional"];

/** Brings node_modules to what the lock file says, when it is not there yet. */
export async function install() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST) {
    throw new Error(`Setting up needs Node ${OLDEST} or newer, this is Node ${process.versions.node}.`);
  }
  if (isInstalled(ROOT)) return;
  const began = performance.now();
  say("Installing the locked packages (npm ci); the first time takes a minute or two …");
  const env = { ...process.env, ...NO_DOWNLOADS };
  const code = await runNpm(["ci", "--loglevel=error", "--no-audit", "--no-fund", ...INCLUDE], { env });
  if (code !== 0) throw new Error(`npm ci ended with code ${code}: its lines above say why, nothing was started.`);
  say(`Installed in ${Math.round((performance.now() - began) / 1000)} s.`);
}

/**
 * Whether node_modules is what the lock file says. npm's own record of what it installed, written last, is compared: an
 * install by hand counts, a torn one does not.
 *
 * @param {string} folder of the checkout
 */
export function isInstalled(folder) {
  const record = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const installed = packagesOf(record);
  const wanted = Object.entries(packagesOf(join(folder, "package-lock.json")));
  return wanted.every(([path, { version, integrity, optional }]) => {
    if (!path.includes("node_modules/")) return true;
    const found = installed[path];
    return found ? found.version === version && found.integrity === integrity : optional === true;
  });
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean }} Locked
 * @param {string} path of a lock file
 * @returns {Record<string, Locked>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, "utf8")).packages;
}
