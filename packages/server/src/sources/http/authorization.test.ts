import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Authorization } from "./authorization.ts";
import { parseChallenges } from "./challenge.ts";
import { digestHeader, strongestDigest } from "./digest.ts";

const MUFASA = { user: "Mufasa", password: "Circle of Life" };
const RFC_7616 = {
  method: "GET",
  uri: "/dir/index.html",
  count: 1,
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};
const rfc7616 = (algorithm: string): string =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

const responseOf = (header: string): string | undefined => /response="(\w+)"/.exec(header)?.[1];

function answer(challenge: string, credentials = MUFASA, request = RFC_7616): string {
  const [parsed] = parseChallenges([challenge]);
  if (!parsed) throw new Error("no challenge");
  return digestHeader(parsed, credentials, request);
}

describe("the answer to a Digest challenge", () => {
  it.each([
    ["MD5 (RFC 7616, 3.9.1)", rfc7616("MD5"), "8ca523f5e9506fed4657c9700eebdbec"],
    [
      "SHA-256 (RFC 7616, 3.9.1)",
      rfc7616("SHA-256"),
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ],
  ])("is that of the standard for %s", (_, challenge, response) => {
    expect(responseOf(answer(challenge))).toBe(response);
  });

  it("is that of RFC 2617 for its example", () => {
    const challenge =
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"';
    const header = answer(
      challenge,
      { user: "Mufasa", password: "Circle Of Life" },
      { ...RFC_7616, cnonce: "0a4f113b" },
    );
    expect(responseOf(header)).toBe("6629fae49393a05397450978507c4ef1");
  });

  it.each([
    // Computed with Python's hashlib from the formulas of RFC 7616, 3.4.
    ["MD5-sess", "e783283f46242139c486a698fec7211d"],
    ["SHA-256-sess", "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7"],
  ])("hashes the nonces into the secret for %s", (algorithm, response) => {
    expect(responseOf(answer(rfc7616(algorithm)))).toBe(response);
  });

  it("leaves the counter out for a server that asks for no quality (RFC 2069)", () => {
    const header = answer('Digest realm="cam", nonce="abc"');
    expect(responseOf(header)).toBe("444440589aec677ef3b7de091b6e5903");
    expect(header).not.toMatch(/qop|nc=|cnonce/);
  });

  it("repeats what the server said, and gives its own parts", () => {
    const header = answer(rfc7616("MD5"));
    expect(header).toContain('username="Mufasa", realm="http-auth@example.org"');
    expect(header).toContain("algorithm=MD5");
    expect(header).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
    expect(header).toContain("qop=auth, nc=00000001");
  });

  it("quotes a user name with quotes, and encodes one with letters beyond ASCII", () => {
    expect(answer(rfc7616("MD5"), { user: 'a"b\\c', password: "x" })).toContain('username="a\\"b\\\\c"');
    expect(answer(rfc7616("MD5"), { user: "Jäsøn", password: "x" })).toContain("username*=UTF-8''J%C3%A4s%C3%B8n");
  });
});

describe("of several challenges", () => {
  it.each([
    ["the strongest algorithm is answered", [rfc7616("MD5"), rfc7616("SHA-256")], "SHA-256"],
    ["both in one header are seen", [`${rfc7616("MD5")}, ${rfc7616("SHA-256")}`], "SHA-256"],
    ["an unknown algorithm is passed over", [rfc7616("SHA-512-256"), rfc7616("MD5")], "MD5"],
    ["one that wants the body hashed is passed over", ['Digest qop="auth-int", nonce="a"', rfc7616("MD5")], "MD5"],
    ["one without a nonce is passed over", ['Digest realm="a", algorithm=SHA-256', rfc7616("MD5")], "MD5"],
    ["Basic is passed over", ['Basic realm="a"', rfc7616("MD5")], "MD5"],
    ["an algorithm in quotes is read", [rfc7616('"md5"')], "md5"],
  ])("%s", (_, headers, algorithm) => {
    expect(strongestDigest(parseChallenges(headers))?.params.get("algorithm")).toBe(algorithm);
  });
});

describe("proving who we are", () => {
  it("says nothing before it is asked, and then counts its answers", () => {
    const authorization = new Authorization(MUFASA);
    expect(authorization.header("GET", "/")).toBeUndefined();
    expect(authorization.challenged([rfc7616("SHA-256")])).toBe("answer");
    expect(authorization.header("GET", "/")).toContain("nc=00000001");
    expect(authorization.header("GET", "/")).toContain("nc=00000002");
  });

  it("starts to count again for a new nonce", () => {
    const authorization = new Authorization(MUFASA);
    authorization.challenged([rfc7616("MD5")]);
    authorization.header("GET", "/");
    expect(authorization.challenged(['Digest realm="other", nonce="next", qop=auth, stale=TRUE'])).toBe("stale");
    const header = authorization.header("GET", "/");
    expect(header).toContain('realm="other", nonce="next"');
    expect(header).toContain("nc=00000001");
  });

  it("uses Basic where nothing better is offered", () => {
    const authorization = new Authorization(MUFASA);
    expect(authorization.challenged(['Basic realm="cam"'])).toBe("answer");
    expect(authorization.header("GET", "/")).toBe(`Basic ${Buffer.from("Mufasa:Circle of Life").toString("base64")}`);
  });

  it.each([
    ["nothing that is known is asked for", MUFASA, ["Negotiate", "NTLM TlRMTVNTUAAB="]],
    ["nothing is asked for at all", MUFASA, []],
    ["there is nothing to answer with", undefined, [rfc7616("MD5")]],
  ])("is refused where %s", (_, credentials, headers) => {
    const authorization = new Authorization(credentials);
    expect(authorization.challenged(headers)).toBe("refused");
    expect(authorization.header("GET", "/")).toBeUndefined();
  });
});

describe("a WWW-Authenticate header", () => {
  it("is read in whatever way it is written", () => {
    const [negotiate, digest, basic] = parseChallenges([
      'Negotiate YII==,DIGEST Realm = "a, b\\"c" ,nonce=n/1=, , Stale=true,Basic realm="x"',
    ]);
    expect(negotiate?.scheme).toBe("negotiate");
    expect(digest?.scheme).toBe("digest");
    expect(Object.fromEntries(digest?.params ?? [])).toEqual({ realm: 'a, b"c', nonce: "n/1=", stale: "true" });
    expect(Object.fromEntries(basic?.params ?? [])).toEqual({ realm: "x" });
  });

  it("is read to its end, whatever it holds", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom('"', ",", "=", "\\", "Digest ", 'nonce="', "realm=a"));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        for (const { scheme } of parseChallenges([pieces.join("")])) expect(scheme).not.toBe("");
      }),
    );
  });
});
