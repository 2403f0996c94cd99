import { z } from "zod";
import { count, measured, percent } from "../quantities.ts";
import { Name, Time } from "./query.ts";
import { SettingsChange } from "./settings.ts";

/** `/api/v1/system/*`: whether the cameras of an environment are looked at. A session is from a start to its end. */

const environment_id = Name.optional().describe("The environment; all that the asker may see when absent");
const session_id = z.string().nullable().describe("Null for several environments, each of which has its own");
const environments = z.array(z.object({ environment_id: z.string(), session_id: z.string() }));

/** The query of `POST system/stop`, `POST system/restart` and `GET system/status`. */
export const SystemQuery = z.object({ environment_id });
export type SystemQuery = z.infer<typeof SystemQuery>;

/** The body of `POST system/start`; settings in it are changed as by `PUT config`, and facts among them stay. */
export const StartRequest = z
  .object({
    configuration: z
      .object({
        domain: SettingsChange.shape.domain,
        environment_id,
        detection_settings: SettingsChange.shape.detection,
        hardware_settings: SettingsChange.shape.hardware,
      })
      .default({}),
  })
  .default({ configuration: {} });
export type StartRequest = z.infer<typeof StartRequest>;

/** Result of `POST system/start`. */
export const StartResult = z.object({
  status: z.literal("starting"),
  session_id,
  environments,
  /** Seconds until the first frame; null where nothing tells. */
  estimated_startup_time: z.number().nonnegative().nullable(),
  configuration_applied: z.array(z.string()).describe("Settings that were changed, by their dotted names"),
});
export type StartResult = z.infer<typeof StartResult>;

/** Result of `POST system/stop`. */
export const StopResult = z.object({ status: z.literal("stopped"), session_id, environments, stopped_at: Time });
export type StopResult = z.infer<typeof StopResult>;

/** Result of `POST system/restart`. */
export const RestartResult = z.object({
  status: z.literal("restarting"),
  previous_session_id: session_id,
  new_session_id: session_id,
  environments,
  estimated_restart_time: z.number().nonnegative().nullable(),
});
export type RestartResult = z.infer<typeof RestartResult>;

/** How a part of the system is. */
export const ComponentStatus = z.enum(["healthy", "degraded", "unhealthy", "offline"]);
export type ComponentStatus = z.infer<typeof ComponentStatus>;

/** One part of the system, and when it last gave a sign of life; null before the first. */
export const Component = z.object({ status: ComponentStatus, last_heartbeat: Time.nullable() });
export type Component = z.infer<typeof Component>;

/** Result of `GET system/status`; what cannot be measured is null. */
export const SystemStatus = z.object({
  status: z.enum(["running", "degraded", "stopped"]),
  session_id,
  uptime_seconds: measured.describe("Since the session began"),
  started_at: Time.nullable(),
  environments: z.array(
    z.object({
      environment_id: z.string(),
      session_id: z.string(),
      status: z.enum(["running", "stopped"]),
      /** Of that state. */
      since: Time,
    }),
  ),
  performance: z.object({
    frames_processed: count.describe("Since the server started"),
    average_fps: measured.describe("Frames a second that were looked at, of all cameras together"),
    average_latency_ms: measured,
    cpu_usage: percent,
    memory_usage: percent,
    gpu_usage: percent,
  }),
  components: z.object({
    /** Null while there are no Wi-Fi sources. */
    csi_processor: Component.nullable(),
    cameras: Component,
    neural_network: Component.extend({
      model_loaded: z.boolean(),
      inference_queue_size: count.nullable(),
    }),
    tracker: Component.extend({ active_tracks: count.nullable().describe("People who are there") }),
    database: Component,
  }),
});
export type SystemStatus = z.infer<typeof SystemStatus>;
