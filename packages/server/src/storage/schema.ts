import type { HistorySchema } from "./history-schema.ts";

/**
 * The tables, as both databases have them. Times are integer Unix milliseconds, switches are 0 or 1 and
 * nothing is of a type that only one of the two knows, so that one set of queries serves both.
 */
export interface Schema extends HistorySchema {
  meta: { key: string; value: string };
  event_log: EventLogRow;
  crossings: CrossingRow;
  traffic_events: TrafficEventRow;
  zone_visits: ZoneVisitRow;
  cursors: { epoch: string; log_offset: number };
  users: UserRow;
  credentials: CredentialRow;
  signing_keys: SigningKeyRow;
  audit: AuditRow;
  actions: ActionRow;
  action_pictures: { seq: number; bytes: Uint8Array };
  action_sinks: { sink: string; address: string };
  refused_actions: RefusedActionRow;
}

/** One event in its place in the log of the node that recorded it; `body` is the event as JSON. */
export interface EventLogRow {
  epoch: string;
  environment: string;
  log_offset: number;
  id: string;
  /** Empty for what concerns a whole environment. */
  camera: string;
  type: string;
  wall_ms: number;
  body: string;
}

/** One completed crossing; `id` is its event's, `media_us` the stream's own clock, `x` and `y` picture fractions. */
export interface CrossingRow {
  id: string;
  environment: string;
  camera: string;
  line: string;
  direction: "in" | "out";
  track: number;
  class_name: string;
  score: number;
  wall_ms: number;
  media_us: number;
  x: number;
  y: number;
  model: string | null;
  simulated: number;
}

/** The start or the end of a period of high traffic; an end has `end_ms` and `count_in`. */
export interface TrafficEventRow {
  id: string;
  camera: string;
  start_ms: number;
  end_ms: number | null;
  count_in: number | null;
  simulated: number;
}

/** One stay in a zone that is over; `id` is the event's with which it ended. */
export interface ZoneVisitRow {
  id: string;
  camera: string;
  zone: string;
  track: number;
  class_name: string;
  entered_ms: number;
  left_ms: number;
  model: string | null;
  simulated: number;
}

/** Somebody who may log in; `scopes` and `environments` are JSON lists, no `environments` means all. */
export interface UserRow {
  id: string;
  username: string;
  /** Hashed; null until one is set. */
  password: string | null;
  scopes: string;
  environments: string | null;
  created_ms: number;
  /** Null until the first login. */
  last_login_ms: number | null;
}

/** What lets its holder in; a login link only once, to get a session, and a refresh token to get tokens. */
export type CredentialKind = "login-link" | "session" | "api-key" | "refresh-token";

/**
 * Somebody's login link, session or API key, or all refresh tokens of one login; the secret itself is known to its
 * holder only.
 */
export interface CredentialRow {
  id: string;
  kind: CredentialKind;
  hash: string;
  /** Of the half of a refresh token that every refresh changes; null for everything else. */
  turn_hash: string | null;
  /** Of the half before that; null before the first refresh, and for everything else. */
  turn_before: string | null;
  user_id: string;
  /** Of the user, or of the key. */
  name: string;
  /** What an API key allows at most; everything else allows what its user may do. */
  scopes: string;
  environments: string | null;
  created_ms: number;
  expires_ms: number | null;
  used_ms: number | null;
}

/** A key that signs tokens, in base64url. */
export interface SigningKeyRow {
  id: string;
  secret: string;
  created_ms: number;
  /** When the last token that it signed runs out; null while it signs. */
  expires_ms: number | null;
}

/** Something that somebody did to the server, or tried to. */
export interface AuditRow {
  /** UUID version 7. */
  id: string;
  at_ms: number;
  action: string;
  outcome: string;
  /** Null for somebody who is not known. */
  user_id: string | null;
  /** Of the user, or of the API key. */
  user_name: string | null;
  /** By what they were known. */
  shown: string | null;
  credential: string | null;
  /** The address from which they came. */
  peer: string;
  target: string | null;
  environment: string | null;
}

/** An action that has yet to be done; `bytes` is what it takes, with its picture. */
export interface ActionRow {
  seq: number;
  id: string;
  sink: string;
  /** 1 when it has to arrive however long it takes. */
  kept: number;
  due_ms: number;
  expires_ms: number | null;
  follows: string | null;
  body: string;
  bytes: number;
}

/** An action that its sink will never take. */
export interface RefusedActionRow {
  id: string;
  sink: string;
  body: string;
  reason: string;
  refused_ms: number;
}
