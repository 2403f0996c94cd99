import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import type { CountingLine } from "@sensorium/perception";
import { type CameraId, cameraId, type DailyReset, lastReset, SensoriumError, wallMs } from "@sensorium/protocol";
import { DEFAULT_LINE } from "@sensorium/protocol/config";
import { z } from "zod";
import { describeSource, identifySource, parseSource, type Source, type SourceOptions } from "../sources/source.ts";
import { parseLine } from "./line.ts";

const Port = z.coerce.number().int().min(0).max(65535);

/** Settings from outside, before defaults: command-line flags win over the environment. */
const Settings = z.object({
  home: z.string().min(1).default(".sensorium"),
  port: Port.default(8000),
  counterPort: Port.default(8765),
  streamQuality: z.coerce.number().int().min(1).max(100).default(75),
  databaseUrl: z.string().min(1).optional(),
  resetTime: z.string().default("00:00"),
  resetZone: z.string().default(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
  threads: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(() => availableParallelism()),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
  model: z.string().min(1).optional(),
  classes: z.array(z.string().min(1)).min(1).default(["person"]),
  lines: z.array(z.string()).default([DEFAULT_LINE]),
  loop: z.boolean().default(false),
  rtspTransport: z.enum(["tcp", "udp"]).default("tcp"),
});
export type GivenSettings = Partial<Record<keyof z.input<typeof Settings>, unknown>>;

/** Where each setting can come from besides the command line. */
export const ENVIRONMENT: Readonly<Partial<Record<keyof GivenSettings, string>>> = {
  home: "SENSORIUM_HOME",
  port: "SENSORIUM_PORT",
  counterPort: "SENSORIUM_COUNTER_PORT",
  streamQuality: "WEBSOCKET_STREAM_QUALITY",
  databaseUrl: "DATABASE_URL",
  resetTime: "SENSORIUM_RESET_TIME",
  resetZone: "SENSORIUM_RESET_ZONE",
  threads: "SENSORIUM_THREADS",
  logLevel: "SENSORIUM_LOG",
  model: "SENSORIUM_MODEL",
};

export interface CameraConfig {
  readonly id: CameraId;
  readonly name: string;
  readonly source: Source;
  readonly lines: readonly CountingLine[];
}

/** Everything the server needs to know, checked and complete. */
export interface Config {
  /** Where this run keeps its state; what is simulated has a folder of its own. */
  readonly stateFolder: string;
  readonly modelCache: string;
  readonly port: number;
  readonly counterPort: number;
  readonly streamQuality: number;
  readonly databaseUrl: string | undefined;
  readonly reset: DailyReset;
  readonly threads: number;
  readonly logLevel: z.infer<typeof Settings>["logLevel"];
  /** A bundled model's name or a path; undefined for the default. */
  readonly model: string | undefined;
  readonly classes: readonly string[];
  readonly cameras: readonly CameraConfig[];
}

/**
 * Flags and environment to a complete configuration. Without a source the simulated room is shown.
 * @throws SensoriumError "config-invalid" with one sentence naming the setting.
 */
export function loadConfig(
  sources: readonly string[],
  given: GivenSettings,
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  const settings = parseSettings(given, environment);
  const lines = settings.lines.map(parseLine);
  refuseDuplicates(
    lines.map(({ id }) => id),
    "line",
  );
  const options: SourceOptions = { loop: settings.loop, rtspTransport: settings.rtspTransport };
  const cameras = (sources.length > 0 ? sources : ["simulated:"]).map((text) => cameraConfig(text, { options, lines }));
  refuseDuplicates(
    cameras.map(({ id }) => id),
    "source",
  );
  const simulated = cameras.some(({ source }) => source.kind === "simulated");
  if (simulated && cameras.some(({ source }) => source.kind !== "simulated")) {
    throw new SensoriumError(
      "config-invalid",
      "a simulated room is shown by itself, so that its counts never mix with real ones",
    );
  }
  const reset: DailyReset = { time: settings.resetTime, zone: settings.resetZone };
  lastReset(wallMs(Date.now()), reset); // refuses a time or zone that does not exist
  const home = resolve(settings.home);
  const { port, counterPort, streamQuality, databaseUrl, threads, logLevel, model, classes } = settings;
  return {
    stateFolder: simulated ? join(home, "simulated") : home,
    modelCache: join(home, "models"),
    // What is made up does not belong into a database that others share.
    databaseUrl: simulated ? undefined : databaseUrl,
    ...{ port, counterPort, streamQuality, reset, threads, logLevel, model, classes, cameras },
  };
}

function parseSettings(given: GivenSettings, environment: NodeJS.ProcessEnv): z.infer<typeof Settings> {
  const merged: GivenSettings = { ...given };
  for (const [key, variable] of Object.entries(ENVIRONMENT) as [keyof GivenSettings, string][]) {
    if (merged[key] === undefined && environment[variable] !== undefined && environment[variable] !== "") {
      merged[key] = environment[variable];
    }
  }
  const result = Settings.safeParse(merged);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue?.path[0] as keyof GivenSettings;
  const variable = given[key] === undefined ? ENVIRONMENT[key] : undefined;
  throw new SensoriumError(
    "config-invalid",
    `the setting ${variable ?? flagName(key)} cannot be used: ${issue?.message}`,
  );
}

const flagName = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

interface CameraContext {
  readonly options: SourceOptions;
  readonly lines: readonly CountingLine[];
}

function cameraConfig(text: string, { options, lines }: CameraContext): CameraConfig {
  const source = parseSource(text, options);
  const shown = describeSource(source);
  const stem = source.kind === "file" ? basename(shown, extname(shown)) : shown.replace(/^\w+:\/*/, "");
  return { id: cameraIdOf(source, stem), name: source.kind === "simulated" ? "Simulated room" : stem, source, lines };
}

/** The same source is the same camera tomorrow, and another source is another one. */
function cameraIdOf(source: Source, stem: string): CameraId {
  const slug =
    stem
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 40) || "camera";
  return cameraId(`${slug}-${createHash("sha256").update(identifySource(source)).digest("hex").slice(0, 6)}`);
}

function refuseDuplicates(values: readonly string[], what: string): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new SensoriumError("config-invalid", `the ${what} ${twice} is given twice`);
}
