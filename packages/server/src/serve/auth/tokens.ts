import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { auth } from "@sensorium/protocol/wire";
import { errors, jwtVerify, SignJWT } from "jose";
import type { SigningKeyRow } from "../../storage/schema.ts";
import type { ServeClock } from "../clock.ts";
import type { Principal } from "./principal.ts";

/** How long a signed token is good, in seconds. */
export const TOKEN_SECONDS = 86_400;

const ALGORITHM = "HS256";
const NAME = "sensorium";

/** A new key, the newest of its store. */
export const newSigningKey = (nowMs: number): SigningKeyRow => ({
  id: randomBytes(8).toString("hex"),
  secret: randomBytes(32).toString("base64url"),
  created_ms: nowMs,
});

/** Makes and reads bearer tokens. The newest key signs; older ones still verify. */
export class Tokens {
  readonly #clock: ServeClock;
  readonly #keys = new Map<string, KeyObject>();
  #newest = "";

  /** `keys` with the newest first. */
  constructor(keys: readonly SigningKeyRow[], clock: ServeClock) {
    this.#clock = clock;
    for (const key of keys.toReversed()) this.add(key);
  }

  /** Signs with this key from now on. */
  add({ id, secret }: SigningKeyRow): void {
    this.#keys.set(id, createSecretKey(secret, "base64url"));
    this.#newest = id;
  }

  /** A token by which its holder is this principal for {@link TOKEN_SECONDS}. */
  sign({ userId, name, scopes, environments }: Principal): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000);
    const claims = {
      username: name,
      roles: scopes.includes("admin") ? ["admin"] : [],
      permissions: scopes,
      ...(environments && { accessible_zones: environments }),
    };
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#newest, typ: "JWT" })
      .setSubject(userId)
      .setIssuer(NAME)
      .setAudience(NAME)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + TOKEN_SECONDS)
      .sign(this.#keyOf(this.#newest));
  }

  /** The principal of a token, or why it is none. Never rejects. */
  async verify(token: string): Promise<Principal | string> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyOf(kid), {
        algorithms: [ALGORITHM],
        issuer: NAME,
        audience: NAME,
        currentDate: new Date(this.#clock.now()),
      });
      return principalOf(auth.TokenClaims.parse(payload));
    } catch (thrown) {
      return thrown instanceof errors.JOSEError ? thrown.code : "its claims are not ours";
    }
  }

  #keyOf(id: string | undefined): KeyObject {
    const key = this.#keys.get(id ?? "");
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  }
}

function principalOf({ sub, username, permissions, accessible_zones, exp }: auth.TokenClaims): Principal {
  return {
    userId: sub,
    name: username ?? sub,
    scopes: auth.Scope.options.filter((scope) => permissions.includes(scope)),
    environments: accessible_zones ?? null,
    by: "token",
    credential: null,
    expiresMs: exp * 1000,
  };
}
