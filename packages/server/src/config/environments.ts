import { type Micros, micros } from "@sensorium/protocol";
import type { Domain, EnvironmentSettings } from "@sensorium/protocol/config";
import { milliseconds } from "./duration.ts";

/** How the things in an environment are tracked. */
export interface TrackingConfig {
  /** From which score on; each model's own when undefined. */
  readonly confidence: number | undefined;
  /** How long something out of sight is waited for. */
  readonly lostFor: Micros;
  /** In how many frames in a row something is seen first. */
  readonly sightings: number;
}

/** What somebody is alerted of. Times in milliseconds. */
export interface AlertConfig {
  /** How sure it is that somebody has fallen, at least. */
  readonly threshold: number;
  /** How long it lasts, at least. */
  readonly minimumMs: number;
  /** How many of one kind there are in an hour, at most. */
  readonly perHour: number;
  /** How long after an alert there is no other of the same about the same person. */
  readonly cooldownMs: number;
  /** How long somebody does not move before it is one. */
  readonly inactivityMs: number;
}

/** What holds for all cameras of an environment, complete. */
export interface EnvironmentConfig {
  readonly domain: Domain | null;
  readonly tracking: TrackingConfig;
  readonly alerts: AlertConfig;
}

type Preset = Omit<EnvironmentSettings, "domain">;

const USUAL = {
  lostFor: "2 s",
  sightings: 2,
  alerts: { confidence: 0.8, minimum: "5 s", perHour: 10, cooldown: "5 min", inactivity: "5 min" },
} as const satisfies Preset;

/** Where each domain differs from the usual. */
export const DOMAINS: Readonly<Record<Domain, Preset>> = {
  // Somebody who lies on the floor is found soon, even at the price of a false alarm; who rests is left alone.
  healthcare: { lostFor: "4 s", alerts: { confidence: 0.7, minimum: "3 s", perHour: 20, inactivity: "15 min" } },
  // Shelves hide people for a moment; who waits or tries something on stands still for long.
  retail: { lostFor: "3 s", alerts: { inactivity: "15 min" } },
  // Nothing is missed for want of a second look; who lingers is told of soon.
  security: { sightings: 3, alerts: { perHour: 60, cooldown: "1 min", inactivity: "2 min" } },
  // Vehicles hide people and one another.
  forecourt: { lostFor: "5 s", alerts: { inactivity: "10 min" } },
};

/** What a file says of an environment, completed by its domain. */
export function environmentConfig({ domain, ...said }: EnvironmentSettings = {}): EnvironmentConfig {
  const preset = domain === undefined ? {} : DOMAINS[domain];
  const { confidence, lostFor, sightings } = { ...USUAL, ...preset, ...said };
  const alerts = { ...USUAL.alerts, ...preset.alerts, ...said.alerts };
  return {
    domain: domain ?? null,
    tracking: { confidence, lostFor: micros(1000 * milliseconds(lostFor)), sightings },
    alerts: {
      threshold: alerts.confidence,
      minimumMs: milliseconds(alerts.minimum),
      perHour: alerts.perHour,
      cooldownMs: milliseconds(alerts.cooldown),
      inactivityMs: milliseconds(alerts.inactivity),
    },
  };
}

/** Those of which a file says anything. */
export const environmentsConfig = (
  said: Readonly<Record<string, EnvironmentSettings>>,
): ReadonlyMap<string, EnvironmentConfig> =>
  new Map(Object.entries(said).map(([environment, settings]) => [environment, environmentConfig(settings)]));

/** What holds for an environment, whether or not anything is said of it. */
export const environmentIn = (known: ReadonlyMap<string, EnvironmentConfig>, environment: string): EnvironmentConfig =>
  known.get(environment) ?? USUALLY;

const USUALLY = environmentConfig();
