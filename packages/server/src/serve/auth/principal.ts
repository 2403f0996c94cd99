import type { auth } from "@sensorium/protocol/wire";

export type Scope = auth.Scope;

/** Somebody, or some program, that has shown who it is. */
export interface Principal {
  /** Of the user it acts for. */
  readonly userId: string;
  /** Of the user, or of the API key. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The environments it is limited to; null for all. */
  readonly environments: readonly string[] | null;
  /** How it has shown that; `nobody` where everybody on this machine is let in. */
  readonly by: "session" | "api-key" | "token" | "nobody";
  /** The id of its session, API key, or login to which its tokens belong; null for what nothing ends before its time. */
  readonly credential: string | null;
  /** Unix milliseconds; null for never. */
  readonly expiresMs: number | null;
}

/**
 * What a route or socket needs: nothing, somebody known, or a scope: in one environment, in all of them, or in those
 * of which it then shows only what is in them (see `sees`).
 */
export type Need =
  | "nothing"
  | "somebody"
  | { readonly scope: Scope; readonly environment: string }
  | { readonly scope: Scope; readonly environments: "all" | "own" };

/** Why somebody is not let in. */
export interface Refusal {
  readonly status: 401 | 403;
  /** For the client; the same for everything that would help to guess a credential. */
  readonly sentence: string;
  /** For the log only. */
  readonly reason: string;
}

/** Somebody; or why not, and who it is when that is known. */
export type Answer =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly refusal: Refusal; readonly principal?: Principal };

const INCLUDES: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ["read"],
  operate: ["read", "operate"],
  admin: ["read", "operate", "admin"],
};

/** Everything that the given scopes allow. */
export const widened = (scopes: readonly Scope[]): readonly Scope[] => [
  ...new Set(scopes.flatMap((scope) => INCLUDES[scope])),
];

export const NOT_ALLOWED = "These credentials do not allow this";

/** Null when `principal` may do what needs this. */
export function authorize({ scopes, environments }: Principal, need: Need): Refusal | null {
  if (typeof need === "string") return null;
  if (!widened(scopes).includes(need.scope)) {
    return { status: 403, sentence: NOT_ALLOWED, reason: `it lacks the scope ${need.scope}` };
  }
  if (environments === null || ("environment" in need && environments.includes(need.environment))) return null;
  if ("environments" in need && need.environments === "own" && environments.length > 0) return null;
  return { status: 403, sentence: NOT_ALLOWED, reason: "it is limited to other environments" };
}

/** Whether what is in this environment may be shown to somebody; with nobody asked, everything may. */
export const sees = (principal: Principal | null, environment: string): boolean =>
  !principal?.environments || principal.environments.includes(environment);

/** The session by which somebody is here, which a new password of theirs does not end; null for any other way. */
export const ownSession = (principal: Principal | null): string | null =>
  principal?.by === "session" ? principal.credential : null;
