import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { connect } from "./client.ts";
import { expiryOf, renewalInMs } from "./credentials.ts";
import { Reader, ScriptedServer, settled } from "./testing/scripted-server.ts";

let server: ScriptedServer;
beforeEach(() => {
  server = new ScriptedServer();
});

const connected = (options: object) => connect("ws://sensor", { ...server, openSocket: server.openSocket, ...options });
const jwt = (expMs: number, name = "anna"): string =>
  ["{}", JSON.stringify({ exp: expMs / 1000, name }), "?"].map((part) => btoa(part).replaceAll("=", "")).join(".");

describe("a credential", () => {
  it("is shown in the first message, never in the address", async () => {
    new Reader(connected({ token: "sensorium_key_1" }).poses());
    const socket = await server.accept();
    expect(socket.url).not.toContain("key");
    expect(socket.sent[0]).toMatchObject({ type: "auth", data: { token: "sensorium_key_1" } });
    expect(socket.sent[1]).toMatchObject({ type: "subscribe" });
  });

  it.each<[string, object, string]>([
    ["that stays", { token: "old" }, "The server does not take these credentials"],
    ["that is renewed by itself", { getToken: () => "old" }, "The server does not take these credentials"],
    ["that there is none of", {}, "The server asks for a token"],
  ])("%s and is refused is not shown twice", async (_, options, message) => {
    const reader = new Reader(connected(options).poses());
    await server.accept();
    server.newest.end(4002);
    await settled();
    await server.pass(60_000);
    expect(server.sockets).toHaveLength(1);
    expect(reader.ended?.error).toMatchObject({ code: "credentials-refused", message });
  });

  it("that cannot be had now is asked for again", async () => {
    let asked = 0;
    const getToken = () => (++asked < 3 ? Promise.reject(new Error("offline")) : "token");
    const all = connected({ getToken });
    const notices = new Reader(all.notices());
    const reader = new Reader(all.poses());
    await settled();
    for (let i = 0; i < 3; i++) await server.pass(1_000);
    expect(notices.read[0]).toMatchObject({ data: { details: { reason: "no_credentials" } } });
    expect(reader.ended).toBeUndefined();
    server.newest.open();
    expect(server.newest.take("auth")).toMatchObject({ data: { token: "token" } });
  });

  it("is renewed before it runs out, without a break, and once for all streams", async () => {
    let asked = 0;
    const getToken = () => jwt(server.clock.now() + 3_600_000, `anna-${++asked}`);
    const all = connected({ getToken });
    new Reader(all.poses());
    new Reader(all.events());
    await settled();
    const tokens: (string | undefined)[][] = [[], []];
    const look = (): void =>
      server.sockets.forEach((socket, i) => void tokens[i]?.push(socket.take("auth")?.data.token));
    for (const socket of server.sockets) {
      socket.open();
      socket.ack();
    }
    look();
    for (let minute = 0; minute < 60; minute++) {
      for (const socket of server.sockets) socket.say("heartbeat", {});
      await server.pass(30_000);
      for (const socket of server.sockets) socket.say("heartbeat", {});
      await server.pass(30_000);
    }
    look();
    expect(asked).toBe(2);
    expect(server.sockets.map(({ closed }) => closed)).toEqual([false, false]);
    const [first, second] = tokens;
    expect(second).toEqual(first);
    expect(new Set(first).size).toBe(2);
  });
});

it.each([
  [jwt(1_700_000_000_000), 1_700_000_000_000],
  ["sensorium_key_abc", null],
  ["a.b.c", null],
  [`a.${btoa("{}")}.c`, null],
  [`a.${btoa('"x"')}.c`, null],
])("%s runs out at %s", (token, expected) => expect(expiryOf(token)).toBe(expected));

it("the next token is always asked for before the last fifth, or five minutes, of this one", () => {
  const left = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(left, fc.float({ min: 0, max: Math.fround(0.999), noNaN: true }), (leftMs, random) => {
      const inMs = renewalInMs(leftMs, random);
      expect(inMs).toBeLessThanOrEqual(leftMs - Math.min(300_000, leftMs / 5));
      expect(inMs).toBeGreaterThanOrEqual(leftMs - Math.min(600_000, (2 * leftMs) / 5) - 1);
    }),
  );
});
