import { z } from "zod";
import { Camera } from "../config/camera.ts";
import { Retention } from "../config/schema.ts";
import { CameraState } from "../live/v1/schema.ts";
import { Name } from "./query.ts";

/** `/api/v1/cameras` and `/api/v1/configuration`: the cameras, and what the configuration file says of them. */

/** Result of `GET cameras`. */
export const CameraList = z.object({ cameras: z.array(CameraState) });
export type CameraList = z.infer<typeof CameraList>;

/** The address of a camera. */
export const CameraPath = z.object({ id: Name });

/** The address of a camera's line or zone. */
export const SpotPath = z.object({ id: Name, spot: Name });

/** The body of `PUT cameras/{id}`; without a source a camera keeps the one it has. */
export const CameraChange = Camera.partial({ source: true });

/** The body of `PUT retention`. */
export const RetentionChange = Retention;

/** Result of `GET configuration`. */
export const ConfigurationState = z.object({
  fixed: z.string().nullable().describe("Why nothing can be changed; null where it can"),
  version: z.string().optional().describe("Of the file, for If-Match"),
  defaults: z.looseObject({}).optional().describe("What holds for cameras that say nothing else"),
  cameras: z.record(z.string(), z.looseObject({})).optional().describe("As they stand in the file, without sources"),
  models: z.array(z.string()).optional().describe("Those that cameras can name"),
});
export type ConfigurationState = z.infer<typeof ConfigurationState>;

/** Result of every change of the file. */
export const ConfigurationChanged = z.object({
  version: z.string().describe("Of the file now"),
  requires_restart: z.boolean(),
  restart_needed: z.array(z.string()).describe("Settings that take effect with the next start"),
});
export type ConfigurationChanged = z.infer<typeof ConfigurationChanged>;
