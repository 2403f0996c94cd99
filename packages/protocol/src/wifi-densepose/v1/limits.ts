/** How many messages of a kind a client may send in any span of `windowMs`. */
export interface MessageLimit {
  readonly limit: number;
  readonly windowMs: number;
  /** What the client is told of the window. */
  readonly window: string;
}

/** The document's table. Two seconds are given to heartbeats, whose timers are never exact. */
export const MESSAGE_LIMITS = {
  subscriptions: { limit: 10, windowMs: 60_000, window: "1_minute" },
  heartbeat: { limit: 1, windowMs: 28_000, window: "30_seconds" },
  general: { limit: 60, windowMs: 60_000, window: "1_minute" },
} as const satisfies Record<string, MessageLimit>;

/** How many refused messages a client may go on sending within a minute before it is closed. */
export const FLOOD_LIMIT: MessageLimit = { limit: 100, windowMs: 60_000, window: "1_minute" };

/** The most frames a second, and how many may wait for a slow client, by quality. */
export const POSE_LIMITS = { low: { maxFps: 10, bufferSize: 5 }, high: { maxFps: 30, bufferSize: 1 } } as const;

/** How many events a client is sent in any span of `windowMs`; what comes beyond waits. */
export const EVENT_LIMITS = {
  system: { limit: 100, windowMs: 60_000 },
  analytics: { limit: 60, windowMs: 60_000 },
} as const;

/** Subscriptions of one connection, and of one message. */
export const MAX_SUBSCRIPTIONS = 100;
/** Positions in one list of `recover`: they have to fit into one message. */
export const MAX_POSITIONS = 500;
/** Connections from one address. */
export const MAX_PER_ADDRESS = 100;
/** Connections of one account. */
export const MAX_PER_ACCOUNT = 10;
/** A longer message is refused with a sentence. */
export const MAX_TEXT_BYTES = 64 * 1024;
/** A longer message closes the connection with 1009. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** How long a client without a credential may take to send one. */
export const AUTH_WITHIN_MS = 5_000;
/** From one heartbeat of the server to the next. */
export const HEARTBEAT_MS = 30_000;
