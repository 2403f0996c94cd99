import { auth } from "@sensorium/protocol/wire";
import { jwtVerify } from "jose";
import type { Log } from "../../observe/log.ts";
import type { ServeClock } from "../clock.ts";
import { type Found, foreignId, principalOf, reasonAgainst } from "./claims.ts";
import type { Scope } from "./principal.ts";
import { RemoteKeys } from "./remote-keys.ts";

/** Somebody else whose tokens are good here. */
export interface IssuerOptions {
  /** Of its JSON Web Key Set. */
  readonly url: string;
  /** Its tokens' `iss`. */
  readonly issuer: string;
  /** What their `aud` names. */
  readonly audience: string;
  /** What each role grants. */
  readonly roles: Readonly<Record<string, Scope>>;
}

/** Never HS256: whoever has a public key could sign with it. */
const ALGORITHMS = ["RS256", "ES256", "EdDSA"];

/** Verifies the tokens of another issuer by its published keys. */
export class Issuer {
  readonly #options: IssuerOptions;
  readonly #clock: ServeClock;
  readonly #keys: RemoteKeys;

  constructor(options: IssuerOptions, { clock, log }: { readonly clock: ServeClock; readonly log: Log }) {
    this.#options = options;
    this.#clock = clock;
    this.#keys = new RemoteKeys({ url: options.url, clock, log });
  }

  /** Gets the keys before the first token needs them. */
  async prepare(): Promise<void> {
    await this.#keys.load();
  }

  /** The principal of a token, or why it is none. Never rejects. */
  async verify(token: string): Promise<Found> {
    const { issuer, audience, roles: granted } = this.#options;
    try {
      const { payload } = await jwtVerify(token, (header, jws) => this.#keys.find(header, jws), {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        currentDate: new Date(this.#clock.now()),
      });
      const claims = auth.TokenClaims.parse(payload);
      const principal = principalOf(claims);
      const byRole = claims.roles.flatMap((role) => (Object.hasOwn(granted, role) ? (granted[role] ?? []) : []));
      return {
        ...principal,
        userId: foreignId(issuer, claims.sub),
        scopes: [...new Set([...principal.scopes, ...byRole])],
      };
    } catch (thrown) {
      return reasonAgainst(thrown);
    }
  }
}
