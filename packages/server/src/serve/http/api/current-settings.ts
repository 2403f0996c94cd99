import type { settings } from "@sensorium/protocol/rest";
import type { CameraConfig, Config } from "../../../config/config.ts";
import { environmentIn } from "../../../config/environments.ts";
import type { CameraDirectory } from "../../../pipeline/camera-view.ts";
import { FRAMES_PER_SECOND } from "./settings-table.ts";

const DAY_MS = 86_400_000;

/** What an environment's settings are made of. */
export interface SettingsParts {
  readonly config: Pick<Config, "cameras" | "environments"> & {
    readonly retention: Pick<Config["retention"], "posesMs">;
  };
  readonly cameras: CameraDirectory;
  readonly encrypted: boolean;
}

/** What an environment is told now, and what is true of it. */
export function settingsOf(environment: string, { config, cameras, encrypted }: SettingsParts): settings.Settings {
  const { domain, tracking, alerts } = environmentIn(config.environments, environment);
  const models = cameras
    .list()
    .filter((camera) => camera.environment === environment)
    .flatMap((camera) => camera.status().model ?? []);
  return {
    domain,
    environment_id: environment,
    detection: {
      confidence_threshold: tracking.confidence ?? null,
      max_persons: null,
      enable_tracking: true,
      tracking_max_age: Math.max(1, Math.round((tracking.lostFor * FRAMES_PER_SECOND) / 1e6)),
      tracking_min_hits: tracking.sightings,
    },
    neural_network: {
      model_version: [...new Set(models.map(({ name }) => name))].join(", ") || null,
      batch_size: models.length === 0 ? null : 1,
      enable_gpu: models.length === 0 ? null : models.some(({ provider }) => /cuda|directml|coreml/i.test(provider)),
      inference_timeout: null,
    },
    hardware: { csi_sampling_rate: null, buffer_size: null, antenna_count: null, subcarrier_count: null },
    analytics: {
      enable_fall_detection: config.cameras.some(
        (camera) => camera.environment === environment && knowsSkeletons(camera),
      ),
      enable_activity_recognition: true,
      alert_thresholds: { fall_confidence: alerts.threshold, inactivity_timeout: alerts.inactivityMs / 1000 },
    },
    privacy: {
      data_retention_days: config.retention.posesMs / DAY_MS,
      anonymize_data: true,
      enable_encryption: encrypted,
    },
  };
}

/** Only of whom a skeleton is known is it known that he fell. */
const knowsSkeletons = ({ pose, source }: CameraConfig): boolean => pose !== undefined || source.kind === "simulated";

const NOBODY: CameraDirectory = { list: () => [], get: () => undefined };

/** What an environment is told of which nobody says anything. */
export const defaultSettings = (environment: string, encrypted: boolean): settings.Settings =>
  settingsOf(environment, {
    config: { cameras: [], environments: new Map(), retention: { posesMs: 30 * DAY_MS } },
    cameras: NOBODY,
    encrypted,
  });
