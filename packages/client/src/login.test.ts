import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { login } from "./login.ts";

const PASSWORD = { username: "anna", password: "correct horse battery" };

let server: Server;
let url: string;
let asked: [string | undefined, unknown][];
let answers: [number, object][];
beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer(async (request, reply) => {
    asked.push([request.url, await json(request)]);
    const [status, body] = answers.shift() ?? [500, {}];
    reply.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const tokens = (name: string, refresh_token?: string): [number, object] => [
  200,
  { success: true, data: { access_token: name, token_type: "bearer", expires_in: 86_400, refresh_token } },
];
const failure = (status: number, message: string): [number, object] => [status, { success: false, error: { message } }];

describe("a login", () => {
  it("uses the password once, and each refresh token once", async () => {
    answers = [tokens("t1", "r1"), tokens("t2", "r2"), tokens("t3", "r3")];
    const { getToken } = await login(url, PASSWORD);
    expect([await getToken(), await getToken(), await getToken()]).toEqual(["t1", "t2", "t3"]);
    expect(asked).toEqual([
      ["/api/v1/auth/token", PASSWORD],
      ["/api/v1/auth/refresh", { refresh_token: "r1" }],
      ["/api/v1/auth/refresh", { refresh_token: "r2" }],
    ]);
  });

  it("asks again with the same refresh token after the server did not answer", async () => {
    answers = [tokens("t1", "r1"), [503, {}], tokens("t2", "r2")];
    const { getToken } = await login(url, PASSWORD);
    await getToken();
    await expect(getToken()).rejects.toMatchObject({ code: "request-failed", retryable: true });
    expect(await getToken()).toBe("t2");
    expect(asked.at(-1)).toEqual(["/api/v1/auth/refresh", { refresh_token: "r1" }]);
  });

  it("is asked for a token by several at once, and renews it once", async () => {
    answers = [tokens("t1", "r1"), tokens("t2", "r2")];
    const { getToken } = await login(url, PASSWORD);
    await getToken();
    expect(await Promise.all([getToken(), getToken(), getToken()])).toEqual(["t2", "t2", "t2"]);
    expect(asked).toHaveLength(2);
  });

  it("asks by another `fetch` when it is given one", async () => {
    answers = [tokens("t1", "r1"), tokens("t2", "r2")];
    const sent: string[] = [];
    const other: typeof fetch = (address, init) => {
      sent.push(String(address));
      return fetch(address, init);
    };
    const { getToken } = await login(url, { ...PASSWORD, fetch: other });
    expect([await getToken(), await getToken()]).toEqual(["t1", "t2"]);
    expect(sent).toEqual([`${url}/api/v1/auth/token`, `${url}/api/v1/auth/refresh`]);
    expect(asked[0]).toEqual(["/api/v1/auth/token", PASSWORD]);
  });

  it("that cannot be renewed runs out", async () => {
    answers = [tokens("t1")];
    const { getToken } = await login(url, PASSWORD);
    expect(await getToken()).toBe("t1");
    await expect(getToken()).rejects.toMatchObject({ code: "credentials-refused", retryable: false });
  });

  it.each<[number, string, boolean]>([
    [401, "credentials-refused", false],
    [403, "not-allowed", false],
    [422, "request-failed", false],
    [429, "request-failed", true],
    [500, "request-failed", true],
  ])("that is answered with %d fails as %s", async (status, code, retryable) => {
    answers = [failure(status, "This login is not valid")];
    await expect(login(url, PASSWORD)).rejects.toMatchObject({ code, retryable, message: "This login is not valid" });
  });

  it("at a server that is not there fails as unreachable", async () => {
    await expect(login("http://127.0.0.1:1", PASSWORD)).rejects.toMatchObject({ code: "unreachable", retryable: true });
  });
});
