import type { SensoriumEvent } from "@sensorium/protocol";
import type { settings, system } from "@sensorium/protocol/rest";
import type { Usage } from "../../../observe/usage.ts";
import type { CameraDirectory } from "../../../pipeline/camera-view.ts";
import type { SensingSession } from "../../../pipeline/sessions.ts";
import type { HistoryRecords } from "../../../storage/history.ts";
import type { ServeClock } from "../../clock.ts";
import type { SensingSource } from "../../streaming/source.ts";
import type { ConfigControl } from "../configuration.ts";
import type { StoreStatus } from "../statuses.ts";

/** What the REST API shows and does. */
export interface ApiSources {
  readonly sensing: SensingSource;
  readonly history: HistoryRecords;
  readonly system: SystemControl;
  /** What is known of an environment that is sensed; null of any other. */
  figures(environment: string): EnvironmentFigures | null;
  /** How the log is to which everything is written. */
  database(): DatabaseState;
  /** What an environment is told now. */
  settings(environment: string): settings.Settings;
  /** What one is told of which nobody says anything. */
  readonly defaults: settings.Settings;
  /** How busy the machine is, since it was asked before. */
  usage(): Usage;
  /** Makes an event durable, and tells of it. */
  record(event: SensoriumEvent): void;
  /** Of this server. */
  readonly version: string;
}

/** How the log is, and when it last took something: Unix milliseconds, null before that. */
export interface DatabaseState {
  readonly status: system.ComponentStatus;
  readonly writtenMs: number | null;
}

/** What is known of an environment as a whole. */
export interface EnvironmentFigures {
  /** Of `neural_network` and `tracker`, those that are known. */
  readonly components: Readonly<Record<string, system.ComponentStatus>>;
  /** When each of them last did its work, in Unix milliseconds; absent before that. */
  readonly heartbeats: Readonly<Record<string, number>>;
  /** How many people there are. */
  readonly occupancy: number;
  /** As last measured; null before that. */
  readonly performance: { readonly latencyMs: number | null; readonly queued: number | null } | null;
}

/** Starts and stops the sensing of environments. */
export interface SystemControl {
  /** Of an environment that has cameras. */
  session(environment: string): SensingSession;
  /** One that runs goes on with its session. */
  start(environment: string): Promise<SensingSession>;
  stop(environment: string): Promise<SensingSession>;
  restart(environment: string): Promise<SensingSession>;
}

/** What the parts of the API share. */
export interface ApiContext extends ApiSources {
  readonly cameras: CameraDirectory;
  readonly control: ConfigControl | undefined;
  readonly clock: ServeClock;
  readonly store: () => StoreStatus;
}
