import type { ConfigPath } from "@sensorium/protocol/config";
import type { settings } from "@sensorium/protocol/rest";

type Value = string | number | boolean | null;

/** A tracker counts time, this API frames: so many to a second. */
export const FRAMES_PER_SECOND = 15;

/** A setting that stands with the environment in the file, and what a value is called there. */
interface FileSetting {
  readonly path: ConfigPath;
  readonly written: (value: Value) => string | number | undefined;
}

const asIs = (value: Value): string | number | undefined =>
  typeof value === "boolean" ? undefined : (value ?? undefined);

const FILE: Readonly<Record<string, FileSetting>> = {
  domain: { path: ["domain"], written: asIs },
  "detection.confidence_threshold": { path: ["confidence"], written: asIs },
  "detection.tracking_max_age": {
    path: ["lostFor"],
    written: (frames) => `${Math.round((1000 * Number(frames)) / FRAMES_PER_SECOND)} ms`,
  },
  "detection.tracking_min_hits": { path: ["sightings"], written: asIs },
  "analytics.alert_thresholds.fall_confidence": { path: ["alerts", "confidence"], written: asIs },
  "analytics.alert_thresholds.inactivity_timeout": {
    path: ["alerts", "inactivity"],
    written: (seconds) => `${Number(seconds)} s`,
  },
};

/** How long poses are kept: of all environments, and not with any of them in the file. */
export const POSE_DAYS = "privacy.data_retention_days";

const READ_ONLY: Readonly<Record<string, string>> = {
  "detection.max_persons": "everybody who is found is tracked",
  "detection.enable_tracking": "people are always tracked: counts rest on it",
  "neural_network.model_version": "each camera names its model: change the camera",
  "neural_network.batch_size": "frames are looked at one by one",
  "neural_network.enable_gpu": "models.device in the configuration file decides, for all environments",
  "neural_network.inference_timeout": "a model that does not answer is replaced, there is no time for it to set",
  "hardware.csi_sampling_rate": "there is no Wi-Fi source",
  "hardware.buffer_size": "the newest frame replaces one that waits, there is no buffer",
  "hardware.antenna_count": "there is no Wi-Fi source",
  "hardware.subcarrier_count": "there is no Wi-Fi source",
  "analytics.enable_fall_detection": "falls are found at every camera with a pose model: change the camera",
  "analytics.enable_activity_recognition": "activities are always recognised",
  "privacy.anonymize_data": "records hold no names and no pictures of people in any case",
  "privacy.enable_encryption": "server.tls in the configuration file decides, for all environments",
};

/** One setting that is to be another than now. */
export interface Change {
  /** Its dotted name. */
  readonly name: string;
  readonly value: Value;
}

/** The settings of a change that are not so already. */
export function changesIn(change: object, now: settings.Settings): readonly Change[] {
  const before = new Map(leaves(now));
  return leaves(change).flatMap(([name, value]) => (before.get(name) === value ? [] : [{ name, value }]));
}

/** Why a setting cannot be changed; undefined for one that can. */
export const fixedBecause = ({ name }: Change): string | undefined => READ_ONLY[name];

/** What stands in the file of an environment when a setting is so; empty for one that stands elsewhere. */
export function saidInFile({ name, value }: Change): readonly (readonly [ConfigPath, string | number | undefined])[] {
  const setting = FILE[name];
  return setting ? [[setting.path, setting.written(value)]] : [];
}

/** Everything that is no section, by its dotted name. */
function leaves(value: object, above = ""): readonly (readonly [string, Value])[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (inner === undefined) return [];
    if (typeof inner === "object" && inner !== null) return leaves(inner, `${above}${key}.`);
    return [[`${above}${key}`, inner as Value] as const];
  });
}
