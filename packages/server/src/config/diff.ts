import { isDeepStrictEqual } from "node:util";
import type { CameraConfig, Config } from "./config.ts";

/** A camera that is there before and after, and what is different. */
export interface CameraChange {
  readonly before: CameraConfig;
  readonly after: CameraConfig;
  /** What differs, for example `lines`: a camera whose `source` stays need not be opened again. */
  readonly keys: readonly (keyof CameraConfig)[];
}

/** What it takes to get from one configuration to another. */
export interface ConfigDiff {
  readonly added: readonly CameraConfig[];
  readonly removed: readonly CameraConfig[];
  readonly changed: readonly CameraChange[];
  /** Settings beside the cameras that differ, by their names in the file; they are read at the start only. */
  readonly restartNeeded: readonly string[];
}

/** Compares two configurations. What cameras take from the defaults shows in the cameras. */
export function diffConfig(before: Config, after: Config): ConfigDiff {
  const old = new Map(before.cameras.map((camera) => [camera.id, camera]));
  const kept = new Set(after.cameras.map(({ id }) => id));
  return {
    added: after.cameras.filter(({ id }) => !old.has(id)),
    removed: before.cameras.filter(({ id }) => !kept.has(id)),
    changed: after.cameras.flatMap((camera) => {
      const previous = old.get(camera.id);
      const keys = previous ? differing(previous, camera) : [];
      return previous && keys.length > 0 ? [{ before: previous, after: camera, keys }] : [];
    }),
    restartNeeded: [...settingsOf(before)].flatMap(([name, value]) => {
      return isDeepStrictEqual(value, settingsOf(after).get(name)) ? [] : [name];
    }),
  };
}

function differing<T extends object>(before: T, after: T): (keyof T)[] {
  return (Object.keys(after) as (keyof T)[]).filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

function settingsOf(config: Config): ReadonlyMap<string, unknown> {
  const section = (name: string, values: object): [string, unknown][] =>
    Object.entries(values).map(([key, value]) => [`${name}.${key}`, value]);
  const { crossingsMs, eventsMs } = config.retention;
  return new Map([
    ["home", config.stateFolder],
    ["logLevel", config.logLevel],
    ...section("server", config.server),
    ...section("counter", config.counter),
    ["store.databaseUrl", config.databaseUrl],
    ...section("store.retention", { crossings: crossingsMs, events: eventsMs }),
    ...section("reset", config.reset),
    ["models.threads", config.threads],
    ["models.cacheFolder", config.modelCache],
  ]);
}
