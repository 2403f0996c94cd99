import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { PreparedModel } from "../prepared.ts";
import type { BenchRequest, Timings } from "./bench-thread.ts";

/** How fast a model is with so many threads, each with a session of its own. */
export interface BenchRow {
  readonly threads: number;
  /** Half of the runs take no longer, in milliseconds; and nineteen in twenty. */
  readonly p50: number;
  readonly p95: number;
  /** Of all threads together. */
  readonly framesPerSecond: number;
}

/** What is measured. */
export interface BenchOptions {
  readonly model: PreparedModel;
  readonly threads: number;
  readonly executionProviders?: readonly string[];
  /** How long. */
  readonly durationMs: number;
}

/** Runs a model on that many threads at once and says how fast they are. */
export async function benchModel({ threads, executionProviders = ["cpu"], ...rest }: BenchOptions): Promise<BenchRow> {
  const workerData: BenchRequest = { ...rest, executionProviders };
  const script = new URL("./bench-thread.ts", import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(script, { name: "bench", workerData }));
  const ended = workers.map((worker) => once(worker, "exit"));
  await Promise.all(workers.map((worker) => once(worker, "message")));
  const results = await Promise.all(workers.map(measured));
  await Promise.all(ended);
  const runs = results.flatMap((result) => result.runs).sort((one, other) => one - other);
  const framesPerSecond = results.reduce((sum, { runs, tookMs }) => sum + (1000 * runs.length) / tookMs, 0);
  return { threads, p50: quantile(runs, 0.5), p95: quantile(runs, 0.95), framesPerSecond };
}

async function measured(worker: Worker): Promise<Timings> {
  const answer = once(worker, "message");
  worker.postMessage("begin");
  const [timings] = (await answer) as [Timings];
  return timings;
}

/** The best number of threads: the fewest that give nearly the most frames. */
export function bestOf(rows: readonly BenchRow[]): BenchRow | undefined {
  const most = Math.max(...rows.map(({ framesPerSecond }) => framesPerSecond));
  return rows.find(({ framesPerSecond }) => framesPerSecond >= 0.95 * most);
}

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
