import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TokenRule } from "../auth/auth.ts";
import { keepingLog, TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { ScriptedCamera } from "../testing/scripted-camera.ts";
import { TestClient } from "../testing/test-client.ts";
import { CounterServer } from "./server.ts";

let cleanup: AsyncDisposableStack;
let access: TestAuth;
const clock = new HandClock();
const log = keepingLog();

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  access = cleanup.use(await TestAuth.open(clock));
});
afterEach(() => cleanup.disposeAsync());

async function serve(tokens: TokenRule, host = "127.0.0.1"): Promise<string> {
  const options = { camera: new ScriptedCamera(), zone: "UTC", clock, log, port: 0, host, tokens };
  return `ws://127.0.0.1:${cleanup.use(await CounterServer.listen(options)).port}`;
}

async function isLetIn(url: string, headers: Record<string, string> = {}): Promise<boolean> {
  const client = cleanup.use(await TestClient.connect(url, { headers }));
  return (await client.next("stats")).type === "stats";
}

/** As a proxy on this machine sends it on. */
const proxied = { "x-forwarded-for": "203.0.113.7" };

describe("a people counter that knows tokens", () => {
  it("asks programs on this machine for none, as the original did", async () => {
    const url = await serve({ auth: access.auth, onLoopback: false });
    expect(await isLetIn(url)).toBe(true);
    expect(await isLetIn(url, { origin: "null" })).toBe(true);
    await expect(TestClient.connect(url, { origin: "https://evil.example" })).rejects.toThrow("403");
  });

  it("asks whoever comes from elsewhere, and says in the log which setting opens it", async () => {
    const url = await serve({ auth: access.auth, onLoopback: false }, "0.0.0.0");
    expect(log.lines.at(-1)).toContain("tokens and pictures travel unencrypted");
    await expect(isLetIn(url, proxied)).rejects.toThrow("401");
    expect(log.lines.at(-1)).toContain('"setting":"counter.auth"');
    const authorization = `Bearer ${(await access.key(["read"])).key}`;
    expect(await isLetIn(url, { ...proxied, authorization })).toBe(true);
  });

  it("asks everybody when it is told to", async () => {
    const url = await serve({ auth: access.auth, onLoopback: true });
    await expect(isLetIn(url)).rejects.toThrow("401");
    expect(await isLetIn(`${url}?token=${await access.token()}`)).toBe(true);
  });

  it("refuses a token that is none, also from this machine", async () => {
    const url = await serve({ auth: access.auth, onLoopback: false });
    await expect(isLetIn(`${url}?token=forged`)).rejects.toThrow("401");
  });

  it("asks nobody when that is written out, and then ignores what clients show", async () => {
    const url = await serve("never", "0.0.0.0");
    expect(await isLetIn(url, proxied)).toBe(true);
    expect(await isLetIn(`${url}?token=forged`)).toBe(true);
  });

  it("does not leave this machine without either", async () => {
    const options = { camera: new ScriptedCamera(), zone: "UTC", clock, log, port: 0, host: "0.0.0.0" };
    await expect(CounterServer.listen(options)).rejects.toMatchObject({
      code: "config-invalid",
      message: "Without tokens the people counter listens on this machine only, not on 0.0.0.0",
    });
  });
});
