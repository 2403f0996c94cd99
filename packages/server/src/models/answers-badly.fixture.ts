/** Does in a process of its own what bad models have been seen to do. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { answerErrand } from "./apart-watchdog.ts";

const deeds: Readonly<Record<string, (path: string) => unknown>> = {
  crash: () => process.kill(process.pid, "SIGSEGV"),
  abort: () => process.abort(),
  leave: () => process.exit(3),
  grow: () => {
    const held: Buffer[] = [];
    for (;;) held.push(Buffer.alloc(10_000_000, 1));
  },
  write: (path) => writeFileSync(path, "escaped"),
  start: () => execFileSync("true"),
};

await answerErrand(async (request) => {
  const { deed, path } = request as { readonly deed: string; readonly path: string };
  return deeds[deed]?.(path);
});
