import { z } from "zod";
import { count, share } from "../quantities.ts";
import { happened, inFractions, pictureSize, somebody } from "./happened.ts";

const base = { ...happened, camera: z.string() };

export const Direction = z.enum(["in", "out"]);
export type Direction = z.infer<typeof Direction>;

/** A tracked object passed a counting line; one record per completed crossing. */
export const CrossingEvent = z.object({
  ...base,
  type: z.literal("crossing"),
  line: z.string(),
  direction: Direction,
  track: z.number().int().positive(),
  className: z.string(),
  /** The detector's score nearest the crossing. */
  score: share,
  at: z.number().int(),
  /** Where the anchor met the line, in fractions of the picture. */
  point: z.object({ x: z.number(), y: z.number() }),
});
export type CrossingEvent = z.infer<typeof CrossingEvent>;

const inZone = {
  ...base,
  zone: z.string(),
  track: z.number().int().positive(),
  className: z.string(),
  /** When it met the zone's edge, or appeared or vanished inside. */
  at: z.number().int(),
};

/** A tracked object is in a zone, and has been for as long as the zone asks. */
export const ZoneEnteredEvent = z.object({ ...inZone, type: z.literal("zone-entered") });
export type ZoneEnteredEvent = z.infer<typeof ZoneEnteredEvent>;

/** It is out of the zone again, or not seen any more, after a stay of `dwellMs` on the stream's clock. */
export const ZoneLeftEvent = z.object({
  ...inZone,
  type: z.literal("zone-left"),
  dwellMs: count,
});
export type ZoneLeftEvent = z.infer<typeof ZoneLeftEvent>;

/** Somebody seems to have fallen, has fallen for sure, or is up again after it; `wallMs` is when that was known. */
export const FallEvent = z.object({
  ...base,
  type: z.literal("fall"),
  change: z.enum(["suspected", "confirmed", "recovered"]),
  ...somebody,
  /** When it lay, on the stream's clock. */
  at: z.number().int(),
  /** From when the body began to go down until this was known. */
  durationMs: count,
  /** 0..1; 1 is as fast as dropping freely from the height of the hips. */
  impact: share,
  confidence: share,
  /** The middle of the hips, in fractions of the picture. */
  point: inFractions,
  size: pictureSize.optional(),
});
export type FallEvent = z.infer<typeof FallEvent>;

/** Somebody in the picture of one camera. */
const inSight = {
  ...base,
  ...somebody,
  /** When, on the stream's clock. */
  at: z.number().int(),
  /** The middle of the box, in fractions of the picture; where it was last for who is out of sight. */
  point: inFractions,
  size: pictureSize,
};

/** Somebody came into sight, went out of it for a moment or for good, or was seen again. */
export const TrackingEvent = z.object({
  ...inSight,
  type: z.literal("tracking"),
  change: z.enum(["started", "lost", "recovered", "ended"]),
  confidence: share,
  /** When they were first seen, in Unix milliseconds. */
  firstSeenMs: z.number().int(),
  /** The share of frames since then in which they were seen. */
  quality: share,
});
export type TrackingEvent = z.infer<typeof TrackingEvent>;

/** What somebody may be doing. */
export const Activity = z.enum(["standing", "sitting", "walking", "lying", "running", "jumping", "falling", "unknown"]);
export type Activity = z.infer<typeof Activity>;

/** Somebody does something else than before. */
export const ActivityChangedEvent = z.object({
  ...inSight,
  type: z.literal("activity-changed"),
  from: Activity,
  to: Activity,
  confidence: share,
});
export type ActivityChangedEvent = z.infer<typeof ActivityChangedEvent>;

/** Somebody has not moved for long, or moves again after that. */
export const InactivityEvent = z.object({
  ...inSight,
  type: z.literal("inactivity"),
  change: z.enum(["began", "ended"]),
  /** From the last movement until this was known. */
  durationMs: count,
});
export type InactivityEvent = z.infer<typeof InactivityEvent>;

export const SourceState = z.enum(["connecting", "online", "stalled", "offline"]);
export type SourceState = z.infer<typeof SourceState>;

/** A camera changed state, and why. */
export const SourceEvent = z.object({
  ...base,
  type: z.literal("source"),
  state: SourceState,
  /** When its newest frame came, in Unix milliseconds; null before the first, absent where that was not noted. */
  lastFrameMs: z.number().int().nullable().optional(),
  /** How often it was tried again to reach it since it was online; absent where that was not noted. */
  attempts: count.optional(),
  /** True when somebody wanted it so. */
  wanted: z.boolean().optional(),
  /** One clear sentence without credentials; absent only when all is well. */
  reason: z.string().optional(),
});
export type SourceEvent = z.infer<typeof SourceEvent>;

/** A period of high foot traffic began. `startMs` is the first crossing that belongs to it. */
export const TrafficStartedEvent = z.object({
  ...base,
  type: z.literal("traffic-started"),
  startMs: z.number().int(),
});
export type TrafficStartedEvent = z.infer<typeof TrafficStartedEvent>;

export const TrafficEndedEvent = z.object({
  ...base,
  type: z.literal("traffic-ended"),
  startMs: z.number().int(),
  endMs: z.number().int(),
  /** People counted in from start to end. */
  countIn: count,
});
export type TrafficEndedEvent = z.infer<typeof TrafficEndedEvent>;

/** What happened at one camera. */
export const CameraEvent = z.discriminatedUnion("type", [
  CrossingEvent,
  ZoneEnteredEvent,
  ZoneLeftEvent,
  FallEvent,
  TrackingEvent,
  ActivityChangedEvent,
  InactivityEvent,
  SourceEvent,
  TrafficStartedEvent,
  TrafficEndedEvent,
]);
export type CameraEvent = z.infer<typeof CameraEvent>;
