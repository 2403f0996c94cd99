import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TestAuth } from "../testing/auth.fixture.ts";
import { type Asked, AuthServer } from "../testing/auth-server.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { Auth } from "./auth.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PASSWORD = "correct horse battery";

let clock: HandClock;
let access: TestAuth;
let server: AuthServer;

beforeEach(async () => {
  clock = new HandClock();
  server = await AuthServer.open(clock);
  access = server.access;
});
afterEach(() => server[Symbol.asyncDispose]());

function ask(what: string, asked: Asked = {}) {
  const [method, path] = what.split(" ");
  return server.ask(`${method} auth/${path}`, asked);
}

const exchange = (token: string, headers = {}) => ask("POST login-link/exchange", { body: { token }, headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function logIn(): Promise<Record<string, string>> {
  return { cookie: await access.cookie(server.port) };
}

describe("a login link", () => {
  it("logs the admin in on one page, once", async () => {
    const token = await access.auth.createLoginLink();
    const first = await exchange(token);
    expect(first.data).toMatchObject({ username: "admin", by: "session", scopes: ["admin"], environments: null });
    const setCookie = first.headers.get("set-cookie") ?? "";
    expect(setCookie).toMatch(/^sensorium-session-\d+=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = setCookie.split(";", 1)[0] ?? "";
    expect((await ask("GET me", { headers: { cookie } })).data).toEqual(first.data);
    expect(await exchange(token)).toMatchObject({ status: 401, error: { message: "This login is not valid" } });
  });

  it("runs out after a quarter of an hour, and another can be had", async () => {
    const token = await access.auth.createLoginLink();
    clock.advance(15 * MINUTE_MS);
    expect((await exchange(token)).status).toBe(401);
    expect((await exchange(await access.auth.createLoginLink())).status).toBe(200);
  });

  it("cannot be used by a page elsewhere to log a visitor in", async () => {
    const token = await access.auth.createLoginLink();
    expect((await exchange(token, { origin: "https://evil.example" })).status).toBe(403);
    expect((await exchange(token)).status).toBe(200);
  });

  it("is needed until somebody has logged in, and the same users and keys are there after a restart", async () => {
    const { records } = access;
    expect(access.auth.used).toBe(false);
    expect((await Auth.open({ records, clock })).used).toBe(false);
    const headers = await logIn();
    const token = await access.auth.tokens.sign({
      ...{ userId: "u", name: "n", by: "token", credential: null, expiresMs: null },
      ...{ scopes: ["read"], environments: ["default"] },
    });
    const restarted = await Auth.open({ records, clock });
    expect(restarted.used).toBe(true);
    expect(await restarted.tokens.verify(token)).toMatchObject({ scopes: ["read"], environments: ["default"] });
    expect((await ask("GET me", { headers })).status).toBe(200);
  });
});

describe("a session", () => {
  it("lasts a month", async () => {
    const headers = await logIn();
    clock.advance(30 * DAY_MS - 1);
    expect((await ask("GET me", { headers })).status).toBe(200);
    clock.advance(1);
    expect((await ask("GET me", { headers })).status).toBe(401);
  });

  it("ends when somebody logs out, and the page's cookie with it", async () => {
    const headers = await logIn();
    const out = await ask("POST logout", { headers });
    expect(out.headers.get("set-cookie")).toMatch(/^sensorium-session-\d+=; Max-Age=0;/);
    expect((await ask("GET me", { headers })).status).toBe(401);
  });
});

describe("a password", () => {
  const user = { username: "admin", password: PASSWORD };
  const setPassword = async (password: string, headers?: Record<string, string>) =>
    ask("PUT password", { body: { password }, headers: headers ?? (await logIn()) });

  it("does not exist until it is set", async () => {
    expect((await ask("POST token", { body: { ...user, password: "" } })).status).toBe(422);
    expect((await ask("POST token", { body: user })).status).toBe(401);
  });

  it("gives a token for a day, and logs a page in", async () => {
    await setPassword(PASSWORD);
    const { data } = await ask("POST token", { body: user });
    expect(data).toEqual({
      access_token: expect.any(String),
      token_type: "bearer",
      expires_in: 86_400,
      refresh_token: expect.stringMatching(/^sensorium_refresh_[\w-]{43}\.[\w-]{43}$/),
    });
    const headers = bearer((data as { access_token: string }).access_token);
    const expires_at = new Date(clock.now() + DAY_MS).toISOString();
    expect((await ask("GET me", { headers })).data).toEqual({
      username: "admin",
      by: "token",
      scopes: ["admin"],
      environments: null,
      expires_at,
    });
    const { headers: replied } = await ask("POST login", { body: user });
    const cookie = replied.get("set-cookie")?.split(";", 1)[0] ?? "";
    expect((await ask("GET me", { headers: { cookie } })).status).toBe(200);
  });

  it("that is new ends the other sessions, and the old password", async () => {
    const [mine, other] = [await logIn(), await logIn()];
    await setPassword("another long password", mine);
    await setPassword(PASSWORD, mine);
    expect((await ask("GET me", { headers: mine })).status).toBe(200);
    expect((await ask("GET me", { headers: other })).status).toBe(401);
    const old = { body: { ...user, password: "another long password" } };
    expect((await ask("POST token", old)).status).toBe(401);
  });

  it("is at least twelve characters long, and is not set by an API key", async () => {
    const short = await setPassword("short");
    expect(short).toMatchObject({ status: 422, error: { message: expect.stringContaining("at least 12 characters") } });
    const { key } = await access.key(["admin"]);
    expect((await setPassword(PASSWORD, bearer(key))).status).toBe(403);
  });

  it("is refused in the same words for a wrong one and for nobody", async () => {
    await setPassword(PASSWORD);
    const wrong = await ask("POST token", { body: { ...user, password: "wrong" } });
    const nobody = await ask("POST token", { body: { username: "nobody", password: "wrong" } });
    expect([wrong.status, wrong.error]).toEqual([nobody.status, nobody.error]);
  });

  it("can be tried ten times a minute from one place, however often the user changes", async () => {
    for (let i = 0; i < 10; i++) {
      const token = `guess ${i}`;
      expect((await exchange(token)).status).toBe(401);
    }
    const refused = await ask("POST token", { body: { username: "other", password: "x" } });
    expect(refused).toMatchObject({ status: 429, error: { code: "RATE_LIMIT_EXCEEDED" } });
    expect(refused.headers.get("retry-after")).toBe("60");
    clock.advance(MINUTE_MS);
    expect((await ask("POST token", { body: { username: "other", password: "x" } })).status).toBe(401);
  });
});

describe("an API key", () => {
  it("is shown once, listed with its last use, and gone when it is revoked", async () => {
    const headers = await logIn();
    const body = { name: "till", scopes: ["read"], environments: ["default"] };
    const created = await ask("POST keys", { body, headers });
    const { key, api_key } = created.data as { key: string; api_key: { id: string } };
    expect(created.status).toBe(201);
    expect(key).toMatch(/^sensorium_key_[\w-]{43}$/);
    expect((await ask("GET me", { headers: { "x-api-key": key } })).data).toMatchObject({ username: "till" });
    const listed = await ask("GET keys", { headers });
    const now = new Date(clock.now()).toISOString();
    expect(listed.data).toEqual({
      keys: [{ ...api_key, ...body, created_at: now, expires_at: null, last_used_at: now }],
    });
    expect(JSON.stringify(listed.data)).not.toContain(key.slice(-20));
    expect((await ask(`DELETE keys/${api_key.id}`, { headers })).status).toBe(200);
    expect((await ask("GET me", { headers: { "x-api-key": key } })).status).toBe(401);
    expect((await ask(`DELETE keys/${api_key.id}`, { headers })).status).toBe(404);
  });

  it.each([
    [{ name: "", scopes: ["read"] }, "name"],
    [{ name: "a", scopes: [] }, "scopes"],
    [{ name: "a", scopes: ["root"] }, "scopes.0"],
    [{ name: "a", scopes: ["read"], expires_at: "tomorrow" }, "expires_at"],
    [{ name: "a", scopes: ["read"], expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
  ])("%o is refused, naming %s", async (body, field) => {
    const refused = await ask("POST keys", { body, headers: await logIn() });
    expect(refused).toMatchObject({ status: 422, error: { message: expect.stringContaining(`: ${field} – `) } });
  });
});
