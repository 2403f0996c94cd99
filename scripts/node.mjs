import { runChild } from "../packages/server/bin/child.mjs";
import { findNode24 } from "../packages/server/bin/node24.mjs";
import { ROOT } from "./root.mjs";

/** The `sensorium` command's source. */
export const SERVER = "packages/server/src/cli/main.ts";

/**
 * Runs Node 24 in the checkout's folder.
 *
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} the exit code
 */
export function runNode(args, options) {
  return runChild(findNode24(), args, { cwd: ROOT, ...options });
}
