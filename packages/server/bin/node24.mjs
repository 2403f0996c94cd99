import { createRequire } from "node:module";

const OLDEST = 24;
const require = createRequire(import.meta.url);

/** Whether the Node that runs this can run the server itself. */
export function isCurrent() {
  return Number.parseInt(process.versions.node, 10) >= OLDEST;
}

/**
 * The program of a Node that can run the server: the one running now when it is new enough, else the one that the lock
 * file pins for this platform.
 *
 * @returns {string} an absolute path
 * @throws {Error} in one sentence, when the platform has no pinned Node or it was not installed
 */
export function findNode24() {
  if (isCurrent()) return process.execPath;
  const windows = process.platform === "win32";
  const name = `node-${windows ? "win" : process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/bin/node${windows ? ".exe" : ""}`);
  } catch {
    throw new Error(
      `Sensorium runs on Node ${OLDEST} or newer, this is Node ${process.versions.node} and the package ${name} is not installed: install Node ${OLDEST} from https://nodejs.org and start again.`,
    );
  }
}
