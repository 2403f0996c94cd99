/** The other side of `runApart`: keeps the process within its limits while native code may have hold of its thread. */
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { toWireError } from "../flow/thread-error.ts";
import type { Answer } from "./apart.ts";

/** The first message to the process. */
export interface Watched {
  readonly request: unknown;
  readonly memoryBytes: number;
}

/** What is written to standard error before the process is ended for its memory. */
export const OVER_MEMORY = "over the memory limit";

const INTERVAL_MS = 20;

/** Waits for the request, does the work, sends the answer and ends the process. */
export async function answerErrand<T>(work: (request: unknown) => Promise<T>): Promise<void> {
  const { request, memoryBytes } = await new Promise<Watched>((resolve) => process.once("message", resolve));
  new Worker(new URL(import.meta.url), { name: "watchdog", workerData: memoryBytes }).unref();
  const answer: Answer<T> = await work(request).then(
    (value) => ({ value }),
    (thrown: unknown) => ({ error: toWireError(thrown, "model-invalid") }),
  );
  // The answer is out, and native code could only hang or crash on an orderly way out.
  process.send?.(answer, () => process.kill(process.pid, "SIGKILL"));
}

function watch(memoryBytes: number): void {
  const parent = process.ppid;
  setInterval(() => {
    const over = process.memoryUsage.rss() > memoryBytes;
    if (over) writeSync(2, `\n${OVER_MEMORY}\n`);
    // Nobody is left to hear the answer when the parent is gone.
    if (over || process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, INTERVAL_MS);
}

if (!isMainThread && typeof workerData === "number") watch(workerData);
