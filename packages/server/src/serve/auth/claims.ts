import { auth } from "@sensorium/protocol/wire";
import { errors } from "jose";
import type { Principal } from "./principal.ts";

/** The principal of a token; or why it is none, for the log. */
export type Found = Principal | string;

/** Who the claims of a verified token say its holder is, by its permissions alone. */
export const principalOf = ({
  sub,
  username,
  email,
  permissions,
  accessible_zones,
  exp,
}: auth.TokenClaims): Principal => ({
  userId: sub,
  name: username ?? email ?? sub,
  scopes: auth.Scope.options.filter((scope) => permissions.includes(scope)),
  environments: accessible_zones ?? null,
  by: "token",
  credential: null,
  expiresMs: exp * 1000,
});

/** The id by which an account of another issuer goes here: never that of one of ours, whatever it is called there. */
export const foreignId = (issuer: string, subject: string): string => `${issuer} ${subject}`;

/** Whether an id is that of an account elsewhere. */
export const isForeign = (userId: string): boolean => userId.includes(" ");

/** Why a token was not verified. Nothing of the token is in it. */
export const reasonAgainst = (thrown: unknown): string =>
  thrown instanceof errors.JOSEError ? thrown.code : "its claims are not ours";
