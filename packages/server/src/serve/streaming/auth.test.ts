import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { poseFrame, ScriptedSensing } from "../testing/scripted-sensing.ts";
import {
  dataOf,
  GOLDEN_MS,
  happeningOf,
  readGolden,
  StreamingFixture,
  settled,
  subscribe,
} from "../testing/streaming.fixture.ts";
import type { ConnectOptions } from "../testing/test-client.ts";

let clock: HandClock;
let access: TestAuth;
let fixture: StreamingFixture;
beforeEach(async () => {
  clock = new HandClock(GOLDEN_MS);
  access = await TestAuth.open(clock);
  const sensing = new ScriptedSensing(["room_001", "room_002"]);
  fixture = await StreamingFixture.open({ clock, sensing, auth: access.auth });
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
});

const nowS = (): number => Math.floor(clock.now() / 1000);
const somebodyElse = () => access.user({ scopes: ["read"], environments: null });
const reader = (claims: object = {}): Promise<string> => access.token({ claims: { permissions: ["read"], ...claims } });
const auth = (token: string) => ({ type: "auth", data: { token } });
const closeOf = ({ code, reason }: wire.CloseCode) => ({ code, reason });

describe("a token", () => {
  it.each<[string, (token: string) => [string, ConnectOptions]]>([
    ["in the address", (token) => [`?token=${token}`, {}]],
    ["in a header", (token) => ["", { headers: { authorization: `Bearer ${token}` } }]],
    ["in a subprotocol", (token) => ["", { protocols: [wire.SUBPROTOCOL, `bearer.${token}`] }]],
  ])("%s lets in", async (_, show) => {
    const client = await fixture.join(...show(await reader()));
    expect(await subscribe(client, [{ event_type: "pose_data" }])).toMatchObject({ status: "success" });
  });

  it.each<[string, number, () => Promise<string>]>([
    ["of alg none", 401, async () => `${btoa('{"alg":"none"}')}.${(await reader()).split(".")[1]}.`],
    ["signed with another key", 401, () => access.token({ secret: "A".repeat(43) })],
    ["that has run out", 401, () => reader({ exp: nowS() - 1 })],
    ["that is not yet good", 401, () => reader({ nbf: nowS() + 3600 })],
    ["that may not read", 403, () => reader({ permissions: [] })],
    ["of environments there are none of", 403, () => reader({ accessible_zones: ["attic"] })],
  ])("%s is refused with %d before the socket opens, and closes when it comes later", async (_, status, make) => {
    const token = await make();
    await expect(fixture.connect(`?token=${token}`)).rejects.toThrow(String(status));
    if (token.length > 0 && status === 401) {
      const client = await fixture.connect();
      client.send(auth(token));
      expect(await client.next("error")).toEqual(readGolden("server.error.authentication"));
      expect(await client.closed).toEqual(closeOf(wire.CLOSE.notAuthenticated));
    }
  });

  it("that may not read closes the connection when it comes later", async () => {
    const client = await fixture.connect();
    client.send(auth(await reader({ permissions: [] })));
    expect(await client.next("error")).toEqual(readGolden("server.error.authorization"));
    expect(await client.closed).toEqual(closeOf(wire.CLOSE.notAllowed));
  });
});

describe("somebody without a token", () => {
  it("may send one first", async () => {
    const client = await fixture.connect();
    client.send(auth(await reader()));
    await client.next("connection_status");
    expect(await client.next("ack")).toEqual(readGolden("server.ack.auth"));
    clock.advance(wire.AUTH_WITHIN_MS);
    await settled(client);
  });

  it("is closed after five seconds", async () => {
    const client = await fixture.connect();
    clock.advance(wire.AUTH_WITHIN_MS - 1);
    const other = await fixture.connect();
    clock.advance(1);
    expect(await client.next("error")).toMatchObject({ data: { error_code: "AUTHENTICATION_ERROR" } });
    expect(await client.closed).toEqual(closeOf(wire.CLOSE.notAuthenticated));
    other.send(auth(await reader()));
    await other.next("connection_status");
  });

  it.each([{ type: "subscribe", data: { subscriptions: [{ event_type: "pose_data" }] } }, "{", { type: "heartbeat" }])(
    "who sends something else first (%j) is closed",
    async (message) => {
      const client = await fixture.connect();
      client.send(message);
      expect(await client.next("error")).toMatchObject({ data: { error_code: "AUTHENTICATION_ERROR" } });
      expect(await client.closed).toEqual(closeOf(wire.CLOSE.notAuthenticated));
    },
  );

  it("hears nothing", async () => {
    const client = await fixture.connect();
    fixture.sensing.show(poseFrame());
    clock.advance(wire.AUTH_WITHIN_MS);
    await client.closed;
    for (const type of ["heartbeat", "connection_status", "pose_data"]) expect(client.drain(type)).toEqual([]);
  });
});

describe("a client whose token runs out", () => {
  it("is told so, as the golden file has it, and closed with a code that says to come with a new one", async () => {
    const token = await reader({ exp: nowS() + 60 });
    const client = await fixture.join(`?client_id=client_123&token=${token}`);
    await fixture.pass(60_000, client);
    const golden = readGolden("server.token_expired");
    const { timestamp, metadata, ...said } = golden;
    expect(await client.next("token_expired")).toMatchObject(said);
    const { code, reason } = await client.closed;
    expect({ code, reason }).toEqual(closeOf(wire.CLOSE.credentialEnded));
    expect(wire.reconnectAfter(code)).toBe("with-new-credential");
  });

  it("goes on without a break when it sends a fresh one in time", async () => {
    const client = await fixture.join(`?token=${await reader({ exp: nowS() + 60 })}`);
    await subscribe(client, [{ event_type: "pose_data" }]);
    await fixture.pass(50_000, client);
    client.send(auth(await reader({ exp: nowS() + 120 })));
    expect(dataOf(await client.next("ack"))).toMatchObject({ message_type: "auth", status: "success" });
    await fixture.pass(100_000, client);
    fixture.sensing.show(poseFrame());
    await client.next("pose_data");
    await fixture.pass(20_000, client);
    expect((await client.closed).code).toBe(4001);
  });

  it.each<[string, string, () => Promise<string>]>([
    ["that is none", "AUTHENTICATION_ERROR", async () => "garbage"],
    ["that may not read", "AUTHORIZATION_ERROR", () => reader({ permissions: [] })],
    ["of somebody else", "AUTHORIZATION_ERROR", async () => reader({ sub: await somebodyElse() })],
  ])("and sends one %s keeps what it had", async (_, error_code, make) => {
    const client = await fixture.join(`?token=${await reader({ exp: nowS() + 60 })}`);
    client.send(auth(await make()));
    expect(await client.next("error")).toMatchObject({ data: { error_code } });
    await fixture.pass(59_000, client);
    await settled(client);
    clock.advance(1_000);
    await client.next("token_expired");
  });

  it("is told that what its user may do has changed, and comes back with that", async () => {
    const sub = await somebodyElse();
    const token = await reader({ sub });
    const client = await fixture.join(`?token=${token}`);
    await access.auth.changeUser({ id: sub, change: { environments: ["room_001"] }, keep: null });
    expect(await client.next("token_expired")).toMatchObject({ message: expect.stringContaining("has changed") });
    expect((await client.closed).code).toBe(4001);
    const back = await fixture.join(`?token=${token}`);
    const ack = await subscribe(back, [{ event_type: "activity_event" }]);
    expect(ack).toMatchObject({ streams: [{ environment_id: "room_001" }] });
  });

  it("is told that its key was taken back", async () => {
    const { key, id } = await access.key(["read"]);
    const client = await fixture.join(`?token=${key}`);
    await access.auth.end("api-key", id);
    expect(await client.next("token_expired")).toMatchObject({ message: expect.stringContaining("taken back") });
    expect((await client.closed).code).toBe(4001);
  });
});

describe("environments", () => {
  const filters = { environment_id: "room_002" };
  const refusal = { field: "environment_id", reason: "No environment has this id" };

  it("that a client may not see do not exist for it", async () => {
    const client = await fixture.join(`?token=${await reader({ accessible_zones: ["room_001"] })}`);
    client.send({ type: "subscribe", data: { subscriptions: [{ event_type: "pose_data", filters }] } });
    expect(await client.next("error")).toMatchObject({ data: { details: refusal } });
    await client.next("ack");
    const ack = await subscribe(client, [{ event_type: "pose_data" }, { event_type: "activity_event" }]);
    expect(ack).toMatchObject({ streams: [{ environment_id: "room_001" }] });
    client.send({ type: "update_subscription", data: { subscription_id: "sub_1", filters } });
    expect(await client.next("error")).toMatchObject({ data: { details: refusal } });
    const fall = happeningOf("activity_event");
    fixture.sensing.record(fall, "room_002");
    fixture.sensing.show(poseFrame(), "room_002");
    fixture.sensing.record(fall, "room_001");
    expect(await client.next("activity_event")).toMatchObject({ metadata: { stream: { environment_id: "room_001" } } });
    await settled(client);
    expect([...client.drain("activity_event"), ...client.drain("pose_data")]).toEqual([]);
  });

  it("that a fresh token does not allow any more end", async () => {
    const client = await fixture.join(`?token=${await reader()}`);
    await subscribe(client, [{ event_type: "pose_data" }, { event_type: "pose_data", filters }]);
    client.send(auth(await reader({ accessible_zones: ["room_001"] })));
    const ack = dataOf(await client.next("ack"));
    expect(ack).toMatchObject({ active_subscriptions: [{ subscription_id: "sub_1" }] });
    expect(fixture.sensing.readers("room_002")).toBe(0);
    fixture.sensing.show(poseFrame());
    await client.next("pose_data");
  });
});

describe("places", () => {
  it("are ten for an account; the next is told to come later", async () => {
    const token = await reader();
    const first = await fixture.join(`?token=${token}`);
    for (let i = 1; i < wire.MAX_PER_ACCOUNT; i++) await fixture.join(`?token=${token}`);
    const client = await fixture.connect(`?token=${token}`);
    const { code, reason } = await client.closed;
    expect({ code, reason }).toEqual(closeOf(wire.CLOSE.tooManyConnections));
    expect(wire.reconnectAfter(code)).toBe("later");
    await fixture.join(`?token=${await reader({ sub: await somebodyElse() })}`);
    first.send({ type: "disconnect" });
    await first.closed;
    await fixture.join(`?token=${token}`);
  });
});
