import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { auth } from "@sensorium/protocol/wire";
import { errors, jwtVerify, SignJWT } from "jose";
import type { SigningKeyRow } from "../../storage/schema.ts";
import type { ServeClock } from "../clock.ts";
import { type Found, principalOf, reasonAgainst } from "./claims.ts";
import type { Principal } from "./principal.ts";

/** How long a signed token is good, in seconds. */
export const TOKEN_SECONDS = 86_400;

/** The only one in which our tokens are signed. */
export const ALGORITHM = "HS256";
const NAME = "sensorium";

/** A new key, the newest of its store. */
export const newSigningKey = (nowMs: number): SigningKeyRow => ({
  id: randomBytes(8).toString("hex"),
  secret: randomBytes(32).toString("base64url"),
  created_ms: nowMs,
  expires_ms: null,
});

/** A key that has been followed by another, and is good for what it signed before. */
interface KnownKey {
  readonly secret: KeyObject;
  readonly expiresMs: number | null;
}

/** Makes and reads our own bearer tokens. The newest key signs; older ones verify what they signed until it runs out. */
export class Tokens {
  readonly #clock: ServeClock;
  readonly #keys = new Map<string, KnownKey>();
  #newest = "";

  /** `keys` with the newest first. */
  constructor(keys: readonly SigningKeyRow[], clock: ServeClock) {
    this.#clock = clock;
    for (const key of keys.toReversed()) this.#add(key);
  }

  /** Signs with another key from now on; what the others signed has run out at `othersEndMs`. */
  follow({ key, othersEndMs }: { readonly key: SigningKeyRow; readonly othersEndMs: number }): void {
    for (const [id, known] of this.#keys) {
      if (isOver(known, this.#clock.now())) this.#keys.delete(id);
      else this.#keys.set(id, { ...known, expiresMs: known.expiresMs ?? othersEndMs });
    }
    this.#add(key);
  }

  /** A token by which its holder is this principal for {@link TOKEN_SECONDS}. */
  sign({ userId, name, scopes, environments, credential }: Principal): Promise<string> {
    const now = Math.floor(this.#clock.now() / 1000);
    const claims = {
      username: name,
      roles: scopes.includes("admin") ? ["admin"] : [],
      permissions: scopes,
      ...(environments && { accessible_zones: environments }),
      ...(credential !== null && { session_id: credential }),
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
  async verify(token: string): Promise<Found> {
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyOf(kid), {
        algorithms: [ALGORITHM],
        issuer: NAME,
        audience: NAME,
        currentDate: new Date(this.#clock.now()),
      });
      const claims = auth.TokenClaims.parse(payload);
      return { ...principalOf(claims), credential: claims.session_id ?? null };
    } catch (thrown) {
      return reasonAgainst(thrown);
    }
  }

  #add({ id, secret, expires_ms: expiresMs }: SigningKeyRow): void {
    this.#keys.set(id, { secret: createSecretKey(secret, "base64url"), expiresMs });
    this.#newest = id;
  }

  #keyOf(id: string | undefined): KeyObject {
    const key = this.#keys.get(id ?? "");
    if (!key || isOver(key, this.#clock.now())) throw new errors.JWKSNoMatchingKey();
    return key.secret;
  }
}

// What a key signs after it has been followed by another was signed by somebody who has stolen it.
const isOver = ({ expiresMs }: KnownKey, nowMs: number): boolean => expiresMs !== null && expiresMs <= nowMs;
