import { z } from "zod";
import { PageQuery } from "./paging.ts";

/** What somebody did to the server, as `GET /api/v1/audit` tells it. Times are sent as UTC with milliseconds. */

/** What is written down. */
export const AuditAction = z.enum([
  "login",
  "login-failed",
  "logout",
  "token-refreshed",
  "refresh-reused",
  "key-created",
  "key-revoked",
  "password-set",
  "signing-key-rotated",
  "user-created",
  "user-changed",
  "user-removed",
  "camera-put",
  "camera-removed",
  "line-put",
  "line-removed",
  "zone-put",
  "zone-removed",
  "retention-put",
  "config-changed",
  "event-acknowledged",
  "system-started",
  "system-stopped",
  "system-restarted",
]);
export type AuditAction = z.infer<typeof AuditAction>;

/** What came of it; `refused` when it was not allowed, or not understood. */
export const AuditOutcome = z.enum(["done", "refused", "failed"]);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

/** One thing that somebody did, or tried to. */
export const AuditEntry = z.object({
  id: z.string(),
  timestamp: z.iso.datetime(),
  action: AuditAction,
  outcome: AuditOutcome,
  /** Null for somebody who is not known. */
  user_id: z.string().nullable(),
  /** Of the user, or of the API key. */
  user_name: z.string().nullable(),
  /** By what they were known: a session of the page, an API key, a token; `nobody` where nobody is asked. */
  by: z.enum(["session", "api-key", "token", "nobody"]).nullable(),
  credential_id: z.string().nullable(),
  /** The address from which they came. */
  peer: z.string(),
  /** What it was done to, such as `door/entrance` for a line of a camera. */
  target: z.string().nullable(),
  /** Null for what concerns all of them. */
  environment_id: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

const time = z.iso.datetime({ offset: true }).optional();

/** Query of `GET audit`; the times from inclusive to exclusive. */
export const AuditQuery = PageQuery.extend({
  start_time: time,
  end_time: time,
  action: AuditAction.optional(),
  /** An id or a name. */
  user: z.string().min(1).max(200).optional(),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
