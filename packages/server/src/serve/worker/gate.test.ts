import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../../observe/log.ts";
import { DetectorWorker } from "../../worker/worker.ts";
import type { TokenRule } from "../auth/auth.ts";
import { HttpServer } from "../http/server.ts";
import { keepingLog, TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf } from "../testing/scripted-camera.ts";
import { ScriptedStreams, supervisorClock } from "../testing/scripted-worker.ts";
import { TestClient } from "../testing/test-client.ts";

const clock = new HandClock();
const log = keepingLog();
let cleanup: AsyncDisposableStack;
let access: TestAuth;
let port: number;

beforeEach(async () => {
  cleanup = new AsyncDisposableStack();
  access = cleanup.use(await TestAuth.open(clock));
});
afterEach(() => cleanup.disposeAsync());

async function serve(tokens: TokenRule): Promise<void> {
  const worker = cleanup.use(
    new DetectorWorker({
      ...{ streams: new ScriptedStreams(), clock: supervisorClock(clock), log: silentLog },
      openBundle: () => Promise.reject(new Error("no bundles here")),
      act: async () => undefined,
      ...{ maxStreams: 1, targetFps: 1, graceMs: 0 },
    }),
  );
  const options = { cameras: directoryOf(), log, pageFolder: "/nowhere", port: 0, clock, auth: access.auth };
  port = cleanup.use(await HttpServer.listen({ ...options, worker: { worker, tokens } })).port;
}

type Headers = Record<string, string>;

async function isLetIn(headers: Headers = {}, query = ""): Promise<boolean> {
  const client = cleanup.use(await TestClient.connect(`ws://127.0.0.1:${port}/${query}`, { headers }));
  return (await client.next("stateReport")).type === "stateReport";
}

/** 404 for somebody who may ask: there is no such subscription. */
const imageStatus = async (headers: Headers = {}): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}/camera/d%3Bc/image`, { headers })).status;

/** As a proxy on this machine sends it on. */
const proxied = { "x-forwarded-for": "203.0.113.7" };

describe("a worker on a port that asks for logins", () => {
  it("asks programs on this machine for nothing, as the original did", async () => {
    await serve({ auth: access.auth, onLoopback: false });
    expect(await isLetIn()).toBe(true);
    expect(await imageStatus()).toBe(404);
  });

  it("asks whoever comes from elsewhere, for pictures too, and says in the log which setting opens it", async () => {
    await serve({ auth: access.auth, onLoopback: false });
    await expect(isLetIn(proxied)).rejects.toThrow("401");
    expect(log.lines.at(-1)).toContain('"setting":"worker.auth"');
    expect(await imageStatus(proxied)).toBe(401);
    expect(log.lines.at(-1)).toContain('"setting":"worker.auth"');
    const authorization = `Bearer ${(await access.key(["operate"])).key}`;
    expect(await isLetIn({ ...proxied, authorization })).toBe(true);
    expect(await imageStatus({ ...proxied, authorization })).toBe(404);
  });

  it("does not take a key that may only look for a backend's", async () => {
    await serve({ auth: access.auth, onLoopback: false });
    const authorization = `Bearer ${(await access.key(["read"])).key}`;
    await expect(isLetIn({ authorization })).rejects.toThrow("403");
    expect(await imageStatus({ authorization })).toBe(404);
  });

  it("asks everybody when it is told to", async () => {
    await serve({ auth: access.auth, onLoopback: true });
    await expect(isLetIn()).rejects.toThrow("401");
    expect(await isLetIn({}, `?token=${await access.token()}`)).toBe(true);
  });

  it("asks nobody when that is written out", async () => {
    await serve("never");
    expect(await isLetIn(proxied)).toBe(true);
    expect(await imageStatus(proxied)).toBe(404);
  });

  it.each([["never" as const], ["some" as const]])(
    "lets no page of another site in, whoever is asked: %s",
    async (rule) => {
      await serve(rule === "never" ? rule : { auth: access.auth, onLoopback: false });
      await expect(isLetIn({ origin: "https://evil.example" })).rejects.toThrow("403");
      expect(await imageStatus({ "sec-fetch-site": "cross-site" })).toBe(403);
    },
  );
});
