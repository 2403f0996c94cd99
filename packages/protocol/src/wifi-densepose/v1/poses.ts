import { z } from "zod";
import { COCO_KEYPOINTS } from "../../detections.ts";
import { share } from "../../quantities.ts";
import { Place, serverMessage, Timestamp } from "./envelope.ts";

/** What a person may be doing. */
export const ActivityType = z.enum([
  "standing",
  "sitting",
  "walking",
  "lying",
  "running",
  "jumping",
  "falling",
  "unknown",
]);
export type ActivityType = z.infer<typeof ActivityType>;

/** One of the 17 keypoints of COCO; `visible` when the model is sure enough of it to draw it. */
export const Keypoint = Place.extend({ name: z.enum(COCO_KEYPOINTS), confidence: share, visible: z.boolean() });
export type Keypoint = z.infer<typeof Keypoint>;

/** Pixels per second, y down. */
export const Velocity = Place.extend({ units: z.literal("pixels_per_second").optional() });
export type Velocity = z.infer<typeof Velocity>;

/** Where the parts of a body are: drawn from the skeleton, or found by a model. */
export const DensePose = z.discriminatedUnion("method", [
  z.object({
    method: z.literal("skeleton"),
    /** `part` from 1 to 24 as DensePose numbers them. */
    regions: z.array(z.object({ part: z.int().min(1).max(24), polygon: z.array(Place) })),
  }),
  z.object({
    method: z.literal("model"),
    /** Which model has found them. */
    model: z.string(),
    /** What the picture below covers; it may be larger than the person's own box, or smaller. */
    box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
    /**
     * PNG in base64, at most 112 pixels wide and high. Red is the part, 0 where there is none; green and blue are U and V
     * on it, from 0 to 255.
     */
    iuv: z.base64(),
  }),
]);
export type DensePose = z.infer<typeof DensePose>;

/** One person of a frame. */
export const Person = z.object({
  person_id: z.int().positive(),
  track_id: z.int().positive(),
  confidence: share,
  bounding_box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  /** Absent where the subscription does not want them, or no pose was found. */
  keypoints: z.array(Keypoint).optional(),
  activity: z.object({ type: ActivityType, confidence: share, velocity: Velocity.optional() }),
  /** Absent unless it is wanted and there is a method for it. */
  dense_pose: DensePose.optional(),
});
export type Person = z.infer<typeof Person>;

/** The people of one frame. */
export const PoseData = z.object({
  frame_id: z.int().nonnegative(),
  environment_id: z.string(),
  processing_time_ms: z.number().nonnegative(),
  persons: z.array(Person),
  metadata: z.object({
    model_version: z.string().nullable(),
    /** Null for what is no Wi-Fi signal. */
    csi_quality: share.nullable(),
    frame_rate: z.number().nonnegative().nullable(),
    /** The picture in whose pixels places are. */
    frame_size: z.object({ width: z.int().positive(), height: z.int().positive() }).optional(),
  }),
});
export type PoseData = z.infer<typeof PoseData>;

/** Real-time poses. The newest frames win. */
export const PoseDataMessage = serverMessage("pose_data", PoseData);
export type PoseDataMessage = z.infer<typeof PoseDataMessage>;

/** Where a person was, and is likely to be next. */
export const PoseTrajectory = z.object({
  environment_id: z.string().optional(),
  track_id: z.int().positive(),
  person_id: z.int().positive(),
  /** Oldest first. */
  trajectory: z.array(z.object({ timestamp: Timestamp, position: Place, confidence: share })),
  /** `time_horizon` in seconds; null when the movement is not known well enough. */
  prediction: z.object({ next_position: Place, confidence: share, time_horizon: z.number().positive() }).nullable(),
});
export type PoseTrajectory = z.infer<typeof PoseTrajectory>;

/** A person's path. The newest wins. */
export const PoseTrajectoryMessage = serverMessage("pose_data_trajectory", PoseTrajectory);
export type PoseTrajectoryMessage = z.infer<typeof PoseTrajectoryMessage>;
