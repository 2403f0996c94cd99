import { afterEach, describe, expect, it, vi } from "vitest";
import { Session, tokenOf } from "./session.ts";

const me = { username: "admin", by: "session", scopes: ["admin"], environments: null, expires_at: null };
const asked: (readonly [method: string, path: string, body: unknown])[] = [];

/** A server that answers by method and path; what it does not know, it does not answer. */
function serve(answers: Readonly<Record<string, readonly [status: number, body: object]>>): Session {
  asked.length = 0;
  vi.stubGlobal("fetch", async (url: string, { method, body }: { method: string; body?: string }) => {
    asked.push([method, url, body && JSON.parse(body)]);
    const [status, answer] = answers[`${method} ${url}`] ?? [];
    if (status === undefined) throw new TypeError("fetch failed");
    return Response.json(answer, { status });
  });
  return new Session("auth/");
}
afterEach(() => vi.unstubAllGlobals());

const out = [401, { error: { message: "Log in or send a token" } }] as const;

describe("a page", () => {
  it("is shown to whoever is let in, and asks others to log in", async () => {
    const inside = serve({ "GET auth/me": [200, { data: me }] });
    await inside.check();
    expect(inside.state.get()).toEqual({ phase: "in", me });
    const outside = serve({ "GET auth/me": out });
    await outside.check();
    expect(outside.state.get()).toEqual({ phase: "out", problem: null });
  });

  it("is shown without an answer too, since it says itself that there is no connection", async () => {
    const session = serve({});
    await session.check();
    expect(session.state.get()).toEqual({ phase: "in", me: null });
  });

  it("stays as it is while the server is away", async () => {
    const session = serve({ "GET auth/me": out });
    await session.check();
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
    await session.check();
    expect(session.state.get().phase).toBe("out");
  });
});

describe("a login link", () => {
  it("logs in", async () => {
    const session = serve({ "POST auth/login-link/exchange": [200, { data: me }] });
    await session.exchange("secret");
    expect(session.state.get()).toEqual({ phase: "in", me });
    expect(asked).toEqual([["POST", "auth/login-link/exchange", { token: "secret" }]]);
  });

  it("that was used says so, unless the page is logged in anyway", async () => {
    const used = { "POST auth/login-link/exchange": [401, { error: { message: "x" } }] } as const;
    const outside = serve({ ...used, "GET auth/me": out });
    await outside.exchange("secret");
    expect(outside.state.get()).toEqual({ phase: "out", problem: "This link has been used or has run out." });
    const inside = serve({ ...used, "GET auth/me": [200, { data: me }] });
    await inside.exchange("secret");
    expect(inside.state.get()).toEqual({ phase: "in", me });
  });

  it.each([
    ["/login", "#token=abc", "abc"],
    ["/proxied/login", "#token=abc", "abc"],
    ["/login", "", null],
    ["/", "#token=abc", null],
  ])("%s%s holds the token %s", (pathname, hash, token) => {
    expect(tokenOf({ pathname, hash })).toBe(token);
  });
});

describe("a password", () => {
  it("that is wrong is answered in the server's words", async () => {
    const session = serve({ "POST auth/login": [429, { error: { message: "Too many attempts" } }] });
    await session.logIn({ username: "admin", password: "guess" });
    expect(session.state.get()).toEqual({ phase: "out", problem: "Too many attempts" });
  });

  it("is forgotten with the session by logging out", async () => {
    const session = serve({ "POST auth/logout": [200, { data: null }], "GET auth/me": out });
    await session.logOut();
    expect(session.state.get()).toEqual({ phase: "out", problem: null });
  });
});
