import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Answer } from "./web-server.ts";

export interface DigestGuardOptions {
  readonly user: string;
  readonly password: string;
  readonly algorithm: "MD5" | "SHA-256";
  /** Answers that one nonce is good for. */
  readonly uses?: number;
  /** Gives every nonce a realm of its own. */
  readonly changingRealm?: boolean;
  /** Whether a nonce that is used up is told as such. */
  readonly saysStale?: boolean;
}

/** Lets only requests through that prove by Digest (RFC 7616, qop=auth) that they know the password. */
export function digestGuard(options: DigestGuardOptions, answer: Answer): Answer {
  const { uses = Number.POSITIVE_INFINITY, changingRealm = false, saysStale = true } = options;
  let [nonce, realm, used] = ["", "camera", 0];
  return (request, response, number) => {
    const known = proves(request, { ...options, realm, nonce });
    if (known && used < uses) {
      used++;
      answer(request, response, number);
      return;
    }
    nonce = randomBytes(12).toString("base64");
    if (changingRealm) realm = `camera ${nonce}`;
    used = 0;
    const stale = known && saysStale ? ", stale=true" : "";
    const challenge = `Digest realm="${realm}", nonce="${nonce}", qop="auth", algorithm=${options.algorithm}${stale}`;
    response.writeHead(401, { "WWW-Authenticate": challenge }).end("Who is there?");
  };
}

interface Expected extends DigestGuardOptions {
  readonly realm: string;
  readonly nonce: string;
}

function proves(
  { headers, method, url }: IncomingMessage,
  { user, password, algorithm, realm, nonce }: Expected,
): boolean {
  const given = (name: string): string | undefined =>
    new RegExp(`[ ,]${name}="?([^",]*)`).exec(headers.authorization ?? "")?.[1];
  const hash = (...parts: readonly (string | undefined)[]): string =>
    createHash(algorithm === "MD5" ? "md5" : "sha256")
      .update(parts.join(":"))
      .digest("hex");
  const secret = hash(user, realm, password);
  const proof = hash(secret, nonce, given("nc"), given("cnonce"), "auth", hash(method, url));
  return given("uri") === url && given("nonce") === nonce && given("response") === proof;
}
