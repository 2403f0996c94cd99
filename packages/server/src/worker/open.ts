import { join } from "node:path";
import type { ActionLog } from "../actions/index.ts";
import type { Streams } from "../capture/streams.ts";
import type { WorkerConfig } from "../config/config.ts";
import { systemClock } from "../flow/supervise.ts";
import type { ModelLoader } from "../mpta/run/loaded-bundle.ts";
import type { Log } from "../observe/log.ts";
import { actThrough } from "./act.ts";
import { bundleOpener } from "./open-bundle.ts";
import { DetectorWorker } from "./worker.ts";

/** What a worker works with. */
export interface WorkerMeans {
  readonly streams: Streams;
  readonly models: ModelLoader;
  readonly actions: ActionLog;
  /** Where bundles are kept, in a folder of their own. */
  readonly cacheFolder: string;
  readonly log: Log;
}

/** A worker as the configuration has it. */
export function openWorker(config: WorkerConfig, { streams, models, actions, cacheFolder, log }: WorkerMeans) {
  const { bundleHosts: hosts, models: folder, maxStreams, targetFps, graceMs, reconnect: backoff } = config;
  const access = { cacheFolder: join(cacheFolder, "bundles"), folder, hosts, models, log };
  return new DetectorWorker({
    ...{ streams, maxStreams, targetFps, graceMs, backoff, log },
    openBundle: bundleOpener(access),
    act: actThrough(actions),
    visits: { perFrame: config.perFrameSessions, timeoutMs: config.visitTimeoutMs },
    clock: systemClock,
  });
}
