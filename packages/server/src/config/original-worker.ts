import { readFileSync } from "node:fs";
import { reasonOf } from "@sensorium/protocol";
import { checkPart } from "@sensorium/protocol/config";
import { z } from "zod";
import type { Backoff } from "../flow/supervise.ts";

/** The original worker's config.json. */
const OriginalConfig = z.looseObject({
  poll_interval_ms: z.number().positive().optional(),
  reconnect_interval_sec: z.number().positive().optional(),
  target_fps: z.number().positive().optional(),
  max_streams: z.int().positive().optional(),
  /** -1: for ever. */
  max_retries: z.int().min(-1).optional(),
});

/** What it says, in our terms. */
export interface OriginalSettings {
  readonly maxStreams?: number | undefined;
  readonly targetFps?: number | undefined;
  readonly reconnect?: Backoff | undefined;
}

/** What the file says, and what is wrong with it. */
export interface ReadOriginal {
  readonly said: OriginalSettings;
  readonly problems: readonly string[];
}

export const nothingSaid: ReadOriginal = { said: {}, problems: [] };

/** Reads the original worker's config.json as it is. Never throws. */
export function readOriginal(path: string): ReadOriginal {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (thrown) {
    return { said: {}, problems: [`${path} cannot be read: ${reasonOf(thrown)}`] };
  }
  const checked = checkPart(OriginalConfig, value);
  if (checked.ok) return { said: settingsOf(checked.file), problems: [] };
  return { said: {}, problems: checked.problems.map((each) => `${path}: ${each.path.join(".")} ${each.message}`) };
}

function settingsOf({ max_streams, ...config }: z.infer<typeof OriginalConfig>): OriginalSettings {
  const { poll_interval_ms = 0, target_fps = Number.POSITIVE_INFINITY } = config;
  const targetFps = Math.min(target_fps, 1000 / poll_interval_ms);
  return {
    maxStreams: max_streams,
    targetFps: Number.isFinite(targetFps) ? targetFps : undefined,
    reconnect: reconnection(config),
  };
}

/** A camera's own way of being tried again, where the file has one. */
function reconnection({ reconnect_interval_sec, max_retries }: z.infer<typeof OriginalConfig>): Backoff | undefined {
  if (reconnect_interval_sec === undefined && max_retries === undefined) return undefined;
  const everyMs = 1000 * (reconnect_interval_sec ?? 5);
  return {
    ...{ firstMs: everyMs, capMs: everyMs, healthyMs: 30_000 },
    ...(max_retries !== undefined && max_retries >= 0 && { maxRetries: max_retries }),
  };
}
