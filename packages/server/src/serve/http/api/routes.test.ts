import { API_PATH, endpoints, statusesOf } from "@sensorium/protocol/rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiClients, time } from "../../testing/api-clients.fixture.ts";
import { routePath } from "../rate-limits.ts";

let rest: ApiClients;
beforeAll(async () => {
  rest = await ApiClients.open();
});
afterAll(() => rest[Symbol.asyncDispose]());

describe("the OpenAPI document", () => {
  it("describes every route of the REST API, and no other", () => {
    const isDescription = (url: string): boolean => /\/(docs|asyncapi|openapi\.json)/.test(url);
    const routes = rest.parts.server.routes.filter(({ method, url }) => {
      return method !== "HEAD" && url.startsWith(`${API_PATH}/`) && !isDescription(url);
    });
    const described = Object.values(endpoints).map(({ method, path, needs }) => ({
      route: `${method} ${routePath(path)}`,
      needs,
    }));
    const byRoute = (one: { route: string }, other: { route: string }): number => (one.route < other.route ? -1 : 1);
    expect(routes.map(({ method, url, needs }) => ({ route: `${method} ${url}`, needs })).sort(byRoute)).toEqual(
      described.sort(byRoute),
    );
  });

  it("is served with a page that shows it under the strict policy", async () => {
    const at = `http://127.0.0.1:${rest.parts.server.port}${API_PATH}`;
    expect(await (await fetch(`${at}/openapi.json`)).json()).toMatchObject({
      openapi: "3.1.0",
      info: { version: "0.1.0" },
    });
    const page = await fetch(`${at}/docs`);
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|style=|https?:\/\//);
    for (const [, path = ""] of html.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)) {
      expect((await fetch(`${at}/${path}`)).status).toBe(200);
    }
  });
});

it.each<[string, unknown?]>([
  ["GET /auth/me"],
  ["GET /auth/keys"],
  ["POST /auth/keys", endpoints.createKey.example],
  ["POST /auth/token", { username: "admin", password: "wrong" }],
  ["POST /auth/refresh", { refresh_token: "wrong" }],
  ["DELETE /auth/keys/nothing"],
  ["POST /auth/logout"],
  ["GET /audit"],
  ["GET /cameras"],
  ["GET /configuration"],
  ["PUT /cameras/door/lines/mat", "0.2,0.6,0.8,0.6"],
  ["DELETE /cameras/door/lines/mat"],
  ["PUT /cameras/door/zones/bench", "none"],
  ["DELETE /cameras/garage"],
  ["PUT /retention", { crossings: "400 days" }],
])("%s answers as the document says", async (what, body) => {
  expect((await rest.ask(what, { token: rest.admin, body })).status).toBeLessThan(500);
});

describe("a body", () => {
  const send = async (body: string, type: string) => {
    const headers = { authorization: `Bearer ${rest.admin}`, "content-type": type };
    return fetch(`http://127.0.0.1:${rest.parts.server.port}${API_PATH}/system/start`, {
      method: "POST",
      headers,
      body,
    });
  };

  it("that is no object is refused in the words of JSON", async () => {
    const reply = await send("[]", "application/json");
    expect(reply.status).toBe(422);
    expect((await reply.json()).error.message).toBe("This body is not understood: it – must be a JSON object");
  });

  it.each([
    ["is cut off", "{", "application/json", 400],
    ["is too long", JSON.stringify("x".repeat(2 ** 20)), "application/json", 413],
    ["says that it is a text", "{}", "text/plain", 415],
  ])("that %s is refused by a status of the document", async (_, body, type, status) => {
    expect((await send(body, type)).status).toBe(status);
    expect(statusesOf(endpoints.startSystem)).toContain(status);
  });
});

describe("limits", () => {
  it.each([
    ["auth", "POST /auth/token", 10, 60],
    ["poseWrite", "POST /pose/process", 100, 3_600],
    ["config", "GET /config", 50, 3_600],
    ["analytics", "GET /analytics/events", 500, 3_600],
  ])("of %s are as documented, for each token by itself", async (_, what, limit, window) => {
    const { clock, access } = rest.parts;
    clock.advance(60_000);
    const { key: token } = await access.key(["admin"]);
    const body = what.startsWith("POST") ? {} : undefined;
    const first = await rest.ask(what, { token, body });
    const header = (reply: { headers: Headers }, name: string) => Number(reply.headers.get(`x-ratelimit-${name}`));
    expect(["limit", "remaining", "window"].map((name) => header(first, name))).toEqual([limit, limit - 1, window]);
    expect(header(first, "reset")).toBe(Math.ceil(clock.now() / 1000) + window);
    await Promise.all(Array.from({ length: limit - 1 }, () => rest.ask(what, { token, body })));
    const refused = await rest.ask(what, { token, body });
    expect(refused.status).toBe(429);
    const reset_at = time(clock.now() + 1000 * window);
    expect(refused.body.error).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", details: { limit, window, reset_at } });
    expect([header(refused, "remaining"), refused.headers.get("retry-after")]).toEqual([0, String(window)]);
    if (window > 60) expect((await rest.ask(what, { token: rest.admin, body })).status).not.toBe(429);
    clock.advance(1000 * window);
    expect((await rest.ask(what, { token, body })).status).toBe(first.status);
  });

  it("of poses and health are as documented", async () => {
    const { key: token } = await rest.parts.access.key(["admin"]);
    const limitOf = async (what: string) => (await rest.ask(what, { token })).headers.get("x-ratelimit-limit");
    expect(await limitOf("GET /pose/tracking/999")).toBe("1000");
    expect(await limitOf("GET /health/detailed")).toBe("10000");
    expect(await limitOf("GET /cameras")).toBeNull();
  });
});
