import { z } from "zod";

/**
 * Who may connect, as the REST API speaks of it: bodies and results of `/api/v1/auth/*`. `docs/access.md` says what
 * they mean. Times are sent as UTC with milliseconds.
 */

/** What a principal may do; each includes the ones before it. */
export const Scope = z.enum(["read", "operate", "admin"]);
export type Scope = z.infer<typeof Scope>;

/** The environments a principal is limited to; null for no limit, an empty list for none at all. */
export const Environments = z.array(z.string().min(1).max(100)).max(100).nullable();

const time = z.iso.datetime();
const secret = z.string().min(1).max(200);
const username = z.string().min(1).max(100);
const givenPassword = z.string().min(1).max(1000);
const newPassword = z.string().min(12, "a password has at least 12 characters").max(1000);
const scopes = z.array(Scope).min(1).max(3);

/** The claims of a bearer token that are read; the others are left to whoever made them. */
export const TokenClaims = z.object({
  sub: z.string().min(1),
  username: z.string().min(1).optional(),
  email: z.string().min(1).optional(),
  /** What a role grants is a setting; unknown ones grant nothing. */
  roles: z.array(z.string()).default([]),
  /** Scopes among others; unknown ones grant nothing. */
  permissions: z.array(z.string()).default([]),
  /** Environments; absent for all. */
  accessible_zones: z.array(z.string()).optional(),
  /** The login in which the token was had; one of ours ends with it. */
  session_id: z.string().min(1).optional(),
  iat: z.number(),
  exp: z.number(),
});
export type TokenClaims = z.infer<typeof TokenClaims>;

/** `POST auth/token` and `POST auth/login`. */
export const PasswordRequest = z.object({ username, password: givenPassword });
export type PasswordRequest = z.infer<typeof PasswordRequest>;

/** Result of `POST auth/token` and `POST auth/refresh`; `expires_in` in seconds. */
export const TokenResult = z.object({
  access_token: z.string(),
  token_type: z.literal("bearer"),
  expires_in: z.number(),
  /** Good for one refresh. */
  refresh_token: z.string(),
});
export type TokenResult = z.infer<typeof TokenResult>;

/** `POST auth/refresh`. */
export const RefreshRequest = z.object({ refresh_token: secret });
export type RefreshRequest = z.infer<typeof RefreshRequest>;

/** Result of `POST auth/signing-keys/rotate`. */
export const RotatedKey = z.object({
  key_id: z.string(),
  /** Seconds in which tokens of the keys before may still be shown. */
  others_good_for: z.number(),
});
export type RotatedKey = z.infer<typeof RotatedKey>;

/** `POST auth/login-link/exchange`: what stands behind `#token=` in a login link. */
export const ExchangeRequest = z.object({ token: secret });
export type ExchangeRequest = z.infer<typeof ExchangeRequest>;

/** `PUT auth/password`. */
export const SetPasswordRequest = z.object({
  password: newPassword,
  /** The one until now, if there is one; an admin of all environments, who may set anybody's, can leave it out. */
  old_password: givenPassword.optional(),
});
export type SetPasswordRequest = z.infer<typeof SetPasswordRequest>;

/** Result of `GET auth/me`, and of everything that logs somebody in. */
export const Me = z.object({
  username: z.string(),
  /** By what the server knows; `nobody` where it lets in everybody on its machine. */
  by: z.enum(["session", "api-key", "token", "nobody"]),
  scopes: z.array(Scope),
  environments: Environments,
  /** When this login or token runs out; null for never. */
  expires_at: time.nullable(),
});
export type Me = z.infer<typeof Me>;

/** `POST auth/keys`. */
export const CreateKeyRequest = z.object({
  name: z.string().trim().min(1).max(100),
  scopes,
  environments: Environments.default(null),
  /** Null for never. */
  expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
});
export type CreateKeyRequest = z.infer<typeof CreateKeyRequest>;

/** An API key as it is listed; it allows no more than its user may do now, whatever its own scopes are. */
export const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  /** Whose it is: who made it. */
  user_id: z.string(),
  scopes: z.array(Scope),
  environments: Environments,
  created_at: time,
  expires_at: time.nullable(),
  /** To the minute; null before the first use. */
  last_used_at: time.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** Result of `GET auth/keys`. */
export const ApiKeyList = z.object({ keys: z.array(ApiKey) });
export type ApiKeyList = z.infer<typeof ApiKeyList>;

/** Result of `POST auth/keys`: the only time the key itself is shown. */
export const CreatedKey = z.object({ key: z.string(), api_key: ApiKey });
export type CreatedKey = z.infer<typeof CreatedKey>;

/** A user as they are listed. */
export const User = z.object({
  id: z.string(),
  username: z.string(),
  scopes: z.array(Scope),
  environments: Environments,
  created_at: time,
  /** By a login link or a password; null before the first time. */
  last_login_at: time.nullable(),
});
export type User = z.infer<typeof User>;

/** `POST auth/users`. */
export const CreateUserRequest = z.object({
  username: z.string().trim().min(1).max(100),
  password: newPassword,
  scopes,
  environments: Environments,
});
export type CreateUserRequest = z.infer<typeof CreateUserRequest>;

/** `PUT auth/users/{id}`: what is absent stays. A name is for good. */
export const ChangeUserRequest = z.strictObject({
  scopes: scopes.optional(),
  environments: Environments.optional(),
  password: newPassword.optional(),
});
export type ChangeUserRequest = z.infer<typeof ChangeUserRequest>;

/** What an address says of a user. */
export const UserPath = z.object({ id: z.string() });
