import type { audit } from "@sensorium/protocol/wire";

/** What was done, in words that follow somebody's name. */
export const DEEDS: Readonly<Record<audit.AuditAction, string>> = {
  login: "logged in",
  "login-failed": "failed to log in",
  logout: "logged out",
  "token-refreshed": "renewed a token",
  "refresh-reused": "showed a used refresh token",
  "key-created": "created an API key",
  "key-revoked": "revoked an API key",
  "password-set": "set a password",
  "signing-key-rotated": "rotated the signing key",
  "user-created": "added a user",
  "user-changed": "changed a user",
  "user-removed": "removed a user",
  "camera-put": "set up a camera",
  "camera-removed": "removed a camera",
  "line-put": "set up a line",
  "line-removed": "removed a line",
  "zone-put": "set up a zone",
  "zone-removed": "removed a zone",
  "retention-put": "changed how long records are kept",
  "config-changed": "changed settings",
  "event-acknowledged": "saw to an event",
  "system-started": "started the sensing",
  "system-stopped": "stopped the sensing",
  "system-restarted": "restarted the sensing",
};

const SHOWN = { session: "on the page", "api-key": "API key", token: "token", nobody: "nobody is asked" } as const;

/** Who it was, as far as is known. */
export function whoText({ user_name, by }: Pick<audit.AuditEntry, "user_name" | "by">): string {
  const name = user_name ?? "somebody unknown";
  return by === null ? name : `${name} (${SHOWN[by]})`;
}

/** To what and where it was done; empty for what concerns everything. */
export const targetText = ({ target, environment_id }: Pick<audit.AuditEntry, "target" | "environment_id">): string =>
  [target, environment_id && `in ${environment_id}`].filter(Boolean).join(" ");
