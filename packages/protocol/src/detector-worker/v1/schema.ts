import { z } from "zod";
import { percent } from "../../quantities.ts";
import { parseMessage, type RefusedMessage } from "./parse.ts";
import { Subscription, SubscriptionIdentifier } from "./subscription.ts";

/**
 * The detector worker's protocol, version 1: what a backend and a worker may send each other. The README beside this
 * file says what it means; `golden/` holds one example of every message.
 */

export { cropOf, displayOf, type Source, Subscription, SubscriptionIdentifier, sourceOf } from "./subscription.ts";

/** The number or name of a session; the backend's own. */
export const SessionId = z.union([z.number(), z.string().min(1)]);
export type SessionId = z.infer<typeof SessionId>;

/** UTC with milliseconds. */
export const Timestamp = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** Adds one subscription, or replaces the one of the same identifier. */
export const SubscribeMessage = z.object({ type: z.literal("subscribe"), payload: Subscription });
export type SubscribeMessage = z.infer<typeof SubscribeMessage>;

/** Ends one subscription. */
export const UnsubscribeMessage = z.object({
  type: z.literal("unsubscribe"),
  payload: z.object({ subscriptionIdentifier: SubscriptionIdentifier }),
});
export type UnsubscribeMessage = z.infer<typeof UnsubscribeMessage>;

/** Everything this backend wants watched; what it had before and leaves out ends. */
export const SetSubscriptionListMessage = z.object({
  type: z.literal("setSubscriptionList"),
  subscriptions: z.array(Subscription),
});
export type SetSubscriptionListMessage = z.infer<typeof SetSubscriptionListMessage>;

/** Asks for a `stateReport` at once. */
export const RequestStateMessage = z.object({ type: z.literal("requestState") });
export type RequestStateMessage = z.infer<typeof RequestStateMessage>;

/** Says which session a display is in; null: in none. */
export const SetSessionIdMessage = z.object({
  type: z.literal("setSessionId"),
  payload: z.object({ displayIdentifier: z.string().min(1), sessionId: SessionId.nullable().default(null) }),
});
export type SetSessionIdMessage = z.infer<typeof SetSessionIdMessage>;

/** Answer to `patchSession`. */
export const PatchSessionResultMessage = z.object({
  type: z.literal("patchSessionResult"),
  payload: z.object({ sessionId: SessionId, success: z.boolean(), message: z.string().default("") }),
});
export type PatchSessionResultMessage = z.infer<typeof PatchSessionResultMessage>;

/** Everything a backend sends. */
export const BackendMessage = z.discriminatedUnion("type", [
  SubscribeMessage,
  UnsubscribeMessage,
  SetSubscriptionListMessage,
  RequestStateMessage,
  SetSessionIdMessage,
  PatchSessionResultMessage,
]);
export type BackendMessage = z.infer<typeof BackendMessage>;

const crop = z.number().optional();

/** One subscription as the worker reports it: the backend's own words, and whether its camera delivers. */
export const CameraConnection = z.object({
  subscriptionIdentifier: SubscriptionIdentifier,
  modelId: z.union([z.number(), z.string()]).nullable(),
  modelName: z.string().nullable(),
  online: z.boolean(),
  /** As it was sent, credentials included: the one message that carries them. */
  rtspUrl: z.string().nullable(),
  snapshotUrl: z.string().nullable(),
  snapshotInterval: z.number().nullable(),
  cropX1: crop,
  cropY1: crop,
  cropX2: crop,
  cropY2: crop,
});
export type CameraConnection = z.infer<typeof CameraConnection>;

/** How the worker is; every 2 s and on `requestState`. Usages are measured, in per cent, or null. */
export const StateReportMessage = z.object({
  type: z.literal("stateReport"),
  cpuUsage: percent,
  memoryUsage: percent,
  gpuUsage: percent,
  gpuMemoryUsage: percent,
  cameraConnections: z.array(CameraConnection),
});
export type StateReportMessage = z.infer<typeof StateReportMessage>;

/** What is known of the vehicle in front of the camera; all null when there is none. */
export const DetectionAttributes = z.object({
  carModel: z.string().nullable(),
  carBrand: z.string().nullable(),
  carYear: z.number().nullable(),
  bodyType: z.string().nullable(),
  licensePlateText: z.string().nullable(),
  licensePlateConfidence: z.number().min(0).max(1).nullable(),
});
export type DetectionAttributes = z.infer<typeof DetectionAttributes>;

/** The result of one processed frame for one subscription. */
export const ImageDetectionMessage = z.object({
  type: z.literal("imageDetection"),
  subscriptionIdentifier: SubscriptionIdentifier,
  timestamp: Timestamp,
  data: z.object({
    detection: DetectionAttributes,
    modelId: z.union([z.number(), z.string()]).nullable(),
    modelName: z.string().nullable(),
  }),
  sessionId: SessionId.optional(),
});
export type ImageDetectionMessage = z.infer<typeof ImageDetectionMessage>;

/** What a backend keeps for each display. */
export const DisplayPersistentData = z.looseObject({
  progressionStage: z.enum(["welcome", "car_fueling", "car_waitpayment", "car_postpayment"]).nullable(),
  qrCode: z.string().nullable(),
  adsPlayback: z
    .looseObject({ playlistSlotOrder: z.number(), adsId: z.number().nullable(), adsUrl: z.string().nullable() })
    .nullable(),
  currentCar: z
    .looseObject({
      carModel: z.string().optional(),
      carBrand: z.string().optional(),
      carYear: z.number().optional(),
      bodyType: z.string().optional(),
      licensePlateText: z.string().optional(),
      licensePlateType: z.string().optional(),
    })
    .nullable(),
  fuelPump: z.looseObject({}).nullable(),
  weatherData: z.looseObject({}).nullable(),
  sessionId: SessionId.nullable(),
});
export type DisplayPersistentData = z.infer<typeof DisplayPersistentData>;

/** Asks the backend to merge `data` into what it keeps for the session's display. */
export const PatchSessionMessage = z.object({
  type: z.literal("patchSession"),
  sessionId: SessionId,
  data: DisplayPersistentData.partial(),
});
export type PatchSessionMessage = z.infer<typeof PatchSessionMessage>;

/** Something that was asked for cannot be done, in one sentence; with the subscription it concerns, when there is one. */
export const ErrorMessage = z.object({
  type: z.literal("error"),
  subscriptionIdentifier: z.string().optional(),
  error: z.string().min(1),
});
export type ErrorMessage = z.infer<typeof ErrorMessage>;

/** Everything a worker sends. */
export const WorkerMessage = z.discriminatedUnion("type", [
  StateReportMessage,
  ImageDetectionMessage,
  PatchSessionMessage,
  ErrorMessage,
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;

/** A backend's message, and the parts of it that cannot be used. */
export type ParsedBackendMessage =
  | { readonly ok: true; readonly message: BackendMessage; readonly refused: readonly ErrorMessage[] }
  | { readonly ok: false; readonly error: ErrorMessage };

/**
 * Reads one text message of a backend; never throws. Of a list, subscriptions that cannot be used are `refused` one by
 * one and the others stand.
 */
export function parseBackendMessage(text: string): ParsedBackendMessage {
  const parsed = parseMessage(text, { message: BackendMessage, listed: Subscription });
  if (!parsed.ok) return { ok: false, error: errorMessage(parsed.error) };
  return { ok: true, message: parsed.message, refused: parsed.refused.map(errorMessage) };
}

const errorMessage = (refused: RefusedMessage): ErrorMessage => ({ type: "error", ...refused });

/** Milliseconds from one `stateReport` to the next. */
export const STATE_REPORT_MS = 2000;

/** The largest message that is read, in bytes. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
