import { EnvironmentSettings } from "@sensorium/protocol/config";
import { expect, it } from "vitest";
import { DOMAINS, environmentConfig, environmentIn } from "./environments.ts";

const usual = environmentConfig();

it("an environment of which nothing is said is as usual", () => {
  expect(environmentIn(new Map(), "ward-3")).toEqual(usual);
  expect(usual.alerts).toEqual({
    threshold: 0.8,
    minimumMs: 5_000,
    perHour: 10,
    cooldownMs: 300_000,
    inactivityMs: 300_000,
  });
});

it("an environment's domain fills in what is not said of it, and only that", () => {
  const { domain, tracking, alerts } = environmentConfig({
    domain: "healthcare",
    lostFor: "9 s",
    alerts: { perHour: 5 },
  });
  expect(domain).toBe("healthcare");
  expect(tracking).toEqual({ confidence: undefined, lostFor: 9_000_000, sightings: 2 });
  expect(alerts).toEqual({ threshold: 0.7, minimumMs: 3_000, perHour: 5, cooldownMs: 300_000, inactivityMs: 900_000 });
});

it.each(Object.entries(DOMAINS))("the domain %s says what a file could say, and something unusual", (_, preset) => {
  expect(EnvironmentSettings.safeParse(preset).success).toBe(true);
  expect(environmentConfig(preset)).not.toEqual(usual);
});
