import { z } from "zod";
import { Compression, clientMessage, Metadata, StreamPosition, serverMessage, Timestamp } from "./envelope.ts";
import { MAX_POSITIONS, MAX_SUBSCRIPTIONS } from "./limits.ts";
import { EffectiveSubscription, EventType } from "./subscription.ts";

const subscriptionId = z.string().min(1).max(100);

/** From where to go on: one position for the only environment that is concerned, or one for each. */
export const Recover = z.union([StreamPosition, z.array(StreamPosition).min(1).max(MAX_POSITIONS)]);
export type Recover = z.infer<typeof Recover>;

/** Asks for events; each item of the list is looked at by itself (`parseSubscription`). */
export const SubscribeMessage = clientMessage(
  "subscribe",
  z.object({ subscriptions: z.array(z.unknown()).min(1).max(MAX_SUBSCRIPTIONS), recover: Recover.optional() }),
);
export type SubscribeMessage = z.infer<typeof SubscribeMessage>;

/** Ends subscriptions. */
export const UnsubscribeMessage = clientMessage(
  "unsubscribe",
  z.object({ subscription_ids: z.array(subscriptionId).min(1).max(MAX_SUBSCRIPTIONS) }),
);
export type UnsubscribeMessage = z.infer<typeof UnsubscribeMessage>;

/** Changes a subscription; checked by itself, so that what is wrong can be told of it. */
export const UpdateSubscriptionMessage = clientMessage(
  "update_subscription",
  z.looseObject({ subscription_id: subscriptionId }),
);
export type UpdateSubscriptionMessage = z.infer<typeof UpdateSubscriptionMessage>;

/** What the client says of itself does not matter. */
export const ClientHeartbeatMessage = clientMessage("heartbeat", z.looseObject({}).nullish());
export type ClientHeartbeatMessage = z.infer<typeof ClientHeartbeatMessage>;

/** Asks for a `connection_status`. */
export const StatusRequestMessage = clientMessage("connection_status", z.looseObject({}).nullish());
export type StatusRequestMessage = z.infer<typeof StatusRequestMessage>;

/** Says goodbye. */
export const ClientDisconnectMessage = clientMessage("disconnect", z.looseObject({}).nullish());
export type ClientDisconnectMessage = z.infer<typeof ClientDisconnectMessage>;

/** Shows a credential: the first one, or a fresh one in time. */
export const AuthMessage = clientMessage("auth", z.object({ token: z.string().min(1).max(8192) }));
export type AuthMessage = z.infer<typeof AuthMessage>;

/** Everything a client sends. */
export const ClientMessage = z.discriminatedUnion("type", [
  SubscribeMessage,
  UnsubscribeMessage,
  UpdateSubscriptionMessage,
  ClientHeartbeatMessage,
  StatusRequestMessage,
  ClientDisconnectMessage,
  AuthMessage,
]);
export type ClientMessage = z.infer<typeof ClientMessage>;
export type ClientMessageType = ClientMessage["type"];

/** What may go wrong. */
export const ErrorCode = z.enum([
  "CONNECTION_ERROR",
  "SUBSCRIPTION_ERROR",
  "RATE_LIMIT_EXCEEDED",
  "VALIDATION_ERROR",
  "AUTHENTICATION_ERROR",
  "AUTHORIZATION_ERROR",
  "SYSTEM_ERROR",
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

const error = <C extends ErrorCode, D extends z.ZodType>(error_code: C, details: D) =>
  z.object({ error_code: z.literal(error_code), message: z.string().min(1), details });

const nothing = z.null();

/** What went wrong, by its code. */
export const ErrorData = z.discriminatedUnion("error_code", [
  /** `retry_after` in seconds. `max_retries` is null where retrying does not end. */
  error(
    "CONNECTION_ERROR",
    z.object({
      reason: z.string(),
      retry_after: z.number().nonnegative(),
      max_retries: z.int().nonnegative().nullable(),
      environment_id: z.string().optional(),
    }),
  ),
  /** For a subscription that does not come about, `subscription_id` is null and `index` is its place in the list. */
  error(
    "SUBSCRIPTION_ERROR",
    z.object({
      subscription_id: z.string().nullable(),
      index: z.int().nonnegative().optional(),
      field: z.string(),
      reason: z.string(),
    }),
  ),
  /** `retry_after` in whole seconds, rounded up. */
  error(
    "RATE_LIMIT_EXCEEDED",
    z.object({
      current_rate: z.int().nonnegative(),
      limit: z.int().positive(),
      window: z.string(),
      retry_after: z.int().nonnegative(),
    }),
  ),
  error("VALIDATION_ERROR", z.object({ field: z.string() }).nullable()),
  error("AUTHENTICATION_ERROR", nothing),
  error("AUTHORIZATION_ERROR", nothing),
  error("SYSTEM_ERROR", nothing),
]);
export type ErrorData = z.infer<typeof ErrorData>;

export const ErrorMessage = serverMessage("error", ErrorData);
export type ErrorMessage = z.infer<typeof ErrorMessage>;

/** One subscription in an `ack`; other servers need not say how it is applied. */
export const ActiveSubscription = EffectiveSubscription.partial().extend({
  subscription_id: z.string(),
  event_type: EventType,
  status: z.literal("active"),
});
export type ActiveSubscription = z.infer<typeof ActiveSubscription>;

/** What a client's message came to. */
export const Ack = z.object({
  message_type: z.enum(["subscribe", "unsubscribe", "update_subscription", "auth"]),
  /** `partial` when some of it failed, `error` when all of it did; errors come before. */
  status: z.enum(["success", "partial", "error"]),
  /** All of the connection's, oldest first. */
  active_subscriptions: z.array(ActiveSubscription),
  /** Only where `recover` was asked for: whether everything since follows, in order. */
  recovered: z.boolean().optional(),
  /** Of a `subscribe`, from where each environment's events follow. */
  streams: z.array(StreamPosition).optional(),
});
export type Ack = z.infer<typeof Ack>;

export const AckMessage = serverMessage("ack", Ack);
export type AckMessage = z.infer<typeof AckMessage>;

/** `uptime` of the connection in seconds; `last_message` is when the client was heard last. */
export const Heartbeat = z.object({
  client_id: z.string(),
  uptime: z.number().nonnegative(),
  last_message: Timestamp.nullable(),
  /** Up to where the client was sent everything it has asked for, by environment. */
  streams: z.array(StreamPosition).optional(),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export const HeartbeatMessage = serverMessage("heartbeat", Heartbeat);
export type HeartbeatMessage = z.infer<typeof HeartbeatMessage>;

/** How the connection is: once it stands, and on request. */
export const ConnectionStatus = z.object({
  status: z.literal("connected"),
  client_id: z.string(),
  session_id: z.string(),
  connected_since: Timestamp,
  active_subscriptions: z.int().nonnegative(),
  /** Messages that were sent to the client. */
  message_count: z.int().nonnegative(),
});
export type ConnectionStatus = z.infer<typeof ConnectionStatus>;

export const ConnectionStatusMessage = serverMessage("connection_status", ConnectionStatus);
export type ConnectionStatusMessage = z.infer<typeof ConnectionStatusMessage>;

/** The last message before the server closes a connection on purpose. */
export const DisconnectMessage = serverMessage(
  "disconnect",
  z.object({ reason: z.enum(["client_requested", "server_shutdown"]), message: z.string() }),
);
export type DisconnectMessage = z.infer<typeof DisconnectMessage>;

/** The credential ran out; the connection is closed next. */
export const TokenExpiredMessage = z.object({
  type: z.literal("token_expired"),
  timestamp: Timestamp,
  message: z.string(),
  metadata: Metadata.optional(),
});
export type TokenExpiredMessage = z.infer<typeof TokenExpiredMessage>;

/** What may stand in the address of a connection. */
export const ConnectQuery = z.object({
  client_id: z
    .string()
    .regex(/^[\w.:@-]{1,100}$/)
    .optional()
    .catch(undefined),
  compression: Compression.nullable().catch(null),
});
export type ConnectQuery = z.infer<typeof ConnectQuery>;
