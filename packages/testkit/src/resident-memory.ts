import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Bytes of memory that this process holds after everything unused was freed, so that two figures can be compared. */
export function residentMemory(): number {
  setFlagsFromString("--expose-gc");
  collect ??= runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage.rss();
}
