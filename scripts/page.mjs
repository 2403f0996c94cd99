import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { runNode } from "./node.mjs";
import { ROOT, say } from "./root.mjs";

export const PAGE = join(ROOT, "apps", "dashboard");

/** What the bundler reads: the page, the workspace packages it imports, and the lock file for everything else. */
const SOURCES = ["apps/dashboard", "packages/protocol/src", "packages/perception/src", "package-lock.json"];

/** In node_modules, so that a fresh install also builds afresh. */
const STAMP = join(ROOT, "node_modules", ".cache", "sensorium", "page");

/** Builds the page when one of the files that make it changed since the last time. */
export async function buildPage() {
  const hash = hashOf(SOURCES.map((path) => join(ROOT, path)));
  const built = existsSync(join(PAGE, "dist", "index.html"));
  if (built && existsSync(STAMP) && readFileSync(STAMP, "utf8") === hash) return;
  say("Building the page …");
  const code = await runVite(["build", "--logLevel", "warn"]);
  if (code !== 0) throw new Error(`Building the page ended with code ${code}: the lines above say why.`);
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, hash);
}

/**
 * Runs Vite on the page, its output kept from standard output.
 *
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export function runVite(args, options) {
  const vite = join(ROOT, "node_modules", "vite", "bin", "vite.js");
  return runNode([vite, ...args], { cwd: PAGE, stdio: ["ignore", 2, 2], ...options });
}

/** @param {readonly string[]} paths */
function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap(filesUnder))
    hash.update(relative(ROOT, path)).update("\0").update(readFileSync(path));
  return hash.digest("hex");
}

/**
 * @param {string} path of a file or a folder
 * @returns {string[]}
 */
function filesUnder(path) {
  if (statSync(path).isFile()) return [path];
  const entries = readdirSync(path)
    .sort()
    .filter((name) => name !== "dist" && name !== "node_modules");
  return entries.flatMap((name) => filesUnder(join(path, name)));
}
