import { createHmac } from "node:crypto";

const encode = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString("base64url");

/** What a token says, when it is a JWT. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  } catch {
    return undefined;
  }
}

function headerOf(token: string): object {
  try {
    return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());
  } catch {
    return { alg: "HS256", typ: "JWT" };
  }
}

const HOUR_S = 3_600;

/** Tokens that nobody may be let in by, made of a good one where there is one; each by what is wrong with it. */
export function worthlessTokens(good: string | undefined, nowMs: number): readonly (readonly [string, string])[] {
  const now = Math.floor(nowMs / 1000);
  const known = { sub: "conformance", permissions: ["admin"], ...(good !== undefined && claimsOf(good)) };
  const claims = { ...known, iat: now, exp: now + HOUR_S };
  const header = good === undefined ? { alg: "HS256", typ: "JWT" } : headerOf(good);
  const signed = (payload: object): string => {
    const text = `${encode({ ...header, alg: "HS256" })}.${encode(payload)}`;
    return `${text}.${encode(createHmac("sha256", "a key that is not the server's").update(text).digest())}`;
  };
  return [
    ["that is none", "garbage"],
    ["signed with another key", signed(claims)],
    ["of alg none", `${encode({ ...header, alg: "none" })}.${encode(claims)}.`],
    ["that has run out", signed({ ...claims, iat: now - 2 * HOUR_S, exp: now - HOUR_S })],
    ["that is not yet good", signed({ ...claims, nbf: now + HOUR_S, exp: now + 2 * HOUR_S })],
  ];
}
