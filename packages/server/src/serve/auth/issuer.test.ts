import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { keepingLog, TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { TestIssuer } from "../testing/issuer.fixture.ts";
import { ScriptedSensing } from "../testing/scripted-sensing.ts";
import { dataOf, GOLDEN_MS, readGolden, StreamingFixture, subscribe } from "../testing/streaming.fixture.ts";

const clock = new HandClock(GOLDEN_MS);
const nowS = (): number => Math.floor(clock.now() / 1000);
let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await TestIssuer.open(clock);
});
afterAll(() => issuer[Symbol.asyncDispose]());

let log: ReturnType<typeof keepingLog>;
let access: TestAuth;
let fixture: StreamingFixture;
beforeEach(async () => {
  issuer.state = "there";
  issuer.answer = undefined;
  log = keepingLog();
  access = await TestAuth.open(clock, { issuer: issuer.options, log });
  const sensing = new ScriptedSensing(["room_001", "room_002"]);
  fixture = await StreamingFixture.open({ clock, sensing, auth: access.auth });
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
});

const recognized = (token: string) => access.auth.recognize(token);
const auth = (token: string) => ({ type: "auth", data: { token } });
const closeOf = ({ code, reason }: wire.CloseCode) => ({ code, reason });

/** What is said by a token's header and claims, with a signature of one's own. */
async function unsigned(header: object, signature = ""): Promise<string> {
  const claims = (await issuer.token()).split(".")[1];
  return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${claims}.${signature}`;
}

describe("a token of another issuer", () => {
  it.each(["RS256", "ES256", "EdDSA"])("that is signed with %s opens a socket and asks REST", async (kid) => {
    const token = await issuer.token({ kid });
    const client = await fixture.join(`?token=${token}`);
    expect(await subscribe(client, [{ event_type: "pose_data" }])).toMatchObject({ status: "success" });
    const url = `http://127.0.0.1:${fixture.server.port}/api/v1/auth/me`;
    const reply = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    expect(await reply.json()).toMatchObject({ data: { username: "u1", by: "token", scopes: ["read"] } });
  });

  it.each<[string, Record<string, unknown>, object]>([
    ["roles", { roles: ["viewer", "operator", "cook", "constructor"] }, { scopes: ["read", "operate"] }],
    ["permissions", { roles: [], permissions: ["admin", "root"] }, { scopes: ["admin"] }],
    ["no roles", { roles: undefined }, { scopes: [] }],
    ["environments", { accessible_zones: ["room_001"] }, { environments: ["room_001"] }],
    ["no environments", {}, { environments: null }],
    ["a name", { username: "Ada", email: "ada@example" }, { name: "Ada" }],
    ["a mail address", { email: "ada@example" }, { name: "ada@example" }],
    ["a session", { session_id: "s1" }, { credential: null, expiresMs: GOLDEN_MS - (GOLDEN_MS % 1000) + 3_600_000 }],
    ["an account of a name that is one of ours", { sub: "u1" }, { userId: "https://id.example/ u1" }],
  ])("says %s by its claims", async (_, claims, principal) => {
    expect(await recognized(await issuer.token({ claims }))).toMatchObject({ ok: true, principal });
  });

  it.each<[string, string, () => Promise<string>]>([
    ["of alg none", "ERR_JOSE_ALG_NOT_ALLOWED", () => unsigned({ alg: "none" })],
    ["of alg none with a key's name", "ERR_JOSE_ALG_NOT_ALLOWED", () => unsigned({ alg: "none", kid: "RS256" }, "AA")],
    [
      "that is signed with HS256 by the public key",
      "ERR_JWKS_NO_MATCHING_KEY",
      async () => issuer.token({ alg: "HS256", key: Buffer.from(await issuer.publicKey("RS256")) }),
    ],
    [
      "that is signed with HS256 by the public key, and says it is one of ours",
      "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
      async () => {
        const key = Buffer.from(await issuer.publicKey("RS256"));
        const claims = { iss: "sensorium", aud: "sensorium", permissions: ["admin"] };
        return issuer.token({ alg: "HS256", kid: access.signingKey.id, key, claims });
      },
    ],
    ["that has run out", "ERR_JWT_EXPIRED", () => issuer.token({ claims: { exp: nowS() - 1 } })],
    ["that never runs out", "its claims are not ours", () => issuer.token({ claims: { exp: undefined } })],
    ["that is not yet good", "ERR_JWT_CLAIM_VALIDATION_FAILED", () => issuer.token({ claims: { nbf: nowS() + 60 } })],
    ["of yet another issuer", "ERR_JWT_CLAIM_VALIDATION_FAILED", () => issuer.token({ claims: { iss: "sensorium" } })],
    ["for another audience", "ERR_JWT_CLAIM_VALIDATION_FAILED", () => issuer.token({ claims: { aud: "sensorium" } })],
    ["of nobody", "its claims are not ours", () => issuer.token({ claims: { sub: undefined } })],
    ["that names a key of another kind", "ERR_JWKS_NO_MATCHING_KEY", () => unsigned({ alg: "ES256", kid: "RS256" })],
    ["that names an unknown key", "ERR_JWKS_NO_MATCHING_KEY", () => unsigned({ alg: "RS256", kid: "unknown" })],
    [
      "with another's signature",
      "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
      async () =>
        unsigned({ alg: "RS256", kid: "RS256" }, (await issuer.token({ claims: { sub: "u2" } })).split(".")[2]),
    ],
    ["that is signed with PS256", "ERR_JOSE_ALG_NOT_ALLOWED", () => unsigned({ alg: "PS256", kid: "RS256" })],
  ])("%s is refused before a socket opens and after, and only the log says why", async (_, reason, make) => {
    const token = await make();
    await expect(fixture.connect(`?token=${token}`)).rejects.toThrow("401");
    const client = await fixture.connect();
    client.send(auth(token));
    expect(await client.next("error")).toEqual(readGolden("server.error.authentication"));
    expect(await client.closed).toEqual(closeOf(wire.CLOSE.notAuthenticated));
    expect(log.lines).toContain(`a credential was refused {"reason":"${reason}"}`);
    expect(log.lines.join()).not.toContain(token);
  });

  it("shows the environments it allows and no others, and ends as it says unless a fresh one comes", async () => {
    const claims = { accessible_zones: ["room_001"], exp: nowS() + 60 };
    const client = await fixture.join(`?token=${await issuer.token({ claims })}`);
    const filters = { environment_id: "room_002" };
    client.send({ type: "subscribe", data: { subscriptions: [{ event_type: "pose_data", filters }] } });
    expect(await client.next("error")).toMatchObject({ data: { error_code: "SUBSCRIPTION_ERROR" } });
    await client.next("ack");
    await fixture.pass(50_000, client);
    client.send(auth(await issuer.token({ kid: "ES256", claims: { ...claims, exp: nowS() + 60 } })));
    expect(dataOf(await client.next("ack"))).toMatchObject({ message_type: "auth", status: "success" });
    await fixture.pass(59_000, client);
    expect(client.drain("token_expired")).toEqual([]);
    clock.advance(2_000);
    await client.next("token_expired");
    expect(await client.closed).toEqual(closeOf(wire.CLOSE.credentialEnded));
  });

  it("does not take the place of one of ours with the same name", async () => {
    const client = await fixture.join(`?token=${await access.token()}`);
    client.send(auth(await issuer.token({ claims: { sub: access.userId } })));
    expect(await client.next("error")).toMatchObject({ data: { error_code: "AUTHORIZATION_ERROR" } });
  });

  it("cannot set a password here", async () => {
    const token = await issuer.token({ claims: { roles: ["admin"] } });
    const reply = await fetch(`http://127.0.0.1:${fixture.server.port}/api/v1/auth/password`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ password: "correct horse battery" }),
    });
    expect(reply.status).toBe(403);
  });
});

describe("the server of its keys", () => {
  const ok = async (token: string): Promise<boolean> => (await recognized(token)).ok;

  it("is asked anew for a key that is not known, and for those taken back", async () => {
    expect(await ok(await issuer.token())).toBe(true);
    await issuer.addKey("ES256", "next");
    const token = await issuer.token({ kid: "next" });
    expect(await ok(token)).toBe(false);
    clock.advance(10_000);
    expect(await ok(token)).toBe(true);
    issuer.withdrawKey("next");
    clock.advance(600_000);
    expect(await ok(await issuer.token({ kid: "next" }))).toBe(false);
    expect(await ok(await issuer.token())).toBe(true);
  });

  it("may go away: known keys stay good, unknown ones are refused, and it is left alone", async () => {
    expect(await ok(await issuer.token())).toBe(true);
    issuer.state = "away";
    clock.advance(3_600_000);
    const asked = issuer.requests;
    const unknown = await unsigned({ alg: "RS256", kid: "unknown" });
    expect(await Promise.all(Array.from({ length: 20 }, () => ok(unknown)))).not.toContain(true);
    expect(await ok(await issuer.token())).toBe(true);
    expect(issuer.requests - asked).toBeLessThanOrEqual(1);
    clock.advance(10_000);
    expect(await ok(unknown)).toBe(false);
    expect(issuer.requests - asked).toBeLessThanOrEqual(2);
    expect(log.lines.filter((line) => line.startsWith("the keys of the other issuer cannot be had"))).toHaveLength(1);
    issuer.state = "there";
    clock.advance(10_000);
    expect(await ok(unknown)).toBe(false);
    expect(log.lines.join()).toContain("the keys of the other issuer can be had again");
  });

  it("is asked over an encrypted way, or the log says that it is not", async () => {
    const options = { ...issuer.options, url: issuer.options.url.replace("127.0.0.1", "id.invalid") };
    await using _other = await TestAuth.open(clock, { issuer: options, log });
    expect(log.lines.join()).toContain("the keys of the other issuer come unencrypted");
  });

  it.each([
    ["nothing of use", "<html>"],
    ["no key set", "{}"],
    ["too much", `{"keys":[],"more":"${"x".repeat(1024 * 1024)}"}`],
  ])("may answer %s: then no token is good, and the log says so", async (_, answer) => {
    issuer.answer = answer;
    await using other = await TestAuth.open(clock, { issuer: issuer.options, log });
    expect(await other.auth.recognize(await issuer.token())).toMatchObject({ ok: false, refusal: { status: 401 } });
    expect(log.lines.join()).toContain("the keys of the other issuer cannot be had");
  });
});
