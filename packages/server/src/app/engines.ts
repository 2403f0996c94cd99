import { CapturePool } from "../capture/pool.ts";
import { InferencePool } from "../models/onnx/pool.ts";
import { chooseProvider } from "../models/providers.ts";
import { ModelShelf } from "../pipeline/model-shelf.ts";
import type { Opening } from "./opening.ts";

/** The threads that read sources, and those that look at pictures. */
export interface Engines {
  readonly captures: CapturePool;
  readonly inference: InferencePool;
  /** What cameras look with. */
  readonly models: ModelShelf;
}

/** Nothing is read or loaded yet. */
export async function openEngines({ config, log, parts }: Opening): Promise<Engines> {
  const { threads, modelCache: cacheFolder, device } = config;
  const captures = parts.use(new CapturePool(Math.max(1, Math.floor(threads / 2))));
  const provider = await chooseProvider(device);
  log.info({ device: provider.device }, provider.line);
  const inference = parts.use(new InferencePool({ threads, cacheFolder, provider, log }));
  return { captures, inference, models: new ModelShelf({ pool: inference, folder: cacheFolder }) };
}
