import { isDeepStrictEqual } from "node:util";
import type { Config } from "./config.ts";

/** Settings that differ and are read at the start only, by their names in the file. */
export function restartNeeded(before: Config, after: Config): readonly string[] {
  const settings = settingsOf(after);
  return [...settingsOf(before)].flatMap(([name, value]) => {
    return isDeepStrictEqual(value, settings.get(name)) ? [] : [name];
  });
}

function settingsOf(config: Config): ReadonlyMap<string, unknown> {
  const section = (name: string, values: object): [string, unknown][] =>
    Object.entries(values).map(([key, value]) => [`${name}.${key}`, value]);
  const { camera: _served, ...counter } = config.counter;
  return new Map([
    ["home", config.stateFolder],
    ["logLevel", config.logLevel],
    ...section("server", config.server),
    ...section("auth", config.auth),
    ...section("counter", counter),
    ...section("worker", config.worker),
    ["store.databaseUrl", config.databaseUrl],
    ["history.poses", config.history.posesMs],
    ...section("reset", config.reset),
    ["models.threads", config.threads],
    ["models.device", config.device],
    ["models.cacheFolder", config.modelCache],
  ]);
}
