import { createHash } from "node:crypto";
import type { Challenge } from "./challenge.ts";

/** A user name and a password as they are, not percent-encoded. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What a digest answers for. */
export interface DigestRequest {
  readonly method: string;
  /** Path and query, exactly as they are sent. */
  readonly uri: string;
  /** How many requests this nonce has been used for, this one included. */
  readonly count: number;
  /** The client's own random text. */
  readonly cnonce: string;
}

const HASHES: Readonly<Record<string, string>> = { "sha-256": "sha256", md5: "md5" };
/** Strongest first. */
const ALGORITHMS: readonly string[] = ["sha-256", "sha-256-sess", "md5", "md5-sess"];

/** The strongest Digest challenge that can be answered: a known algorithm, and `auth` where a quality is asked for. */
export function strongestDigest(challenges: readonly Challenge[]): Challenge | undefined {
  const answerable = challenges.filter(
    ({ scheme, params }) => scheme === "digest" && params.has("nonce") && (!params.has("qop") || offersAuth(params)),
  );
  const strength = (challenge: Challenge): number => ALGORITHMS.indexOf(algorithmOf(challenge));
  return answerable
    .filter((challenge) => strength(challenge) >= 0)
    .sort((one, other) => strength(one) - strength(other))[0];
}

/** The `Authorization` header that answers a challenge of `strongestDigest` (RFC 7616, 3.4). */
export function digestHeader(challenge: Challenge, credentials: Credentials, request: DigestRequest): string {
  const { params } = challenge;
  const { uri, cnonce } = request;
  const [realm, nonce] = [params.get("realm") ?? "", params.get("nonce") ?? ""];
  const nc = request.count.toString(16).padStart(8, "0");
  const response = digestResponse(challenge, credentials, { ...request, nc });
  const fields = [
    userField(credentials.user),
    ...[`realm=${quoted(realm)}`, `nonce=${quoted(nonce)}`, `uri=${quoted(uri)}`, `response="${response}"`],
  ];
  // Some cameras know only what they have asked for themselves.
  const [algorithm, opaque] = [params.get("algorithm"), params.get("opaque")];
  if (algorithm !== undefined) fields.push(`algorithm=${algorithm}`);
  if (opaque !== undefined) fields.push(`opaque=${quoted(opaque)}`);
  if (params.has("qop")) fields.push("qop=auth", `nc=${nc}`, `cnonce=${quoted(cnonce)}`);
  else if (isSession(challenge)) fields.push(`cnonce=${quoted(cnonce)}`);
  return `Digest ${fields.join(", ")}`;
}

function digestResponse(
  challenge: Challenge,
  { user, password }: Credentials,
  { method, uri, cnonce, nc }: DigestRequest & { readonly nc: string },
): string {
  const { params } = challenge;
  const [realm, nonce] = [params.get("realm") ?? "", params.get("nonce") ?? ""];
  const name = HASHES[algorithmOf(challenge).replace(/-sess$/, "")] ?? "md5";
  const hash = (...parts: readonly string[]): string => createHash(name).update(parts.join(":")).digest("hex");
  const plain = hash(user, realm, password);
  const secret = isSession(challenge) ? hash(plain, nonce, cnonce) : plain;
  const what = hash(method, uri);
  return params.has("qop") ? hash(secret, nonce, nc, cnonce, "auth", what) : hash(secret, nonce, what);
}

const algorithmOf = ({ params }: Challenge): string => (params.get("algorithm") ?? "md5").toLowerCase();

const isSession = (challenge: Challenge): boolean => algorithmOf(challenge).endsWith("-sess");

const offersAuth = (params: ReadonlyMap<string, string>): boolean =>
  (params.get("qop") ?? "").split(",").some((offer) => offer.trim().toLowerCase() === "auth");

/** A header holds no letters beyond ASCII: they have a form of their own (RFC 5987). */
const userField = (user: string): string =>
  /^[ -~]*$/.test(user) ? `username=${quoted(user)}` : `username*=UTF-8''${encodeURIComponent(user)}`;

const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
