import { z } from "zod";
import { share } from "../quantities.ts";
import { Source } from "../wifi-densepose/v1/envelope.ts";
import { Keypoint, Person, PoseData } from "../wifi-densepose/v1/poses.ts";
import { PageQuery } from "./paging.ts";
import { Name, OpenRange, Range, ShareInQuery, Switch, Time } from "./query.ts";

/** `/api/v1/pose/*`: who is to be seen now, and who was. Places are in the pixels of the picture. */

const number = z.int().positive();
const environment_id = Name.optional().describe("The environment; all that the asker may see when absent");

/** The query of `GET pose/latest`. */
export const LatestQuery = z.object({
  environment_id: Name.optional().describe("The environment; the first that the asker may see when absent"),
  min_confidence: ShareInQuery.default(0).describe("Nobody of whom the detector is less sure"),
  include_keypoints: Switch.default(true),
});
export type LatestQuery = z.infer<typeof LatestQuery>;

/** Result of `GET pose/latest`: the newest frame, as `pose_data` tells it, and whose it is. */
export const LatestPoses = PoseData.extend({ timestamp: Time, source: Source });
export type LatestPoses = z.infer<typeof LatestPoses>;

/** The query of `GET pose/history`. */
export const PoseHistoryQuery = z.object({
  ...Range.shape,
  environment_id,
  person_id: z.coerce.number().int().positive().optional(),
  track_id: z.coerce.number().int().positive().optional(),
  min_confidence: ShareInQuery.default(0),
  ...PageQuery.shape,
});
export type PoseHistoryQuery = z.infer<typeof PoseHistoryQuery>;

/** Where somebody was, once. */
export const PoseRecord = z.object({
  timestamp: Time,
  environment_id: z.string(),
  camera_id: z.string(),
  frame_id: z.int().nonnegative(),
  person_id: number,
  track_id: number,
  confidence: share,
  bounding_box: Person.shape.bounding_box,
  /** Null where no pose was found. */
  keypoints: z.array(Keypoint).nullable(),
  simulated: z.boolean(),
});
export type PoseRecord = z.infer<typeof PoseRecord>;

/** The address of `GET pose/tracking/{track_id}`. */
export const TrackPath = z.object({ track_id: z.coerce.number().int().positive() });

/** The query of `GET pose/tracking/{track_id}`. */
export const TrackQuery = z.object({
  ...OpenRange.shape,
  environment_id,
  include_trajectory: Switch.default(true),
});
export type TrackQuery = z.infer<typeof TrackQuery>;

/** Result of `GET pose/tracking/{track_id}`. */
export const Tracking = z.object({
  track_id: number,
  person_id: number,
  environment_id: z.string(),
  camera_id: z.string(),
  first_seen: Time,
  last_seen: Time,
  duration_seconds: z.number().nonnegative(),
  total_frames: z.int().nonnegative().describe("Frames of which somebody was recorded, not all that were looked at"),
  average_confidence: share,
  /** `lost` is who may still be found again. */
  status: z.enum(["active", "lost", "ended"]),
  /** Oldest first; absent where it is not wanted. */
  trajectory: z
    .array(z.object({ timestamp: Time, center_x: z.number(), center_y: z.number(), confidence: share }))
    .optional(),
  statistics: z.object({
    /** Pixels. */
    movement_distance: z.number().nonnegative(),
    /** Pixels per second over the whole time; null for somebody who was recorded once. */
    average_speed: z.number().nonnegative().nullable(),
    /** Seconds. */
    time_stationary: z.number().nonnegative(),
    time_moving: z.number().nonnegative(),
  }),
});
export type Tracking = z.infer<typeof Tracking>;

/** The body of `POST pose/process`: one measurement of Wi-Fi channel state. */
export const ProcessRequest = z.object({
  csi_data: z.object({
    timestamp: Time,
    /** By antenna, then by subcarrier. */
    antenna_data: z
      .array(
        z
          .array(z.object({ real: z.number(), imag: z.number() }))
          .min(1)
          .max(2048),
      )
      .min(1)
      .max(64),
    metadata: z.object({
      router_id: Name,
      sampling_rate: z.number().positive().optional().describe("Hertz"),
      signal_strength: z.number().optional().describe("dBm"),
    }),
  }),
  processing_options: z
    .object({
      confidence_threshold: share.optional(),
      max_persons: number.max(100).optional(),
      enable_tracking: z.boolean().optional(),
      return_dense_pose: z.boolean().optional(),
    })
    .default({}),
});
export type ProcessRequest = z.infer<typeof ProcessRequest>;

/** Result of `POST pose/process`. */
export const ProcessResult = z.object({
  processing_id: z.string(),
  status: z.literal("completed"),
  processing_time_ms: z.number().nonnegative(),
  poses: z.array(Person),
});
export type ProcessResult = z.infer<typeof ProcessResult>;
