import { fileURLToPath } from "node:url";

/** The checkout's folder. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Tells what is going on, on standard error: standard output belongs to the task.
 *
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
