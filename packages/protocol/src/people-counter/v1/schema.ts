import { z } from "zod";
import { count } from "../../quantities.ts";

/**
 * The people counter's protocol, version 1: what each side may send. The README beside this file says what it means;
 * `golden/` holds one example of every message.
 */

/** Local time with milliseconds, `YYYY-MM-DD HH:MM:SS.mmm`, in the zone of the daily reset. */
export const LocalTimestamp = z.string().regex(/^\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/);
/** Local time of day, `HH:MM:SS`. */
export const LocalClock = z.string().regex(/^\d\d:\d\d:\d\d$/);

const jpegBase64 = z.base64();

/** The latest processed picture with boxes, lines and counts drawn in. */
export const FrameMessage = z.object({
  type: z.literal("frame"),
  data: jpegBase64,
  timestamp: LocalTimestamp,
});
export type FrameMessage = z.infer<typeof FrameMessage>;

/** The counts since the last daily reset; sent twice a second. */
export const StatsMessage = z.object({
  type: z.literal("stats"),
  data: z.object({
    count_in: count,
    count_out: count,
    face_count: count,
    daily_event_count: count,
    event_active: z.boolean(),
    current_event_count_in: count,
  }),
  timestamp: LocalTimestamp,
});
export type StatsMessage = z.infer<typeof StatsMessage>;

/** A period of high traffic started or ended. */
export const EventMessage = z.object({
  type: z.literal("event"),
  data: z.discriminatedUnion("status", [
    z.object({ status: z.literal("started"), start_time: LocalClock }),
    z.object({ status: z.literal("ended"), start_time: LocalClock, end_time: LocalClock, count_in: count }),
  ]),
  timestamp: LocalTimestamp,
});
export type EventMessage = z.infer<typeof EventMessage>;

/** Answer to `get_face`. */
export const FaceImageMessage = z.union([
  z.object({ type: z.literal("face_image"), face_id: z.int(), image_data: jpegBase64, filename: z.string() }),
  z.object({ type: z.literal("face_image"), face_id: z.int(), error: z.string() }),
]);
export type FaceImageMessage = z.infer<typeof FaceImageMessage>;

/** Answer to `get_all_faces`, newest face first. */
export const AllFacesMessage = z.union([
  z.object({
    type: z.literal("all_faces"),
    faces: z.array(z.object({ face_id: z.int(), filename: z.string(), image_data: jpegBase64 })),
  }),
  z.object({ type: z.literal("all_faces"), error: z.string() }),
]);
export type AllFacesMessage = z.infer<typeof AllFacesMessage>;

/** A request that could not be understood or carried out; the one message without a `type`. */
export const ErrorMessage = z.strictObject({ error: z.string().min(1) });
export type ErrorMessage = z.infer<typeof ErrorMessage>;

/** Everything the server sends. */
export const ServerMessage = z.union([
  FrameMessage,
  StatsMessage,
  EventMessage,
  FaceImageMessage,
  AllFacesMessage,
  ErrorMessage,
]);
export type ServerMessage = z.infer<typeof ServerMessage>;

/** The error texts a client may compare with. */
export const ErrorText = {
  invalidJson: "Invalid JSON message",
  unknownType: "Unknown request type",
  invalidFormat: "Invalid face_id or limit format",
  internal: "Internal server error processing request",
  faceNotFound: "Face ID not found",
  faceFileNotFound: "Face image file not found",
  facesUnavailable: "Face data not available on server",
} as const;

/** Faces returned when a request names no limit. */
export const DEFAULT_FACE_LIMIT = 50;
/** The most faces one answer holds; larger limits mean this. */
export const MAX_FACE_LIMIT = 200;

/** An integer, or the same written as a string of at most 15 digits (which a double holds exactly). */
const faceId = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
]);

/** A whole number of any size, or the same written in digits; comes out within 0..MAX_FACE_LIMIT. */
const faceLimit = z
  .union([z.number().refine(Number.isInteger), z.string().regex(/^\d+$/).transform(Number)])
  .refine((limit) => limit >= 0)
  .transform((limit) => Math.min(limit, MAX_FACE_LIMIT));

/** Asks for the picture of one face. */
export const GetFaceRequest = z.object({ type: z.literal("get_face"), face_id: faceId });
export type GetFaceRequest = z.infer<typeof GetFaceRequest>;

/** Asks for the newest faces. */
export const GetAllFacesRequest = z.object({
  type: z.literal("get_all_faces"),
  limit: faceLimit.default(DEFAULT_FACE_LIMIT),
});
export type GetAllFacesRequest = z.infer<typeof GetAllFacesRequest>;

/** Everything a client may send. */
export const ClientRequest = z.discriminatedUnion("type", [GetFaceRequest, GetAllFacesRequest]);
export type ClientRequest = z.infer<typeof ClientRequest>;

const KnownType = z.looseObject({ type: z.enum(["get_face", "get_all_faces"]) });

/** A request, or the error text that answers it. */
export type ParsedRequest =
  | { readonly ok: true; readonly request: ClientRequest }
  | { readonly ok: false; readonly error: string };

/** Reads one text message of a client; never throws. */
export function parseRequest(text: string): ParsedRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, error: ErrorText.invalidJson };
  }
  const parsed = ClientRequest.safeParse(value);
  if (parsed.success) return { ok: true, request: parsed.data };
  const known = KnownType.safeParse(value).success;
  return { ok: false, error: known ? ErrorText.invalidFormat : ErrorText.unknownType };
}

/** Close codes of the server beyond those of WebSocket itself. */
export const CloseCode = {
  /** The server is shutting down. */
  goingAway: 1001,
  /** A message over 16 MiB (sent by the WebSocket layer). */
  messageTooBig: 1009,
  /** All places are taken; try again later. */
  tooManyClients: 1013,
  /** The client read too slowly for too long. */
  slowConsumer: 4008,
} as const;

/** The largest request that is read, in bytes; a larger one is answered with an error and skipped. */
export const MAX_REQUEST_BYTES = 64 * 1024;
