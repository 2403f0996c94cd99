import { existsSync, readFileSync } from "node:fs";
import { reasonOf, SensoriumError } from "@sensorium/protocol";
import type { Config } from "./assemble.ts";
import { type ConfigRequest, type ConfigText, resolveConfig } from "./resolve.ts";
import type { GivenSettings } from "./settings.ts";

export type {
  AuthConfig,
  Config,
  CounterConfig,
  HistoryConfig,
  RetentionConfig,
  ServerConfig,
  TlsConfig,
  WorkerConfig,
} from "./assemble.ts";
export type { CameraConfig, LineConfig, ZoneConfig } from "./cameras.ts";
export type { AlertConfig, EnvironmentConfig, TrackingConfig } from "./environments.ts";
export type { ConfigRequest, ConfigText } from "./resolve.ts";
export { ENVIRONMENT, type GivenSettings } from "./settings.ts";

/** The variable that names the configuration file. */
export const CONFIG_VARIABLE = "SENSORIUM_CONFIG";
/** The file that is used where none is named. */
export const CONFIG_NAME = "sensorium.yaml";
/** More than these make nobody read on. */
const MOST_PROBLEMS = 20;

/**
 * Flags and environment to a complete configuration. Without a source the simulated room is shown.
 * @throws SensoriumError "config-invalid" with one sentence naming the setting.
 */
export function loadConfig(
  sources: readonly string[],
  given: GivenSettings,
  environment: NodeJS.ProcessEnv = process.env,
): Config {
  return composeConfig({ sources, given, environment });
}

/**
 * The same with a configuration file: sources replace its cameras, flags and environment win over it.
 * @throws SensoriumError "config-invalid" with a line for each problem.
 */
export function composeConfig(request: ConfigRequest): Config {
  const resolved = resolveConfig(request);
  if (resolved.ok) return resolved.config;
  throw new SensoriumError("config-invalid", listOf(resolved.problems.map(({ line }) => line)));
}

/** Problems as lines; of very many, the first. */
export function listOf(problems: readonly string[]): string {
  const more = problems.length - MOST_PROBLEMS;
  const shown = more > 0 ? [...problems.slice(0, MOST_PROBLEMS), `and ${more} more`] : problems;
  return shown.join("\n");
}

/** The configuration file to use: the one that is named, by flag or variable, or the one in the working directory. */
export function findConfigFile(
  named: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return named ?? (environment[CONFIG_VARIABLE] || (existsSync(CONFIG_NAME) ? CONFIG_NAME : undefined));
}

/** @throws SensoriumError "config-invalid" when the file cannot be read. */
export function readConfigFile(path: string): ConfigText {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    const reason = code === "ENOENT" ? "does not exist" : `cannot be read: ${reasonOf(thrown)}`;
    throw new SensoriumError("config-invalid", `the configuration file ${path} ${reason}`, { cause: thrown });
  }
}
