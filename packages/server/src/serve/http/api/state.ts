import type { system } from "@sensorium/protocol/rest";
import type { CameraStatus } from "../../../pipeline/camera-view.ts";
import { tenths } from "../../streaming/rounded.ts";
import { timeOf } from "./scope.ts";
import type { ApiContext, EnvironmentFigures } from "./sources.ts";

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

/** What is known of those environments that are sensed; null for all. */
export const figuresIn = ({ sensing, figures }: ApiContext, environments: readonly string[] | null) =>
  (environments ?? sensing.environments()).flatMap((environment) => figures(environment) ?? []);

const WORSE: readonly system.ComponentStatus[] = ["healthy", "degraded", "unhealthy", "offline"];

/** The worst state of a component; undefined where nobody knows it. */
export const worstOf = (figures: readonly EnvironmentFigures[], component: string) =>
  figures
    .flatMap(({ components }) => components[component] ?? [])
    .sort((one, other) => WORSE.indexOf(other) - WORSE.indexOf(one))[0];

/** When a component last did its work in any of them; null where it has not yet. */
export function heartbeatOf(figures: readonly EnvironmentFigures[], component: string): string | null {
  const beats = figures.flatMap(({ heartbeats }) => heartbeats[component] ?? []);
  return beats.length === 0 ? null : timeOf(Math.max(...beats));
}

/** The log as one component. */
export function databasePart({ database }: Pick<ApiContext, "database">): system.Component {
  const { status, writtenMs } = database();
  return { status, last_heartbeat: writtenMs === null ? null : timeOf(writtenMs) };
}

/** How well it goes now; what nobody has measured is null. */
export function performanceOf(context: ApiContext, environments: readonly string[] | null) {
  const statuses = statusesIn(context, environments);
  const latencies = figuresIn(context, environments).flatMap(({ performance }) => performance?.latencyMs ?? []);
  const online = statuses.filter(({ state }) => state === "online");
  const rates = online.flatMap(({ rates: { inferred } }) => (inferred === null ? [] : [inferred]));
  const { cpu, memory, gpu } = context.usage();
  return {
    frames_per_second: rates.length === 0 ? null : tenths(sum(rates)),
    average_latency_ms: latencies.length === 0 ? null : tenths(sum(latencies) / latencies.length),
    cpu_usage: cpu,
    memory_usage: memory,
    gpu_usage: gpu,
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
