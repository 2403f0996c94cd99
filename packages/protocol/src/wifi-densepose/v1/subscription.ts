import { z } from "zod";
import { checkJson } from "../../config/problems.ts";
import { Compression } from "./envelope.ts";
import { ActivityEventType, ActivitySeverity, SystemSeverity } from "./events.ts";
import { POSE_LIMITS } from "./limits.ts";

/** What a client can subscribe to. */
export const EventType = z.enum([
  "pose_data",
  "pose_data_trajectory",
  "tracking_update",
  "system_event",
  "hardware_event",
  "activity_event",
  "occupancy_update",
  "analytics_update",
  "analytics_stream",
  "performance_update",
  "config_update",
]);
export type EventType = z.infer<typeof EventType>;

/** The types of messages that a subscription delivers, where they are not its own name alone. */
export const DELIVERS: Readonly<Partial<Record<EventType, readonly string[]>>> = {
  system_event: ["system_event", "hardware_event"],
  analytics_update: ["analytics_stream", "occupancy_update"],
};

const share = z.number().min(0, "Value must be between 0 and 1").max(1, "Value must be between 0 and 1");
const name = z.string().min(1).max(100);
const flag = z.boolean();

const NO_OBJECT = "must be a JSON object";

/** What a subscription may ask for; what is left out, or null, is not asked for. */
export const Filters = z.object(
  {
    /** Absent for every environment the client may see. */
    environment_id: name.nullish(),
    min_confidence: share.nullish(),
    include_keypoints: flag.nullish(),
    include_dense_pose: flag.nullish(),
    include_velocity: flag.nullish(),
    /** People in any of these zones. */
    zone_ids: z.array(name).max(100).nullish(),
    person_ids: z.array(z.int().positive()).max(100).nullish(),
    severity: z
      .array(z.enum([...SystemSeverity.options, ...ActivitySeverity.options]))
      .max(10)
      .nullish(),
    event_types: z.array(ActivityEventType).max(20).nullish(),
    /** The same as `throttle.max_fps`. */
    max_fps: z.number().positive("must be above 0").nullish(),
  },
  NO_OBJECT,
);
export type Filters = z.infer<typeof Filters>;

/** How often, and how many frames may wait. */
export const Throttle = z.object(
  {
    max_fps: z.number().positive("must be above 0").nullish(),
    buffer_size: z.int().positive("must be above 0").nullish(),
    compression: Compression.nullish(),
  },
  NO_OBJECT,
);
export type Throttle = z.infer<typeof Throttle>;

export const Quality = z.enum(["low", "high"]);
export type Quality = z.infer<typeof Quality>;

const wishes = { filters: Filters.nullish(), throttle: Throttle.nullish(), quality: Quality.nullish() };

/** One subscription as a client asks for it. */
export const SubscriptionRequest = z.object({ event_type: EventType, ...wishes }, NO_OBJECT);
export type SubscriptionRequest = z.infer<typeof SubscriptionRequest>;

/** What is to change in a subscription; what is left out stays. */
export const SubscriptionChange = z.object({ subscription_id: name, ...wishes });
export type SubscriptionChange = z.infer<typeof SubscriptionChange>;

/** A subscription with every value as it is applied. */
export const EffectiveSubscription = z.object({
  filters: z.object({
    environment_id: z.string().nullable(),
    min_confidence: z.number(),
    include_keypoints: z.boolean(),
    include_dense_pose: z.boolean(),
    include_velocity: z.boolean(),
    zone_ids: z.array(z.string()).nullable(),
    person_ids: z.array(z.number()).nullable(),
    severity: z.array(z.string()).nullable(),
    event_types: z.array(ActivityEventType).nullable(),
  }),
  throttle: z.object({ max_fps: z.number(), buffer_size: z.number(), compression: Compression.nullable() }),
  quality: Quality,
});
export type EffectiveSubscription = z.infer<typeof EffectiveSubscription>;

/** Those of the printed clients. Events have no least confidence: none is held back unasked. */
const DEFAULTS = { minConfidence: 0.7, maxFps: 10, bufferSize: 5 };

const isPoses = (type: EventType): boolean => type === "pose_data" || type === "pose_data_trajectory";

/** Fills in defaults and keeps within the limits; `compression` is the connection's own. */
export function effective(request: SubscriptionRequest, compression: Compression | null): EffectiveSubscription {
  const { filters, throttle } = request;
  const wantedFps = throttle?.max_fps ?? filters?.max_fps ?? DEFAULTS.maxFps;
  const quality = request.quality ?? (wantedFps > POSE_LIMITS.low.maxFps ? "high" : "low");
  const limits = POSE_LIMITS[quality];
  return {
    filters: {
      environment_id: filters?.environment_id ?? null,
      min_confidence: filters?.min_confidence ?? (isPoses(request.event_type) ? DEFAULTS.minConfidence : 0),
      include_keypoints: filters?.include_keypoints ?? true,
      include_dense_pose: filters?.include_dense_pose ?? false,
      include_velocity: filters?.include_velocity ?? true,
      zone_ids: filters?.zone_ids ?? null,
      person_ids: filters?.person_ids ?? null,
      severity: filters?.severity ?? null,
      event_types: filters?.event_types ?? null,
    },
    throttle: {
      max_fps: Math.min(wantedFps, limits.maxFps),
      buffer_size: Math.min(throttle?.buffer_size ?? DEFAULTS.bufferSize, limits.bufferSize),
      compression: throttle?.compression ?? compression,
    },
    quality,
  };
}

/** A request with a change applied: values that are given take the place of older ones, and null clears them. */
export function changed(request: SubscriptionRequest, change: SubscriptionChange): SubscriptionRequest {
  const maxFps = change.throttle?.max_fps ?? change.filters?.max_fps;
  return {
    event_type: request.event_type,
    filters: { ...request.filters, ...change.filters },
    throttle: { ...request.throttle, ...change.throttle, ...(maxFps != null && { max_fps: maxFps }) },
    quality: change.quality === undefined ? request.quality : change.quality,
  };
}

/** Why a subscription cannot be had. */
export interface SubscriptionProblem {
  readonly field: string;
  readonly reason: string;
}

/** Reads one item of a `subscribe`; never throws. */
export function parseSubscription(value: unknown): SubscriptionRequest | SubscriptionProblem {
  const checked = checkJson(SubscriptionRequest, value);
  if (checked.ok) return checked.file;
  return problemOf(checked.problems[0]);
}

/** Reads an `update_subscription`; never throws. */
export function parseChange(value: unknown): SubscriptionChange | SubscriptionProblem {
  const checked = checkJson(SubscriptionChange, value);
  return checked.ok ? checked.file : problemOf(checked.problems[0]);
}

/** The first thing that is wrong with a subscription; its field without the section it stands in. */
function problemOf(
  problem: { readonly path: readonly string[]; readonly message: string } | undefined,
): SubscriptionProblem {
  const path = problem?.path.filter((part) => part !== "filters" && part !== "throttle") ?? [];
  const section = problem?.path.at(-1) ?? "subscription";
  return { field: path.join(".") || section, reason: problem?.message ?? "is not understood" };
}
