import { randomBytes } from "node:crypto";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { type Credentials, digestHeader, strongestDigest } from "./digest.ts";

/** What a server's refusal means for the next try. */
export type Verdict =
  /** It asked in a way that can be answered. */
  | "answer"
  /** The answer was right, but its nonce too old. */
  | "stale"
  /** There is nothing to answer with, or no way of asking that is known. */
  | "refused";

/** Proves to one server who we are, as it wants: keeps what it asked for, so that it is asked once. */
export class Authorization {
  readonly #credentials: Credentials | undefined;
  #digest: Challenge | undefined;
  #basic = false;
  #count = 0;

  constructor(credentials: Credentials | undefined) {
    this.#credentials = credentials;
  }

  get hasCredentials(): boolean {
    return this.#credentials !== undefined;
  }

  /** The `Authorization` header for the next request; none before the server has asked. */
  header(method: string, uri: string): string | undefined {
    const credentials = this.#credentials;
    if (!credentials) return undefined;
    if (this.#digest) {
      const cnonce = randomBytes(16).toString("hex");
      return digestHeader(this.#digest, credentials, { method, uri, cnonce, count: ++this.#count });
    }
    const { user, password } = credentials;
    return this.#basic ? `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` : undefined;
  }

  /** Takes the `WWW-Authenticate` headers of a 401: Digest before Basic, the strongest algorithm first. */
  challenged(headers: readonly string[]): Verdict {
    const challenges = parseChallenges(headers);
    const digest = strongestDigest(challenges);
    this.#digest = digest;
    this.#count = 0;
    this.#basic = !digest && challenges.some(({ scheme }) => scheme === "basic");
    if (!this.#credentials || (!digest && !this.#basic)) return "refused";
    return digest?.params.get("stale")?.toLowerCase() === "true" ? "stale" : "answer";
  }
}
