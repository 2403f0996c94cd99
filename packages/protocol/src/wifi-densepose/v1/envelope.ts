import { z } from "zod";

/** UTC to the second, or to anything finer; the server sends milliseconds. */
export const Timestamp = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/,
    "must be a time such as 2025-01-07T10:30:00Z",
  );

/** A place in the pixels of the picture, origin top-left, y down. */
export const Place = z.object({ x: z.number(), y: z.number() });
export type Place = z.infer<typeof Place>;

/** How the body of a frame is packed. */
export const Compression = z.enum(["gzip", "deflate"]);
export type Compression = z.infer<typeof Compression>;

/** Where a durable event stands: offsets grow within an epoch and an environment, with gaps for what others may see. */
export const StreamPosition = z.object({
  environment_id: z.string().optional(),
  epoch: z.string().min(1).max(100),
  offset: z.int().nonnegative(),
});
export type StreamPosition = z.infer<typeof StreamPosition>;

/** When each step of a frame's way was done. */
export const Times = z.object({ captured: Timestamp, decoded: Timestamp, inferred: Timestamp, sent: Timestamp });
export type Times = z.infer<typeof Times>;

/** What a message was made from. */
export const Source = z.object({
  kind: z.enum(["camera", "csi", "system"]),
  id: z.string(),
  /** Null where no model was involved. */
  model: z.string().nullable(),
  simulated: z.boolean(),
});
export type Source = z.infer<typeof Source>;

/** What a message says of itself; a frame that was compressed for many says nothing of the client. */
export const Metadata = z.object({
  /** Only on what is durable. */
  stream: StreamPosition.optional(),
  /** Only on what was made from a frame. */
  times: Times.optional(),
  source: Source.optional(),
  client_id: z.string().optional(),
  /** Grows by one with each message that has it. */
  sequence: z.int().positive().optional(),
  compression: Compression.nullable(),
});
export type Metadata = z.infer<typeof Metadata>;

/** A message to a client: its type, what it says, and what other servers may leave out. */
export const serverMessage = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({ type: z.literal(type), timestamp: Timestamp, data, metadata: Metadata.optional() });

/** A message of a client, who may leave out the time and says nothing of itself. */
export const clientMessage = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({ type: z.literal(type), timestamp: Timestamp.optional(), data });
