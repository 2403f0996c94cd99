import { z } from "zod";
import { CameraEvent, SourceState } from "../../events.ts";
import { count, measured } from "../../quantities.ts";

/**
 * The protocol of our own page, version 1: JSON in text messages both ways, pictures in binary messages
 * (`picture.ts`). The README beside this file says what it means; `golden/` holds one example of every message.
 */

/** Where the protocol is served. */
export const PATH = "/live/v1";

const point = z.object({ x: z.number(), y: z.number() });
const size = z.object({ width: count, height: count });

/** One line of the camera list. */
export const CameraSummary = z.object({
  /** Stands for the camera in binary messages; the same as long as the server runs. */
  handle: z.int().min(0).max(0xffff),
  id: z.string(),
  name: z.string(),
  simulated: z.boolean(),
  state: SourceState,
});
export type CameraSummary = z.infer<typeof CameraSummary>;

/** All cameras in configured order; sent on connection and whenever a line of it changes. */
export const CamerasMessage = z.object({ type: z.literal("cameras"), cameras: z.array(CameraSummary) });
export type CamerasMessage = z.infer<typeof CamerasMessage>;

/** A counting line with its counts since the last daily reset; `a` and `b` are fractions of the picture, y down. */
export const LineStatus = z.object({ id: z.string(), a: point, b: point, in: count, out: count });
export type LineStatus = z.infer<typeof LineStatus>;

/** An area of the picture, its corners in fractions of it, y down, and how many are in it now. */
export const ZoneStatus = z.object({ id: z.string(), corners: z.array(point), occupancy: count });
export type ZoneStatus = z.infer<typeof ZoneStatus>;

/** What is true of a camera now; figures are measured or null. */
export const CameraState = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string(),
  simulated: z.boolean(),
  state: SourceState,
  reason: z.string().nullable(),
  sinceMs: z.number(),
  /** Age of the newest frame when this message was made; null before the first. */
  frameAgeMs: measured,
  size: size.nullable(),
  model: z.object({ name: z.string(), family: z.string(), provider: z.string() }).nullable(),
  classes: z.array(z.string()),
  lines: z.array(LineStatus),
  zones: z.array(ZoneStatus),
  /** Frames a second. */
  rates: z.object({ captured: measured, inferred: measured }),
  /** What keeps frames from being looked at just now: a silent source, or a machine that is too slow. */
  limitedBy: z.enum(["upstream", "cpu"]).nullable(),
  /** Frames since the server started; `gated` are those in which nothing moved and that were not looked at. */
  totals: z.object({
    captured: count,
    gated: count,
    inferred: count,
    dropped: count,
    undecodable: count,
    stateChanges: count,
  }),
});
export type CameraState = z.infer<typeof CameraState>;

/** The state of a watched camera; sent at once on `watch`, then twice a second, newest wins. */
export const StatusMessage = z.object({ type: z.literal("status"), camera: z.string(), status: CameraState });
export type StatusMessage = z.infer<typeof StatusMessage>;

/** Counts since the last daily reset; sent with `status`, and at once after an event. */
export const CountsMessage = z.object({
  type: z.literal("counts"),
  camera: z.string(),
  simulated: z.boolean(),
  in: count,
  out: count,
  trafficEvents: count,
  traffic: z.object({ startMs: z.number(), countIn: count }).nullable(),
});
export type CountsMessage = z.infer<typeof CountsMessage>;

/** The tracked objects of one frame, as parallel arrays; newest wins. */
export const TracksMessage = z
  .object({
    type: z.literal("tracks"),
    camera: z.string(),
    simulated: z.boolean(),
    /** Media time in microseconds: the key that joins tracks and pictures. */
    at: z.number(),
    sequence: count,
    /** The picture in whose pixels the boxes are. */
    size,
    /** x1 y1 x2 y2 per object. */
    boxes: z.array(z.number()),
    ids: z.array(z.int().positive()),
    /** Index into the status' `classes`. */
    classes: z.array(count),
    scores: z.array(z.number()),
    /** x, y, score of COCO's 17 keypoints per object, score 0 where it has none; null where no pose model runs. */
    keypoints: z.array(z.number()).nullable(),
    /** Unix milliseconds, and how many of them the model itself took. */
    times: z.object({
      capturedMs: z.number(),
      decodedMs: z.number(),
      inferredMs: z.number(),
      sentMs: z.number(),
      inferenceMs: z.number(),
    }),
  })
  .refine(
    ({ ids, boxes, classes, scores, keypoints }) =>
      boxes.length === 4 * ids.length &&
      classes.length === ids.length &&
      scores.length === ids.length &&
      (keypoints === null || keypoints.length === 51 * ids.length),
    "boxes, ids, classes, scores and keypoints differ in length",
  );
export type TracksMessage = z.infer<typeof TracksMessage>;

/** A durable event of a watched camera; never dropped, in order. */
export const EventMessage = z.object({
  type: z.literal("event"),
  camera: z.string(),
  event: CameraEvent,
  position: z.object({ epoch: z.string(), offset: z.number() }),
});
export type EventMessage = z.infer<typeof EventMessage>;

/** Something the client sent could not be done, in one sentence. */
export const ErrorMessage = z.object({ type: z.literal("error"), message: z.string() });
export type ErrorMessage = z.infer<typeof ErrorMessage>;

/** Every text message of the server. */
export const ServerMessage = z.discriminatedUnion("type", [
  CamerasMessage,
  StatusMessage,
  CountsMessage,
  TracksMessage,
  EventMessage,
  ErrorMessage,
]);
export type ServerMessage = z.infer<typeof ServerMessage>;

/** Starts watching a camera, or changes how it is watched. */
export const WatchRequest = z.object({
  type: z.literal("watch"),
  camera: z.string(),
  /** Whether pictures are wanted besides data. */
  pictures: z.boolean(),
  /** Pixels; wider pictures are scaled down to about this. */
  maxWidth: z.number().positive().default(1280),
  /** JPEG quality 1..100. */
  quality: z.number().min(1).max(100).default(70),
});
export type WatchRequest = z.infer<typeof WatchRequest>;

/** Stops watching a camera; harmless when it is not watched. */
export const UnwatchRequest = z.object({ type: z.literal("unwatch"), camera: z.string() });
export type UnwatchRequest = z.infer<typeof UnwatchRequest>;

/** Every message of the client. */
export const ClientRequest = z.discriminatedUnion("type", [WatchRequest, UnwatchRequest]);
export type ClientRequest = z.infer<typeof ClientRequest>;

export { decodePicture, encodePicture, type Picture } from "./picture.ts";
