import type { system } from "@sensorium/protocol/rest";
import type { CameraStatus } from "../../../pipeline/camera-view.ts";
import { timeOf } from "./scope.ts";
import type { ApiContext } from "./sources.ts";

/** What is true of the cameras of some environments, null for all. */
export const statusesIn = ({ cameras }: Pick<ApiContext, "cameras">, environments: readonly string[] | null) =>
  cameras
    .list()
    .filter(({ environment }) => environments?.includes(environment) ?? true)
    .map((camera) => camera.status());

/** Cameras as one component: the newest frame of any is its sign of life. */
export function camerasPart(statuses: readonly CameraStatus[], nowMs: number): system.Component {
  const ages = statuses.flatMap(({ frameAgeMs }) => (frameAgeMs === null ? [] : [frameAgeMs]));
  const online = statuses.filter(({ state }) => state === "online").length;
  return {
    status: online === 0 ? "offline" : online < statuses.length ? "degraded" : "healthy",
    last_heartbeat: ages.length === 0 ? null : timeOf(nowMs - Math.min(...ages)),
  };
}

/** How well it goes now; what nobody has measured is null. */
export function performanceOf({ usage }: Pick<ApiContext, "usage">, statuses: readonly CameraStatus[]) {
  const online = statuses.filter(({ state }) => state === "online");
  const rates = online.flatMap(({ rates: { inferred } }) => (inferred === null ? [] : [inferred]));
  const { cpu, memory, gpu } = usage();
  return {
    frames_per_second: rates.length === 0 ? null : rates.reduce((total, rate) => total + rate, 0),
    average_latency_ms: null,
    cpu_usage: cpu,
    memory_usage: memory,
    gpu_usage: gpu,
  };
}
