import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { auth } from "@sensorium/protocol/wire";
import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../observe/log.ts";
import { CounterServer } from "../counter/server.ts";
import { guardRoutes } from "../http/guard.ts";
import { HttpServer } from "../http/server.ts";
import { keepingLog, TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { type ConnectOptions, TestClient } from "../testing/test-client.ts";
import { openGate } from "./gate.ts";
import type { Need } from "./principal.ts";
import { formatRefreshToken, nextRefreshToken } from "./refresh-token.ts";
import { newSigningKey } from "./tokens.ts";

const HOUR_S = 3600;
const clock = new HandClock();
const nowS = clock.now() / 1000;
const log = keepingLog();
const cleanup = new AsyncDisposableStack();
let access: TestAuth;
let http: HttpServer;
let counter: CounterServer;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorium-page-"));
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>page</title>");
  const camera = new ScriptedCamera();
  camera.become({ state: "offline" });
  access = cleanup.use(await TestAuth.open(clock));
  const { auth, trail } = access;
  const shared = { clock, log, port: 0 };
  http = cleanup.use(
    await HttpServer.listen({ cameras: directoryOf(camera), pageFolder: folder, auth, trail, ...shared }),
  );
  const tokens = { auth, onLoopback: true };
  counter = cleanup.use(await CounterServer.listen({ camera, zone: "UTC", tokens, ...shared }));
});
afterAll(() => cleanup.disposeAsync());

/** The header and claims of a token as they are, with a signature of one's own. */
function withAlg(token: string, alg: string, signature: string): string {
  const [, claims] = token.split(".");
  const header = Buffer.from(JSON.stringify({ alg, kid: access.signingKey.id })).toString("base64url");
  return `${header}.${claims}.${signature}`;
}

const altered = (token: string): string => `${token.slice(0, -4)}${token.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
const signatureOf = (token: string): string => token.split(".")[2] ?? "";

async function endedKey(end: (id: string) => Promise<unknown>): Promise<string> {
  const { key, id } = await access.key(["admin"]);
  await end(id);
  return key;
}

/** What is no credential, by name. */
const worthless: readonly (readonly [string, () => Promise<string>])[] = [
  ["that is garbage", async () => "garbage"],
  ["that is a garbled JWT", async () => "a.b.c"],
  ["that is the session of a page", async () => (await access.cookie(0)).replace(/^.*=/, "")],
  ["with an altered signature", async () => altered(await access.token())],
  ["signed with another key", () => access.token({ secret: newSigningKey(0).secret })],
  ["of a key nobody knows", () => access.token({ kid: "another" })],
  ["with alg none", async () => withAlg(await access.token(), "none", "")],
  [
    "with alg none and a signature",
    async () => withAlg(await access.token(), "none", signatureOf(await access.token())),
  ],
  ["that says RS256", async () => withAlg(await access.token(), "RS256", signatureOf(await access.token()))],
  ["signed with HS512", () => access.token({ alg: "HS512" })],
  ["that has run out", () => access.token({ claims: { exp: nowS - 1 } })],
  ["that is not yet good", () => access.token({ claims: { nbf: nowS + HOUR_S } })],
  ["that never runs out", () => access.token({ claims: { exp: undefined } })],
  ["of nobody", () => access.token({ claims: { sub: undefined } })],
  ["of another issuer", () => access.token({ claims: { iss: "elsewhere" } })],
  ["for another audience", () => access.token({ claims: { aud: "elsewhere" } })],
  ["that is a made-up API key", async () => `sensorium_key_${"A".repeat(43)}`],
  ["that is a revoked API key", () => endedKey((id) => access.auth.end("api-key", id))],
  ["that is a refresh token", async () => formatRefreshToken(nextRefreshToken())],
  ["of a login that is over", () => access.token({ claims: { session_id: "over" } })],
  ["of a user who was removed", async () => (await removedUser()).token],
  ["that is an API key of a user who was removed", async () => (await removedUser()).key],
  ["that is an API key that has run out", () => overKey()],
];

/** An API key whose time has come. */
async function overKey(): Promise<string> {
  const { key } = await access.key(["admin"], { expiresMs: clock.now() + 1 });
  clock.advance(1);
  return key;
}

/** Another who may do everything. */
async function madeUser(): Promise<Shown & { readonly userId: string }> {
  const userId = await access.user({ scopes: ["admin"], environments: null });
  const { key } = await access.key(["admin"], { userId });
  return { userId, key, token: await access.token({ claims: { sub: userId } }) };
}

/** By which a user and a program of theirs come. */
interface Shown {
  readonly token: string;
  readonly key: string;
}

async function removedUser(): Promise<Shown> {
  const { userId, ...shown } = await madeUser();
  await access.auth.removeUser(userId);
  return shown;
}

const elsewhere: auth.ChangeUserRequest = { scopes: ["admin"], environments: ["warehouse"] };
const operator: auth.ChangeUserRequest = { scopes: ["operate"], environments: null };

/** Says that it may do everything; its user has been made to do less. */
async function lessened(rights: auth.ChangeUserRequest): Promise<Shown> {
  const { userId, ...shown } = await madeUser();
  await access.auth.changeUser({ id: userId, change: rights, keep: null });
  return shown;
}

/** What is good, but not for this. */
const insufficient: readonly (readonly [string, () => Promise<string>, (need: Need) => boolean])[] = [
  ["without a scope", () => access.token({ claims: { permissions: [] } }), () => true],
  ["with scopes nobody knows", () => access.token({ claims: { permissions: ["root"] } }), () => true],
  ["with a smaller scope", () => access.token({ claims: { permissions: ["operate"] } }), isFor("admin")],
  ["that is a key with a smaller scope", async () => (await access.key(["read", "operate"])).key, isFor("admin")],
  ["for another environment", () => access.token({ claims: { accessible_zones: ["warehouse"] } }), () => true],
  ["for no environment", () => access.token({ claims: { accessible_zones: [] } }), () => true],
  [
    "that is a key for another environment",
    async () => (await access.key(["admin"], { environments: ["warehouse"] })).key,
    () => true,
  ],
  ["of a user of another environment", async () => (await lessened(elsewhere)).token, () => true],
  ["that is a key of a user of another environment", async () => (await lessened(elsewhere)).key, () => true],
  ["of a user with a smaller scope", async () => (await lessened(operator)).token, isFor("admin")],
  ["that is a key of a user with a smaller scope", async () => (await lessened(operator)).key, isFor("admin")],
];

function isFor(scope: string): (need: Need) => boolean {
  return (need) => typeof need === "object" && need.scope === scope;
}

/** What suffices for everything. */
const sufficient: readonly (readonly [string, () => Promise<string>])[] = [
  ["token", () => access.token()],
  ["token of a key that signs no more", tokenOfOldKey],
  ["API key", async () => (await access.key(["admin"])).key],
];

async function tokenOfOldKey(): Promise<string> {
  const token = await access.token();
  await access.auth.rotateSigningKey();
  return token;
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly challenge: string | null;
}

const shown: string[] = [];

async function ask(method: string, url: string, headers: Record<string, string> = {}): Promise<Answered> {
  shown.push(...Object.values(headers));
  const path = url.replace(":id", "door").replace("*", "index.html");
  const reply = await fetch(`http://127.0.0.1:${http.port}${path}`, { method, headers });
  const text = await reply.text();
  const body = text.startsWith("{") ? JSON.parse(text).error : text;
  return { status: reply.status, body, challenge: reply.headers.get("www-authenticate") };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const guarded = () => http.routes.filter(({ needs }) => needs !== "nothing");

describe("every route", () => {
  it("that is open to everybody is one of these", () => {
    const open = http.routes.filter(({ needs }) => needs === "nothing").map(({ method, url }) => `${method} ${url}`);
    expect(open.filter((route) => !route.startsWith("HEAD ")).sort()).toEqual([
      "GET /*",
      "GET /api/v1/asyncapi/detector-worker.json",
      "GET /api/v1/asyncapi/people-counter.json",
      "GET /api/v1/asyncapi/wifi-densepose.json",
      "GET /api/v1/docs",
      "GET /api/v1/docs/page.css",
      "GET /api/v1/docs/page.js",
      "GET /api/v1/openapi.json",
      "GET /healthz",
      "GET /login",
      "GET /readyz",
      "POST /api/v1/auth/login",
      "POST /api/v1/auth/login-link/exchange",
      "POST /api/v1/auth/refresh",
      "POST /api/v1/auth/token",
    ]);
    expect(guarded().length).toBeGreaterThan(8);
  });

  it("refuses whoever shows nothing, and says how to come in", async () => {
    for (const { method, url } of guarded()) {
      const { status, body, challenge } = await ask(method, url);
      expect([method, url, status, challenge]).toEqual([method, url, 401, "Bearer"]);
      if (method !== "HEAD")
        expect(body).toMatchObject({ code: "AUTHENTICATION_ERROR", message: "Log in or send a token" });
    }
  });

  it.each(worthless)("refuses a credential %s, and does not say what is wrong with it", async (_, make) => {
    const secret = await make();
    for (const { method, url } of guarded()) {
      for (const headers of [bearer(secret), { "x-api-key": secret }]) {
        const { status, body } = await ask(method, url, headers);
        expect([method, url, status]).toEqual([method, url, 401]);
        if (method === "HEAD") continue;
        const expected = { code: "AUTHENTICATION_ERROR", message: "These credentials are not valid", details: null };
        expect(body).toEqual(expected);
      }
    }
  });

  it.each(insufficient)("refuses a credential %s", async (_, make, isTooLittle) => {
    const secret = await make();
    const routes = guarded().filter(({ needs }) => needs !== "somebody" && isTooLittle(needs));
    expect(routes).not.toEqual([]);
    for (const { method, url } of routes) {
      const { status, body } = await ask(method, url, bearer(secret));
      expect([method, url, status]).toEqual([method, url, 403]);
      if (method !== "HEAD") expect(body).toMatchObject({ code: "AUTHORIZATION_ERROR" });
    }
  });

  it.each(sufficient)("takes a good %s", async (_, make) => {
    const secret = await make();
    for (const { method, url } of guarded()) {
      for (const headers of [bearer(secret), { "x-api-key": secret }]) {
        const { status } = await ask(method, url, headers);
        expect([method, url, [200, 404, 409, 415, 422, 503].includes(status) || status]).toEqual([method, url, true]);
      }
    }
  });

  it("takes a page's login from that page only, and no token from an address", async () => {
    const token = await access.token();
    for (const { method, url } of guarded().filter((route) => !route.url.endsWith("/password"))) {
      const cookie = await access.cookie(http.port);
      const origin = `http://127.0.0.1:${http.port}`;
      for (const foreign of ["https://evil.example", "http://localhost:3000", "null"]) {
        expect((await ask(method, url, { cookie, origin: foreign })).status).toBe(403);
      }
      expect((await ask(method, url, { cookie, "sec-fetch-site": "same-site" })).status).toBe(403);
      expect((await ask(method, url, { cookie: cookie.replace("-session-", "-session-1") })).status).toBe(401);
      expect((await ask(method, `${url}?token=${token}`)).status).toBe(401);
      expect([200, 404, 409, 415, 422, 503]).toContain((await ask(method, url, { cookie, origin })).status);
    }
  });

  it("says what it needs, or the server does not start", async () => {
    const app = fastify();
    guardRoutes(app, { gate: openGate, log: silentLog });
    app.get("/api/v1/secrets", () => "secret");
    await expect(app.ready()).rejects.toThrow("GET /api/v1/secrets does not say what it needs of whoever asks");
  });

  it("that may change something says as what that is written down, or the server does not start", async () => {
    const app = fastify();
    guardRoutes(app, { gate: openGate, log: silentLog });
    app.put("/api/v1/secrets", { config: { needs: "somebody" } }, () => "secret");
    await expect(app.ready()).rejects.toThrow("PUT /api/v1/secrets does not say as what it is written down");
  });
});

/** Every socket of both ports. */
const sockets = () => [
  ...http.sockets.map(({ path }) => `ws://127.0.0.1:${http.port}${path}`),
  `ws://127.0.0.1:${counter.port}/`,
];

/** Each way in which a socket can be shown a token; browsers have the last two only. */
const waysOf = (token: string): readonly (readonly [string, ConnectOptions])[] => [
  ["", { headers: bearer(token) }],
  ["", { headers: { "x-api-key": token } }],
  [`?token=${encodeURIComponent(token)}`, {}],
  ["", { protocols: [`bearer.${token}`, "sensorium"] }],
];

async function connectEach(token: string, check: (connected: Promise<TestClient>) => Promise<unknown>): Promise<void> {
  shown.push(token);
  for (const url of sockets()) {
    for (const [query, options] of waysOf(token)) await check(TestClient.connect(url + query, options));
  }
}

describe("every socket", () => {
  it("refuses whoever shows nothing", async () => {
    for (const url of sockets()) await expect(TestClient.connect(url)).rejects.toThrow("401");
  });

  it.each(worthless)("refuses a credential %s", async (_, make) => {
    await connectEach(await make(), (connected) => expect(connected).rejects.toThrow("401"));
  });

  it.each(insufficient.filter(([, , isTooLittle]) => isTooLittle({ scope: "read", environment: "default" })))(
    "refuses a credential %s",
    async (_, make) => {
      await connectEach(await make(), (connected) => expect(connected).rejects.toThrow("403"));
    },
  );

  it.each([...sufficient, ["token to read in this environment", readToken] as const])(
    "takes a good %s, wherever the page is from, and never sends it back",
    async (_, make) => {
      const token = await make();
      await connectEach(token, async (connected) => {
        await using client = await connected;
        expect(client.socket.protocol).toMatch(/^(sensorium)?$/);
      });
      for (const url of sockets()) {
        for (const origin of ["null", "https://ui.shop.example"]) {
          await using _client = await TestClient.connect(`${url}?token=${token}`, { origin });
        }
      }
    },
  );

  it("of the page takes its login from that page only; the others take none", async () => {
    const [own, others] = [sockets().slice(0, -1), sockets().slice(-1)];
    const headers = { cookie: await access.cookie(http.port) };
    for (const url of own) {
      for (const origin of ["null", "http://localhost:3000", "https://evil.example"]) {
        await expect(TestClient.connect(url, { headers, origin })).rejects.toThrow("403");
      }
      await using _client = await TestClient.connect(url, { headers, origin: `http://127.0.0.1:${http.port}` });
    }
    const cookie = await access.cookie(counter.port);
    for (const url of others) await expect(TestClient.connect(url, { headers: { cookie } })).rejects.toThrow("401");
  });

  it("is closed with 4001 when its key is revoked, and the others are left alone", async () => {
    for (const url of sockets()) {
      const { key, id } = await access.key(["read"]);
      await using client = await TestClient.connect(url, { headers: bearer(key) });
      await using other = await TestClient.connect(url, { headers: bearer(await readToken()) });
      await access.auth.end("api-key", id);
      expect(await client.closed).toEqual({ code: 4001, reason: "these credentials are not valid any more" });
      expect(other.socket.readyState).toBe(other.socket.OPEN);
    }
  });

  it("is closed with 4001 when its user may do less, and when they are removed", async () => {
    for (const url of sockets()) {
      const { userId, token, key } = await madeUser();
      for (const [secret, less] of [
        [token, () => access.auth.changeUser({ id: userId, change: { scopes: ["operate"] }, keep: null })],
        [key, () => access.auth.removeUser(userId)],
      ] as const) {
        await using client = await TestClient.connect(url, { headers: bearer(secret) });
        await less();
        expect((await client.closed).code).toBe(4001);
      }
    }
  });

  it("of a page is closed with 4001 when somebody logs out there, and does not open again", async () => {
    for (const url of sockets().slice(0, -1)) {
      const headers = { cookie: await access.cookie(http.port) };
      await using client = await TestClient.connect(url, { headers });
      expect((await ask("POST", "/api/v1/auth/logout", headers)).status).toBe(200);
      expect((await client.closed).code).toBe(4001);
      await expect(TestClient.connect(url, { headers })).rejects.toThrow("401");
    }
  });

  it("is closed with 4001 when its token runs out", async () => {
    const token = await access.token({ claims: { exp: clock.now() / 1000 + 10 } });
    clock.advance(9_999);
    const clients = await Promise.all(sockets().map((url) => TestClient.connect(`${url}?token=${token}`)));
    clock.advance(1);
    for (const client of clients) {
      expect((await client.closed).code).toBe(4001);
      await client[Symbol.asyncDispose]();
    }
  });
});

const readToken = (): Promise<string> =>
  access.token({ claims: { permissions: ["read"], accessible_zones: ["warehouse", "default"] } });

it("nothing that was shown is in the log, and refusals are", () => {
  const text = log.lines.join("\n");
  expect(text).toContain("ERR_JWT_EXPIRED");
  for (const secret of shown.flatMap((one) => one.split(/[ =]/)).filter(({ length }) => length > 20)) {
    expect(text).not.toContain(secret);
  }
});
