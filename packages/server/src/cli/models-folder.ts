import { loadConfig } from "../config/config.ts";
import { settingsOf } from "./settings.ts";

/** What all commands about models take. */
export interface ModelsFlags {
  readonly home?: string;
  readonly json?: boolean;
}

/** The folder of the models, as flags and the environment have it. */
export function modelsFolder({ home }: ModelsFlags): string {
  return loadConfig([], settingsOf({ home })).modelCache;
}

/** A line of JSON, or text, on standard output. */
export function print(value: unknown, { json }: ModelsFlags, text: () => readonly string[]): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : `${text().join("\n")}\n`);
}
