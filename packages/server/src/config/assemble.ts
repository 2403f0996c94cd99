import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type CameraId, cameraId, type DailyReset } from "@sensorium/protocol";
import type { ConfigFile, ConfigPath, ConfigProblem } from "@sensorium/protocol/config";
import type { LimitGroup, RateLimit } from "@sensorium/protocol/rest";
import type { Backoff } from "../flow/supervise.ts";
import type { Device } from "../models/device.ts";
import type { LogLevel } from "../observe/log.ts";
import { type CameraConfig, modelPath } from "./cameras.ts";
import { milliseconds } from "./duration.ts";
import { type EnvironmentConfig, environmentsConfig } from "./environments.ts";
import { nothingSaid, readOriginal } from "./original-worker.ts";

/** A certificate and its key as files; or one that is made here. */
export type TlsConfig = "self-signed" | { readonly certificate: string; readonly key: string };

/** The main port, and who may connect to it. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsConfig | undefined;
  /** Proxies that are believed: how many are passed, or their addresses and networks. */
  readonly trustProxy: number | readonly string[];
  readonly hosts: readonly string[];
  /** Of pages elsewhere that may call the REST API with a token. */
  readonly origins: readonly string[];
  /** "none": nobody needs a token, and only this machine is let in. */
  readonly auth: "token" | "none";
  readonly rateLimits: Readonly<Record<LimitGroup, RateLimit>>;
}

/** Whose tokens are good besides our own. */
export interface AuthConfig {
  readonly jwks: { readonly url: string; readonly issuer: string; readonly audience: string } | undefined;
  /** What each role in its tokens grants. */
  readonly roles: Readonly<Record<string, "read" | "operate" | "admin">>;
}

/** The people counter's port, and who may connect to it. */
export interface CounterConfig {
  readonly enabled: boolean;
  readonly host: string;
  readonly port: number;
  /** The camera that is served; undefined for the first. */
  readonly camera: CameraId | undefined;
  readonly streamQuality: number;
  readonly origins: readonly string[];
  readonly hosts: readonly string[];
  /** When undefined, clients on this machine need nothing and all others a token. */
  readonly auth: "token" | "none" | undefined;
}

/** The detector worker, and what its backends may ask of it. */
export interface WorkerConfig {
  readonly enabled: boolean;
  /** When undefined, backends on this machine need nothing and all others a token. */
  readonly auth: "token" | "none" | undefined;
  readonly maxStreams: number;
  readonly targetFps: number;
  /** Where a bundle may lie that is named by a path; undefined: nowhere. */
  readonly models: string | undefined;
  readonly bundleHosts: readonly string[];
  readonly graceMs: number;
  readonly visitTimeoutMs: number;
  readonly perFrameSessions: boolean;
  /** How cameras that are lost are tried again; undefined: as all others. */
  readonly reconnect: Backoff | undefined;
}

/** For how long records are kept, in milliseconds; undefined for ever. */
export interface RetentionConfig {
  readonly crossingsMs: number | undefined;
  readonly eventsMs: number | undefined;
  readonly posesMs: number;
  readonly auditMs: number;
}

/** What is recorded of people. */
export interface HistoryConfig {
  /** The time from one pose of a person to the next, in milliseconds; 0 records none. */
  readonly posesMs: number;
}

/** Everything the server needs to know, checked and complete. */
export interface Config {
  /** Where this run keeps its state; what is simulated has a folder of its own. */
  readonly stateFolder: string;
  readonly modelCache: string;
  readonly server: ServerConfig;
  readonly auth: AuthConfig;
  readonly counter: CounterConfig;
  readonly worker: WorkerConfig;
  readonly databaseUrl: string | undefined;
  readonly retention: RetentionConfig;
  readonly history: HistoryConfig;
  readonly reset: DailyReset;
  readonly threads: number;
  /** What models run on. */
  readonly device: Device;
  readonly logLevel: LogLevel;
  /** For cameras that name none: a bundled model's name or a path. */
  readonly model: string;
  /** For cameras that name none. */
  readonly classes: readonly string[];
  /** Those that are switched on, in order. */
  readonly cameras: readonly CameraConfig[];
  /** By name, those of which anything is said; see {@link environmentConfig}. */
  readonly environments: ReadonlyMap<string, EnvironmentConfig>;
}

const AUDIT = "365 days";
const POSES = "30 days";
/** An environment tells how it performs every ten seconds: without an end, that fills the disk. */
const EVENTS = "30 days";
const MAX_STREAMS = 100;
const TARGET_FPS = 10;

/** Finds the folder that paths at a place of the file are relative to; undefined for the working directory. */
export type FolderOf = (path: ConfigPath) => string | undefined;

interface Parts {
  readonly cameras: readonly CameraConfig[];
  readonly folderOf: FolderOf;
}

export type Assembled =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** The configuration of a checked file, unless its parts contradict one another. */
export function assemble(file: ConfigFile, { cameras, folderOf }: Parts): Assembled {
  const tls = tlsConfig(file, folderOf);
  const worker = workerConfig(file, folderOf);
  const problems = [
    ...mixture(cameras),
    ...tls.problems,
    ...counterProblems(file, { cameras, folderOf }),
    ...worker.problems,
  ];
  if (problems.length > 0) return { ok: false, problems };
  const simulated = cameras.some(({ source }) => source.kind === "simulated");
  const home = resolve(folderOf(["home"]) ?? "", file.home);
  const { cacheFolder, threads = 1, default: model = "" } = file.models;
  const counter = counterConfig(file, cameras);
  const server = { ...file.server, tls: tls.config, rateLimits: rateLimitsOf(file.server.rateLimits) };
  const config: Config = {
    stateFolder: simulated ? join(home, "simulated") : home,
    modelCache: modelFolder({ home: file.home, cacheFolder }, folderOf),
    server,
    auth: { jwks: file.auth.jwks, roles: file.auth.roles },
    counter,
    worker: worker.config,
    // What is made up does not belong into a database that others share.
    databaseUrl: simulated ? undefined : file.store.databaseUrl,
    retention: retentionConfig(file.store.retention),
    history: { posesMs: milliseconds(file.history.poses) },
    reset: { time: file.reset.time, zone: file.reset.zone ?? "UTC" },
    ...{
      threads,
      device: file.models.device,
      logLevel: file.logLevel,
      model: modelPath(model, folderOf(["models", "default"])),
    },
    ...{ classes: file.defaults.classes, cameras, environments: environmentsConfig(file.environments) },
  };
  return { ok: true, config };
}

/** Where models are kept: a folder of their own, or one in the state's. */
export function modelFolder(
  { home, cacheFolder }: { readonly home: string; readonly cacheFolder: string | undefined },
  folderOf: FolderOf,
): string {
  return cacheFolder === undefined
    ? join(resolve(folderOf(["home"]) ?? "", home), "models")
    : resolve(folderOf(["models", "cacheFolder"]) ?? "", cacheFolder);
}

function mixture(cameras: readonly CameraConfig[]): ConfigProblem[] {
  const simulated = cameras.filter(({ source }) => source.kind === "simulated");
  if (simulated.length === 0 || simulated.length === cameras.length) return [];
  const message = "a simulated room is shown by itself, so that its counts never mix with real ones";
  return simulated.map(({ id }) => ({ path: ["cameras", id, "source"], atKey: false, message }));
}

function tlsConfig({ server: { tls } }: ConfigFile, folderOf: FolderOf) {
  if (typeof tls === "boolean") return { config: tls ? ("self-signed" as const) : undefined, problems: [] };
  const folder = folderOf(["server", "tls"]) ?? "";
  const config = { certificate: resolve(folder, tls.certificate), key: resolve(folder, tls.key) };
  const missing = (["certificate", "key"] as const).filter((part) => !existsSync(config[part]));
  const problems = missing.map((part) => ({
    path: ["server", "tls", part],
    atKey: false,
    message: `${tls[part]} does not exist`,
  }));
  return { config, problems };
}

/** Which camera is served only matters among the cameras of the same file. */
function counterProblems({ counter, cameras = {} }: ConfigFile, parts: Parts): ConfigProblem[] {
  const { camera, enabled } = counter;
  if (!enabled || camera === undefined || parts.folderOf(["cameras"]) === undefined) return [];
  if (parts.cameras.some(({ id }) => id === camera)) return [];
  const message = camera in cameras ? `the camera ${camera} is not enabled` : `there is no camera ${camera}`;
  return [{ path: ["counter", "camera"], atKey: false, message }];
}

function counterConfig({ counter }: ConfigFile, cameras: readonly CameraConfig[]): CounterConfig {
  const { camera, auth, ...rest } = counter;
  return { ...rest, auth, camera: cameras.some(({ id }) => id === camera) ? cameraId(camera ?? "") : undefined };
}

function workerConfig({ worker }: ConfigFile, folderOf: FolderOf) {
  const { models, gracePeriod, visitTimeout, originalConfig, ...rest } = worker;
  const at = (name: string, path: string): string => resolve(folderOf(["worker", name]) ?? "", path);
  const original = originalConfig === undefined ? nothingSaid : readOriginal(at("originalConfig", originalConfig));
  const config: WorkerConfig = {
    ...rest,
    auth: rest.auth,
    maxStreams: rest.maxStreams ?? original.said.maxStreams ?? MAX_STREAMS,
    targetFps: rest.targetFps ?? original.said.targetFps ?? TARGET_FPS,
    models: models === undefined ? undefined : at("models", models),
    graceMs: milliseconds(gracePeriod),
    visitTimeoutMs: milliseconds(visitTimeout),
    reconnect: original.said.reconnect,
  };
  const problems = original.problems.map((message) => ({ path: ["worker", "originalConfig"], atKey: false, message }));
  return { config, problems };
}

function rateLimitsOf(limits: ConfigFile["server"]["rateLimits"]): ServerConfig["rateLimits"] {
  const complete = Object.entries(limits).map(([group, { requests, window }]) => [
    group,
    { requests, windowSeconds: milliseconds(window) / 1000 },
  ]);
  return Object.fromEntries(complete) as ServerConfig["rateLimits"];
}

function retentionConfig(retention: ConfigFile["store"]["retention"]): RetentionConfig {
  const { crossings, events = EVENTS, poses = POSES, audit = AUDIT } = retention;
  return {
    crossingsMs: crossings === undefined ? undefined : milliseconds(crossings),
    eventsMs: milliseconds(events),
    posesMs: milliseconds(poses),
    auditMs: milliseconds(audit),
  };
}
