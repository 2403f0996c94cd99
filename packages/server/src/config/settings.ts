import { SensoriumError } from "@sensorium/protocol";
import type { ConfigPath } from "@sensorium/protocol/config";
import { parseLine } from "./line.ts";

/** The settings that flags and the environment know, and their places in the file. */
const PLACES = {
  home: ["home"],
  host: ["server", "host"],
  port: ["server", "port"],
  tls: ["server", "tls"],
  trustProxy: ["server", "trustProxy"],
  jwksUrl: ["auth", "jwks", "url"],
  jwksIssuer: ["auth", "jwks", "issuer"],
  jwksAudience: ["auth", "jwks", "audience"],
  counterPort: ["counter", "port"],
  streamQuality: ["counter", "streamQuality"],
  databaseUrl: ["store", "databaseUrl"],
  resetTime: ["reset", "time"],
  resetZone: ["reset", "zone"],
  threads: ["models", "threads"],
  device: ["models", "device"],
  logLevel: ["logLevel"],
  model: ["models", "default"],
  classes: ["defaults", "classes"],
  lines: ["defaults", "lines"],
  loop: ["defaults", "loop"],
  rtspTransport: ["defaults", "rtspTransport"],
  snapshotInterval: ["defaults", "snapshotInterval"],
  decode: ["defaults", "decode"],
} as const satisfies Record<string, ConfigPath>;

type SettingName = keyof typeof PLACES;

/** Settings from the command line, before they are checked. */
export type GivenSettings = Partial<Record<SettingName, unknown>>;

/** Where each setting can come from besides the command line and the file. */
export const ENVIRONMENT: Readonly<Partial<Record<SettingName, string>>> = {
  home: "SENSORIUM_HOME",
  host: "SENSORIUM_HOST",
  port: "SENSORIUM_PORT",
  tls: "SENSORIUM_TLS",
  trustProxy: "SENSORIUM_TRUST_PROXY",
  jwksUrl: "SENSORIUM_JWKS_URL",
  jwksIssuer: "SENSORIUM_JWKS_ISSUER",
  jwksAudience: "SENSORIUM_JWKS_AUDIENCE",
  counterPort: "SENSORIUM_COUNTER_PORT",
  streamQuality: "WEBSOCKET_STREAM_QUALITY",
  databaseUrl: "DATABASE_URL",
  resetTime: "SENSORIUM_RESET_TIME",
  resetZone: "SENSORIUM_RESET_ZONE",
  threads: "SENSORIUM_THREADS",
  device: "SENSORIUM_DEVICE",
  logLevel: "SENSORIUM_LOG",
  model: "SENSORIUM_MODEL",
};

/** Everything in the environment is a text; these are meant as numbers. */
const NUMBERS: readonly SettingName[] = ["port", "trustProxy", "counterPort", "streamQuality", "threads"];

/** A value that replaces the file's. */
export interface Override {
  readonly path: ConfigPath;
  readonly value: unknown;
  /** The flag or variable, or where else it comes from. */
  readonly name: string;
  /** Whether a complaint about the value speaks for itself, without the name. */
  readonly unnamed?: boolean;
}

/**
 * What the command line and the environment say, the command line first.
 * @throws SensoriumError "config-invalid" for a line that is none.
 */
export function overridesOf(given: GivenSettings, environment: NodeJS.ProcessEnv): Override[] {
  return (Object.keys(PLACES) as SettingName[]).flatMap((name) => {
    const path = PLACES[name];
    if (given[name] !== undefined) return [{ path, value: typedValue(name, given[name]), name: flagName(name) }];
    const variable = ENVIRONMENT[name];
    const text = variable === undefined ? undefined : environment[variable];
    return variable === undefined || !text ? [] : [{ path, value: typedValue(name, text), name: variable }];
  });
}

function typedValue(name: SettingName, value: unknown): unknown {
  if (name === "lines" && Array.isArray(value)) return linesByName(value.map(String));
  if (name === "tls") return tlsValue(value);
  if (name === "trustProxy" && typeof value === "string" && /[.:]/.test(value)) return value.split(",");
  if (!NUMBERS.includes(name) || typeof value !== "string" || value.trim() === "") return value;
  return Number.isNaN(Number(value)) ? value : Number(value);
}

/** Two files, as `certificate.pem,key.pem`, or whether to make a certificate. */
function tlsValue(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const [certificate, key, ...more] = value.split(",");
  if (key !== undefined && more.length === 0) return { certificate, key };
  return { true: true, false: false }[value] ?? value;
}

function linesByName(texts: readonly string[]): Record<string, unknown> {
  const lines = texts.map(parseLine);
  refuseDuplicates(
    lines.map(({ id }) => id),
    "line",
  );
  return Object.fromEntries(lines.map(({ id, a, b }) => [id, { from: [a.x, a.y], to: [b.x, b.y] }]));
}

/** @throws SensoriumError "config-invalid" naming what is there twice. */
export function refuseDuplicates(values: readonly string[], what: string): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new SensoriumError("config-invalid", `the ${what} ${twice} is given twice`);
}

const FLAGS: Readonly<Partial<Record<SettingName, string>>> = { lines: "--line", classes: "--class" };

function flagName(name: SettingName): string {
  return FLAGS[name] ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
