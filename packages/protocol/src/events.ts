import { z } from "zod";

/**
 * What happened, as it is recorded and sent: every protocol, table and page is a projection of these.
 * `at` is media time in microseconds on the stream's clock; `wallMs` is the same instant in Unix milliseconds.
 */
const base = {
  /** UUID version 7; the key that makes a second delivery harmless. */
  id: z.string(),
  camera: z.string(),
  wallMs: z.number().int(),
  /** Which model found it; absent where no model was involved. */
  model: z.string().optional(),
  /** True when it came from the simulator, at every step of its way. */
  simulated: z.boolean(),
};

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
  score: z.number().min(0).max(1),
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
  dwellMs: z.number().int().nonnegative(),
});
export type ZoneLeftEvent = z.infer<typeof ZoneLeftEvent>;

/** Somebody seems to have fallen, has fallen for sure, or is up again after it. */
export const FallEvent = z.object({
  ...base,
  type: z.literal("fall"),
  change: z.enum(["suspected", "confirmed", "recovered"]),
  /** Who, over all tracks of this camera since it began. */
  person: z.number().int().positive(),
  track: z.number().int().positive(),
  /** When it lay, on the stream's clock. */
  at: z.number().int(),
  /** From when the body began to go down until this was known. */
  durationMs: z.number().int().nonnegative(),
  /** 0..1; 1 is as fast as dropping freely from the height of the hips. */
  impact: z.number().min(0).max(1),
  confidence: z.number().min(0).max(1),
  /** The middle of the hips, in fractions of the picture. */
  point: z.object({ x: z.number(), y: z.number() }),
});
export type FallEvent = z.infer<typeof FallEvent>;

export const SourceState = z.enum(["connecting", "online", "stalled", "offline"]);
export type SourceState = z.infer<typeof SourceState>;

/** A camera changed state, and why. */
export const SourceEvent = z.object({
  ...base,
  type: z.literal("source"),
  state: SourceState,
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
  countIn: z.number().int().nonnegative(),
});
export type TrafficEndedEvent = z.infer<typeof TrafficEndedEvent>;

export const SensoriumEvent = z.discriminatedUnion("type", [
  CrossingEvent,
  ZoneEnteredEvent,
  ZoneLeftEvent,
  FallEvent,
  SourceEvent,
  TrafficStartedEvent,
  TrafficEndedEvent,
]);
export type SensoriumEvent = z.infer<typeof SensoriumEvent>;

/** Where an event stands in its node's durable log: offsets grow by one within an epoch. */
export interface StreamPosition {
  readonly epoch: string;
  readonly offset: number;
}

/** An event that is durable. */
export interface Recorded<E extends SensoriumEvent = SensoriumEvent> {
  readonly event: E;
  readonly position: StreamPosition;
}
