import { z } from "zod";
import { duration } from "./duration.ts";

/** What an environment is for: a preset of thresholds and of what raises alerts. */
export const Domain = z.enum(["healthcare", "retail", "security", "forecourt"]);
export type Domain = z.infer<typeof Domain>;

const Alerts = z
  .strictObject({
    confidence: z.number().min(0).max(1).optional().describe("How sure it is that somebody has fallen, at least (0.8)"),
    minimum: duration({ least: "0 s", most: "1 h" }).optional().describe("How long it lasts, at least (5 s)"),
    perHour: z.int().min(1).max(1000).optional().describe("How many of one kind there are in an hour, at most (10)"),
    cooldown: duration({ least: "0 s", most: "24 h" })
      .optional()
      .describe("How long after an alert there is no other of the same about the same person (5 min)"),
    inactivity: duration({ least: "1 s", most: "24 h" })
      .optional()
      .describe("How long somebody does not move before it is one (5 min)"),
  })
  .describe("What somebody is alerted of");

/** What holds for all cameras of an environment together; what is left out is as its domain has it. */
export const EnvironmentSettings = z
  .strictObject({
    domain: Domain.optional().describe("What it is for: a preset of everything that is left out here"),
    confidence: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe("From which score on something is tracked; each model's own when absent"),
    lostFor: duration({ least: "60 ms", most: "200 s" })
      .optional()
      .describe("How long somebody out of sight is waited for (2 s)"),
    sightings: z.int().min(1).max(100).optional().describe("In how many frames in a row somebody is seen first (2)"),
    alerts: Alerts.optional(),
  })
  .describe("What holds for all cameras of an environment");
export type EnvironmentSettings = z.infer<typeof EnvironmentSettings>;

/** What holds for each environment, by its name. */
export const Environments = z
  .record(z.string().min(1).max(100), EnvironmentSettings)
  .default({})
  .describe("What holds for all cameras of an environment, by its name");
