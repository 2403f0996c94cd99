import type { PerformanceEvent } from "@sensorium/protocol";
import { wifiDensepose } from "@sensorium/protocol/wire";
import type { Usage } from "../../observe/usage.ts";
import type { CameraStatus } from "../camera-view.ts";

/** Below it, falls are missed that ten pictures a second would show. */
const LOW_FRAME_RATE = 5;
/** Frames that wait for a model, of all cameras. */
const LONG_QUEUE = 20;
/** Per cent. */
const HIGH_CPU = 90;
const HIGH_MEMORY = 90;

/** What is measured of an environment, and of the machine that it shares with others. */
export type Performance = Pick<
  PerformanceEvent,
  "framesPerSecond" | "latencyMs" | "queued" | "cpu" | "memory" | "gpu" | "alerts"
>;

type PerformanceAlert = PerformanceEvent["alerts"][number];
type Rated = Pick<CameraStatus, "rates" | "limitedBy">;

/** The performance of some cameras over the time in which the latencies were taken. */
export function performanceOf(
  cameras: readonly Rated[],
  measured: { readonly latencyMs: number | null; readonly queued: number | null; readonly usage: Usage },
): Performance {
  const { latencyMs, queued, usage } = measured;
  const { cpu, memory, gpu } = usage;
  const alerts = [
    exceeding("high-latency", latencyMs, wifiDensepose.HIGH_LATENCY_MS),
    slow(cameras),
    exceeding("long-queue", queued, LONG_QUEUE),
    exceeding("high-cpu-usage", cpu, HIGH_CPU),
    exceeding("high-memory-usage", memory, HIGH_MEMORY),
  ];
  return {
    ...{ framesPerSecond: rateOf(cameras), latencyMs, queued, cpu, memory, gpu },
    alerts: alerts.filter((alert) => alert !== undefined),
  };
}

function exceeding(of: PerformanceAlert["of"], value: number | null, threshold: number): PerformanceAlert | undefined {
  return value !== null && value > threshold ? { of, severity: "warning", value, threshold } : undefined;
}

/** Cameras that show little or in which nothing moves are looked at seldom too: only what this machine misses counts. */
function slow(cameras: readonly Rated[]): PerformanceAlert | undefined {
  const rates = cameras.filter(({ limitedBy }) => limitedBy === "cpu").map(({ rates: { inferred } }) => inferred ?? 0);
  const value = Math.min(...rates);
  return value < LOW_FRAME_RATE
    ? { of: "low-frame-rate", severity: "warning", value, threshold: LOW_FRAME_RATE }
    : undefined;
}

/** Frames that are looked at; null before any camera has a measure. */
function rateOf(cameras: readonly Rated[]): number | null {
  const rates = cameras.flatMap(({ rates: { inferred } }) => (inferred === null ? [] : [inferred]));
  if (rates.length === 0) return null;
  return Math.round(10 * rates.reduce((sum, rate) => sum + rate, 0)) / 10;
}
