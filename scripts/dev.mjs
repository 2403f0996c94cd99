import { watch } from "node:fs";
import { join } from "node:path";
import { runNode, SERVER } from "./node.mjs";
import { runVite } from "./page.mjs";
import { ROOT, say } from "./root.mjs";

/**
 * The server, started again when its source changes, beside Vite's server, which updates the page in place. Ends with
 * whichever ends first.
 *
 * @param {readonly string[]} args of `serve`
 */
export async function dev(args) {
  const stop = new AbortController();
  const both = [keepServing(args, stop.signal), runVite([], { signal: stop.signal })];
  try {
    return await Promise.race(both);
  } finally {
    stop.abort();
    await Promise.allSettled(both);
  }
}

/**
 * Until the server ends without an error. Node's own watch mode mixes messages of its own into those of worker threads.
 *
 * @param {readonly string[]} args
 * @param {AbortSignal} stop
 */
async function keepServing(args, stop) {
  while (!stop.aborted) {
    const changed = nextChange(stop);
    const code = await runNode([SERVER, "serve", ...args], { signal: changed });
    if (code === 0 && !changed.aborted) return code;
    if (!changed.aborted) {
      say("The server ended. It starts again with the next change of its source.");
      await new Promise((resolve) => changed.addEventListener("abort", resolve));
    }
  }
  return 0;
}

/**
 * @param {AbortSignal} stop
 * @returns {AbortSignal} aborted when a source changes, or when it is time to stop
 */
function nextChange(stop) {
  const changed = new AbortController();
  const watcher = watch(join(ROOT, "packages"), { recursive: true, signal: changed.signal }, (_, path) => {
    if (path?.endsWith(".ts") && !path.endsWith(".test.ts")) changed.abort();
  });
  watcher.on("error", (error) => say(`Changes of the source cannot be seen: ${error.message}`));
  stop.addEventListener("abort", () => changed.abort(), { once: true, signal: changed.signal });
  return changed.signal;
}
