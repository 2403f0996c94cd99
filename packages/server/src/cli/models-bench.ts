import { availableParallelism } from "node:os";
import { findModel } from "../models/catalogue.ts";
import type { Device } from "../models/device.ts";
import { prepareApart } from "../models/prepare-apart.ts";
import { chooseProvider } from "../models/providers.ts";
import { type BenchRow, benchModel, bestOf } from "../models/registry/bench.ts";
import { type ModelsFlags, modelsFolder, print } from "./models-folder.ts";
import { Progress } from "./progress.ts";

/** Flags of `models bench`. */
export interface BenchFlags extends ModelsFlags {
  readonly threads?: number;
  readonly seconds?: number;
  readonly device?: Device;
}

/** Measures a model on one thread, two, and so on, and says what is best on this machine. */
export async function bench(name: string, flags: BenchFlags): Promise<void> {
  const { threads: most = availableParallelism(), seconds = 3, device = "auto" } = flags;
  const models = modelsFolder(flags);
  const { executionProviders, line } = await chooseProvider(device);
  const model = await prepareApart(findModel(name, models), models);
  const rows: BenchRow[] = [];
  using progress = new Progress("measuring", { total: most * seconds, unit: "s" });
  for (let threads = 1; threads <= most; threads++) {
    rows.push(await benchModel({ model, threads, executionProviders, durationMs: 1000 * seconds }));
    progress.reach(threads * seconds);
  }
  progress[Symbol.dispose]();
  const best = bestOf(rows);
  const { width, height } = model.manifest.input;
  print({ model: name, input: { width, height }, provider: line, rows, best: best?.threads }, flags, () => [
    `${name}, ${width}×${height}: ${line}`,
    "threads   p50 ms   p95 ms   frames/s",
    ...rows.map(asText),
    ...(best ? [`best here: --threads ${best.threads}`] : []),
  ]);
}

const asText = ({ threads, p50, p95, framesPerSecond }: BenchRow): string =>
  [
    String(threads).padStart(7),
    ...[p50, p95].map((ms) => ms.toFixed(1).padStart(8)),
    framesPerSecond.toFixed(1).padStart(10),
  ].join(" ");
