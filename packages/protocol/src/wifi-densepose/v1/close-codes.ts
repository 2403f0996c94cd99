/** What a client does after its connection was closed; `later` means after a minute. */
export type Reconnect = "never" | "now" | "later" | "with-new-credential";

/** A code the server closes with, what it says, and what to do then. */
export interface CloseCode {
  readonly code: number;
  readonly reason: string;
  readonly reconnect: Reconnect;
}

/** Every code with which this protocol is closed. */
export const CLOSE = {
  done: { code: 1000, reason: "goodbye", reconnect: "never" },
  goingAway: { code: 1001, reason: "the server is shutting down", reconnect: "now" },
  lost: { code: 1006, reason: "", reconnect: "now" },
  tooLarge: { code: 1009, reason: "", reconnect: "never" },
  failed: { code: 1011, reason: "something failed inside the server", reconnect: "now" },
  full: { code: 1013, reason: "all places are taken", reconnect: "later" },
  credentialEnded: {
    code: 4001,
    reason: "these credentials are not valid any more",
    reconnect: "with-new-credential",
  },
  notAuthenticated: { code: 4002, reason: "no valid credential came in time", reconnect: "with-new-credential" },
  notAllowed: { code: 4003, reason: "these credentials do not allow this", reconnect: "never" },
  slowConsumer: { code: 4008, reason: "slow consumer", reconnect: "now" },
  tooManyConnections: {
    code: 4009,
    reason: "too many connections of this account or address",
    reconnect: "later",
  },
  flooding: { code: 4029, reason: "too many messages", reconnect: "later" },
} as const satisfies Record<string, CloseCode>;

/** What to do after a connection was closed with `code`; codes of others are taken for a lost connection. */
export const reconnectAfter = (code: number): Reconnect =>
  Object.values(CLOSE).find((close) => close.code === code)?.reconnect ?? "now";
