import { endpoints } from "@sensorium/protocol/rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepingLog, TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { HttpServer } from "./server.ts";

const SHOP = "https://shop.example";
const log = keepingLog();
const cleanup = new AsyncDisposableStack();
let server: HttpServer;
let key: string;
let cookie: string;

beforeAll(async () => {
  const clock = new HandClock();
  const access = cleanup.use(await TestAuth.open(clock));
  const options = { clock, log, cameras: directoryOf(new ScriptedCamera()), pageFolder: "/nonexistent", port: 0 };
  server = cleanup.use(await HttpServer.listen({ ...options, auth: access.auth, origins: [SHOP] }));
  key = (await access.key(["read"])).key;
  cookie = await access.cookie(server.port);
});
afterAll(() => cleanup.disposeAsync());

/** A request as a browser sends it for a page of an origin. */
const ask = (path: string, headers: Record<string, string>, method = "GET"): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers });

/** What a browser asks ahead. */
const askAhead = (origin: string, path = "/api/v1/cameras"): Promise<Response> =>
  ask(path, { origin, "access-control-request-method": "GET" }, "OPTIONS");

const allowed = ({ headers }: Response): string | null => headers.get("access-control-allow-origin");

describe("a page of an origin that is listed", () => {
  it("may send what every endpoint takes, which is said to its browser without asking who it is", async () => {
    const reply = await askAhead(SHOP);
    expect([reply.status, allowed(reply), await reply.text()]).toEqual([204, SHOP, ""]);
    const methods = new Set((reply.headers.get("access-control-allow-methods") ?? "").split(", "));
    for (const { method } of Object.values(endpoints)) expect(methods).toContain(method);
    expect(reply.headers.get("access-control-allow-headers")).toBe("authorization, content-type, if-match, x-api-key");
  });

  it("sees the answer to its token, and in it how many requests are left", async () => {
    const reply = await ask("/api/v1/cameras", { origin: SHOP, authorization: `Bearer ${key}` });
    expect([reply.status, allowed(reply), reply.headers.get("vary")]).toEqual([200, SHOP, "Origin"]);
    expect(reply.headers.get("access-control-expose-headers")).toContain("x-ratelimit-remaining");
  });

  it.each([
    ["without a token", "/api/v1/cameras", {}, 401],
    ["with a token that is none", "/api/v1/cameras", { "x-api-key": "forged" }, 401],
    ["for something that is not there", "/api/v1/nothing", {}, 404],
  ])("sees why it gets nothing %s", async (_, path, headers, status) => {
    const reply = await ask(path, { origin: SHOP, ...headers });
    expect([reply.status, allowed(reply)]).toEqual([status, SHOP]);
    expect(await reply.json()).toHaveProperty("error.message");
  });

  it("may not use the cookie of the server's own page", async () => {
    const reply = await ask("/api/v1/cameras", { origin: SHOP, cookie });
    expect(reply.status).toBe(403);
    for (const answer of [reply, await askAhead(SHOP)]) {
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    }
  });

  it.each(["/", "/metrics", "/healthz", "/camera/door/image"])("sees nothing of %s", async (path) => {
    expect(allowed(await ask(path, { origin: SHOP, authorization: `Bearer ${key}` }))).toBeNull();
    expect(allowed(await askAhead(SHOP, path))).toBeNull();
  });
});

describe("a page of another origin", () => {
  it.each([
    "https://evil.example",
    "https://shop.example.evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "null",
  ])("sees nothing: %s", async (origin) => {
    const [ahead, reply] = [await askAhead(origin), await ask("/api/v1/cameras", { origin, "x-api-key": key })];
    expect(ahead.status).toBe(404);
    expect([allowed(ahead), allowed(reply)]).toEqual([null, null]);
    expect(reply.headers.get("vary")).toBe("Origin");
  });

  it("is named in the log, with the setting that lets it in", async () => {
    await askAhead("https://till.example");
    expect(log.lines.at(-1)).toContain('"origin":"https://till.example","setting":"server.origins"');
  });
});
