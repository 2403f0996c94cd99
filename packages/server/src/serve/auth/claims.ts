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

/** Why a token was not verified. Nothing of the token is in it. */
export const reasonAgainst = (thrown: unknown): string =>
  thrown instanceof errors.JOSEError ? thrown.code : "its claims are not ours";
