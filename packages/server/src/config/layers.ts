import type { ConfigPath } from "@sensorium/protocol/config";
import type { Override } from "./settings.ts";

/** Where a value comes from. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file" }
  | { readonly kind: "override"; readonly override: Override };

type Section = Readonly<Record<string, unknown>>;

/** What the file says with what replaces parts of it, in the form of the file. */
export class Layers {
  readonly value: unknown;
  readonly #file: unknown;
  readonly #overrides: readonly Override[];

  constructor(file: unknown, overrides: readonly Override[]) {
    this.#file = file;
    this.#overrides = overrides;
    this.value = overrides.reduce<unknown>((whole, { path, value }) => placed(whole, path, value), file);
  }

  /** Where the value at `path` comes from; a section that several contributed to is the file's. */
  originOf(path: ConfigPath): Origin {
    const override = this.#overrides.find((each) => each.path.every((key, i) => path[i] === key));
    if (override) return { kind: "override", override };
    return { kind: valueAt(this.#file, path) === undefined ? "default" : "file" };
  }
}

/** What stands at `path`; undefined where nothing does. */
export function valueAt(whole: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((now, key) => {
    if (typeof now !== "object" || now === null || !Object.hasOwn(now, key)) return undefined;
    return (now as Section)[key];
  }, whole);
}

/** `whole` with `value` at `path`; as it is where something else than a section is in the way. */
export function placed(whole: unknown, path: ConfigPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (whole === undefined) return { [key]: placed(undefined, rest, value) };
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return whole;
  return { ...whole, [key]: placed((whole as Section)[key], rest, value) };
}

/** Sections in which a name without anything behind it means that there are none. */
const COLLECTIONS = ["cameras", "lines", "zones"];

/** The file's data with names that have nothing behind them taken as what they mean: nothing said, or none. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (inner !== null) return [[key, withoutEmpty(inner)]];
      return COLLECTIONS.includes(key) ? [[key, {}]] : [];
    }),
  );
}
