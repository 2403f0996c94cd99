import { z } from "zod";
import { Domain } from "../config/environment.ts";
import { share } from "../quantities.ts";
import { Name, Time } from "./query.ts";

/**
 * `/api/v1/config`: what one environment is told. The configuration file knows more; `configuration` in the address is
 * about that.
 */

const fact = (what: string) => ({ description: `${what}; cannot be changed here`, readOnly: true });

/** Settings of an environment. What is read-only is a fact, and null where there is none. */
export const Settings = z.object({
  domain: Domain.nullable().describe("Null for none: what is left out is as the models and the file say"),
  environment_id: z.string().meta(fact("The environment")),
  detection: z.object({
    confidence_threshold: share.nullable().describe("From here on somebody is tracked; null for each model's own"),
    max_persons: z.int().min(1).max(1000).nullable().meta(fact("Null: everybody who is found is tracked")),
    enable_tracking: z.boolean().meta(fact("People are always tracked: counts rest on it")),
    tracking_max_age: z
      .int()
      .min(1)
      .max(3000)
      .describe("For how many frames, 15 to a second, somebody out of sight is waited for"),
    tracking_min_hits: z.int().min(1).max(100).describe("In how many frames in a row somebody is seen to be tracked"),
  }),
  neural_network: z.object({
    model_version: z.string().nullable().meta(fact("The model that looks, which each camera names")),
    batch_size: z.int().nullable().meta(fact("Frames that are looked at in one go")),
    enable_gpu: z.boolean().nullable().meta(fact("models.device in the file decides")),
    inference_timeout: z.number().nullable().meta(fact("There is none")),
  }),
  hardware: z.object({
    csi_sampling_rate: z.number().nullable().meta(fact("Of a Wi-Fi source")),
    buffer_size: z.int().nullable().meta(fact("The newest frame replaces one that waits")),
    antenna_count: z.int().nullable().meta(fact("Of a Wi-Fi source")),
    subcarrier_count: z.int().nullable().meta(fact("Of a Wi-Fi source")),
  }),
  analytics: z.object({
    enable_fall_detection: z
      .boolean()
      .meta(fact("Whether any of its cameras has a pose model, by which falls are found")),
    enable_activity_recognition: z.boolean().meta(fact("Activities are always recognised")),
    alert_thresholds: z.object({
      fall_confidence: share.describe("From here on a fall raises an alert"),
      inactivity_timeout: z.number().min(1).max(86_400).describe("Seconds without a movement that raise an alert"),
    }),
  }),
  privacy: z.object({
    data_retention_days: z.number().min(1).max(36_500).describe("How long poses are kept, of all environments"),
    anonymize_data: z.boolean().meta(fact("Records hold numbers and places, no names and no pictures of people")),
    enable_encryption: z.boolean().meta(fact("Whether this port is encrypted")),
  }),
});
export type Settings = z.infer<typeof Settings>;

const { detection, neural_network, hardware, analytics, privacy } = Settings.shape;

/** The body of `PUT config`: what is to change. A read-only setting may be sent as it is. */
export const SettingsChange = z.strictObject({
  environment_id: Name.optional().describe("The environment; the first that the asker may see when absent"),
  domain: Settings.shape.domain.optional(),
  detection: z.strictObject(detection.partial().shape).optional(),
  neural_network: z.strictObject(neural_network.partial().shape).optional(),
  hardware: z.strictObject(hardware.partial().shape).optional(),
  analytics: z
    .strictObject({
      ...analytics.partial().shape,
      alert_thresholds: z.strictObject(analytics.shape.alert_thresholds.partial().shape).optional(),
    })
    .optional(),
  privacy: z.strictObject(privacy.partial().shape).optional(),
});
export type SettingsChange = z.infer<typeof SettingsChange>;

/** The query of `GET config`. */
export const SettingsQuery = z.object({
  environment_id: Name.optional().describe("The environment; the first that the asker may see when absent"),
});
export type SettingsQuery = z.infer<typeof SettingsQuery>;

/** Result of `PUT config`. */
export const SettingsChanged = z.object({
  updated_fields: z.array(z.string()).describe("By their dotted names; empty when all was so before"),
  requires_restart: z.boolean(),
  applied_at: Time,
  configuration: Settings,
});
export type SettingsChanged = z.infer<typeof SettingsChanged>;

/** Result of `GET config/schema`. */
export const SettingsSchema = z.object({
  schema: z.looseObject({}).describe("JSON Schema of a configuration"),
  defaults: Settings.describe("What holds where nobody says anything"),
});
export type SettingsSchema = z.infer<typeof SettingsSchema>;
