import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { runChild } from "../packages/server/bin/child.mjs";
import { ROOT } from "./root.mjs";

/**
 * Runs the npm that this was started by, else the one on PATH. Its output goes to standard error: a count printed as
 * JSON stays alone on standard output.
 *
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} the exit code
 */
export function runNpm(args, options) {
  /** @type {import("node:child_process").SpawnOptions} */
  const all = { cwd: ROOT, stdio: ["ignore", 2, 2], ...options };
  // Under `npx` the variable names npx-cli.js, which stands beside npm's own.
  const npm = process.env.npm_execpath && join(dirname(process.env.npm_execpath), "npm-cli.js");
  const node = process.env.npm_node_execpath;
  if (npm && node && existsSync(npm)) return runChild(node, [npm, ...args], all);
  return runChild("npm", args, { ...all, shell: process.platform === "win32" });
}
