import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { beforeEach, describe, expect, it } from "vitest";
import { connect } from "./client.ts";
import { ClientError } from "./error.ts";
import { Reader, ScriptedServer, settled } from "./testing/scripted-server.ts";

let server: ScriptedServer;
beforeEach(() => {
  server = new ScriptedServer();
});

const URL_ = "http://sensor.example:8000";
const client = (options: object = {}) => connect(URL_, { ...server, openSocket: server.openSocket, ...options });

describe("a stream", () => {
  it("connects when it is read, and no sooner", async () => {
    const poses = client({ clientId: "desk" }).poses();
    await settled();
    expect(server.sockets).toEqual([]);
    new Reader(poses);
    await settled();
    expect(server.newest).toMatchObject({
      url: "ws://sensor.example:8000/ws/v1?client_id=desk",
      subprotocol: wire.SUBPROTOCOL,
      binaryType: "arraybuffer",
    });
  });

  it("disconnects when its loop is left, and comes back no more", async () => {
    const reader = new Reader(client().poses(), 1);
    const socket = await server.accept();
    socket.say("pose_data", { environment_id: "room", persons: [] });
    await settled();
    expect(reader.ended).toEqual({ error: null });
    expect(socket.closed).toBe(true);
    await server.pass(120_000);
    expect(server.sockets).toHaveLength(1);
  });

  it.each<[string, (stop: AbortController, dispose: () => void) => void]>([
    ["the client is closed", (_, dispose) => dispose()],
    ["its signal aborts", (stop) => stop.abort()],
  ])("ends when %s, wherever it is", async (_, end) => {
    const stop = new AbortController();
    const all = client({ signal: stop.signal });
    const [open, waiting, asking] = [new Reader(all.poses()), new Reader(all.events()), new Reader(all.notices())];
    await server.accept();
    server.sockets[0]?.end(1006);
    await settled();
    end(stop, () => all[Symbol.dispose]());
    await settled();
    for (const { ended } of [open, waiting, asking]) expect(ended).toEqual({ error: null });
    await server.pass(120_000);
    expect(server.sockets).toHaveLength(2);
  });

  it("keeps its heart beating, and takes a silent server for lost", async () => {
    const all = client();
    const notices = new Reader(all.notices());
    new Reader(all.poses());
    const socket = await server.accept();
    await server.pass(35_000);
    expect(socket.take("heartbeat")).toBeDefined();
    socket.say("heartbeat", { client_id: "c", uptime: 30, last_message: null });
    await server.pass(35_000);
    expect(socket.take("heartbeat")).toBeDefined();
    await server.pass(9_000);
    expect(socket.closed).toBe(false);
    await server.pass(1_000);
    expect(socket.closed).toBe(true);
    expect(notices.read.at(-1)).toMatchObject({ type: "error", data: { details: { reason: "network_timeout" } } });
  });

  it.each([
    ["a handshake that is not answered", () => undefined],
    ["a message that cannot be read", () => server.newest.onmessage?.({ data: "{" })],
  ])("tries again after %s", async (_, happen) => {
    new Reader(client().poses());
    await settled();
    happen();
    await server.pass(45_000);
    await server.pass(1_000);
    expect(server.sockets).toHaveLength(2);
  });

  it("tells of a lost connection as the document has it, with the time until the next attempt", async () => {
    const all = client();
    const notices = new Reader(all.notices());
    new Reader(all.poses());
    await server.accept();
    server.newest.say("connection_status", { status: "connected", client_id: "c" });
    server.newest.end(1006);
    await settled();
    expect(notices.read.map(({ type }) => type)).toEqual(["connection_status", "error"]);
    expect(wire.ErrorMessage.parse(notices.read[1])).toMatchObject({
      data: {
        error_code: "CONNECTION_ERROR",
        message: "WebSocket connection lost",
        details: { reason: "connection_lost", retry_after: 1, max_retries: null },
      },
    });
  });
});

describe("a close code", () => {
  const soon = { atMs: 250, error: null };
  it.each<[keyof typeof wire.CLOSE, { atMs: number | null; error: string | null }]>([
    ["done", { atMs: null, error: "closed" }],
    ["goingAway", soon],
    ["lost", soon],
    ["tooLarge", { atMs: null, error: "closed" }],
    ["failed", soon],
    ["full", { atMs: 75_000, error: null }],
    ["credentialEnded", soon],
    ["notAuthenticated", soon],
    ["notAllowed", { atMs: null, error: "not-allowed" }],
    ["slowConsumer", soon],
    ["tooManyConnections", { atMs: 75_000, error: null }],
    ["flooding", { atMs: 75_000, error: null }],
  ])("%s is followed as the table says", async (name, { atMs, error }) => {
    let tokens = 0;
    const reader = new Reader(client({ getToken: () => `token-${++tokens}` }).poses());
    const socket = await server.accept();
    expect(socket.take("auth")).toMatchObject({ data: { token: "token-1" } });
    const { code, reason, reconnect } = wire.CLOSE[name];
    socket.end(code, reason);
    await settled();
    if (atMs === null) {
      expect(reader.ended?.error).toBeInstanceOf(ClientError);
      expect(reader.ended?.error).toMatchObject({ code: error });
      await server.pass(600_000);
      expect(server.sockets).toHaveLength(1);
      return;
    }
    await server.pass(atMs - 1);
    expect(server.sockets).toHaveLength(1);
    await server.pass(1);
    expect(server.sockets).toHaveLength(2);
    server.newest.open();
    const token = reconnect === "with-new-credential" ? "token-2" : "token-1";
    expect(server.newest.take("auth")).toMatchObject({ data: { token } });
  });

  it("of every kind is in that table", () => expect(Object.keys(wire.CLOSE)).toHaveLength(12));
});

describe("attempts", () => {
  it("wait longer and longer, up to 30 seconds, and begin anew once a connection lasted", async () => {
    new Reader(client().poses());
    const waited: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      await settled();
      const [before, fromMs] = [server.sockets.length, server.clock.now()];
      server.newest.end(1006);
      await settled();
      while (server.sockets.length === before) await server.pass(250);
      waited.push(server.clock.now() - fromMs);
    }
    expect(waited).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    await server.accept();
    await server.pass(10_000);
    server.newest.end(1006);
    await settled();
    await server.pass(250);
    expect(server.sockets).toHaveLength(11);
  });
});

describe("a subscription", () => {
  it.each(["error", "partial"] as const)(
    "that the server refuses (%s) ends the stream and says why",
    async (status) => {
      const reader = new Reader(client().poses({ environment: "attic" }));
      await settled();
      server.newest.open();
      const details = {
        subscription_id: null,
        index: 0,
        field: "environment_id",
        reason: "No environment has this id",
      };
      server.newest.say("error", { error_code: "SUBSCRIPTION_ERROR", message: "Invalid subscription filter", details });
      server.newest.ack({ status });
      await settled();
      expect(reader.ended?.error).toMatchObject({
        code: "subscription-refused",
        message: "The server refused the subscription: environment_id: No environment has this id",
      });
      expect(server.newest.closed).toBe(true);
    },
  );
});

it.each(["sensor", "ftp://sensor", "http//x"])("%s is no address", (address) => {
  expect(() => connect(address)).toThrow(expect.objectContaining({ code: "address-invalid" }));
});
