import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { posedPerson, poseFrame, ScriptedSensing } from "../testing/scripted-sensing.ts";
import {
  dataOf,
  GOLDEN_MS,
  happeningOf,
  poses,
  readGolden,
  room,
  StreamingFixture,
  settled,
  subscribe,
} from "../testing/streaming.fixture.ts";

let fixture: StreamingFixture;
beforeEach(async () => {
  fixture = await StreamingFixture.open({ sensing: new ScriptedSensing(["room_001", "room_002"]) });
});
afterEach(() => fixture[Symbol.asyncDispose]());

const fall = happeningOf("activity_event");

describe("a client", () => {
  it("is told that it is connected, as the golden file has it", async () => {
    const client = await fixture.connect();
    const golden = readGolden("server.connection_status");
    expect(await client.next("connection_status")).toEqual({
      ...golden,
      data: { ...golden.data, session_id: expect.stringMatching(/^session_/) },
    });
  });

  it.each(["", "?client_id=", "?client_id=%22%7D%7B", `?client_id=${"x".repeat(101)}`])(
    "that names itself in no usable way (%j) is given a name",
    async (query) => {
      const client = await fixture.connect(query);
      const { client_id } = dataOf(await client.next("connection_status"));
      expect(client_id).toMatch(/^client_[0-9a-f]{16}$/);
    },
  );

  it("may name the subprotocol, or none", async () => {
    const named = await fixture.join("", { protocols: [wire.SUBPROTOCOL] });
    expect(named.socket.protocol).toBe(wire.SUBPROTOCOL);
    expect((await fixture.join("")).socket.protocol).toBe("");
  });

  it("may name later versions before the one that is served, and gets that", async () => {
    const { socket } = await fixture.join("", { protocols: ["wifi-densepose-v2", wire.SUBPROTOCOL] });
    expect(socket.protocol).toBe(wire.SUBPROTOCOL);
  });

  it("says goodbye and is let go", async () => {
    const client = await fixture.join();
    client.send(readGolden("client.disconnect"));
    expect(await client.next("disconnect")).toEqual(readGolden("server.disconnect"));
    expect(await client.closed).toEqual({ code: wire.CLOSE.done.code, reason: wire.CLOSE.done.reason });
  });

  it("is told when the server goes", async () => {
    const client = await fixture.join();
    await fixture.server[Symbol.asyncDispose]();
    expect(await client.next("disconnect")).toEqual(readGolden("server.disconnect.shutdown"));
    expect((await client.closed).code).toBe(1001);
  });

  it("hears the server's heart every 30 seconds, and when it was heard itself", async () => {
    const client = await fixture.join();
    fixture.clock.advance(25_000);
    await settled(client);
    fixture.clock.advance(5_000);
    const data = { client_id: "client_123", uptime: 30, last_message: new Date(GOLDEN_MS + 25_000).toISOString() };
    expect(await client.next("heartbeat")).toMatchObject({ data });
  });

  it("is answered how its connection is", async () => {
    const client = await fixture.subscribed([poses()]);
    client.send(readGolden("client.connection_status"));
    const status = await client.next("connection_status");
    expect(status).toMatchObject({ data: { active_subscriptions: 1, message_count: 2 }, metadata: { sequence: 3 } });
    expect(wire.ServerMessage.parse(status)).toEqual(status);
  });
});

describe("an answer to a subscribe", () => {
  it("lists what is applied, as the golden file has it", async () => {
    for (let offset = 0; offset < 41; offset++) fixture.sensing.record(fall);
    const client = await fixture.join();
    const { data } = readGolden("client.subscribe");
    const subscriptions = data.subscriptions.map((each: { filters: object }, index: number) =>
      index === 0 ? each : { ...each, filters: { ...each.filters, ...room } },
    );
    client.send({ type: "subscribe", data: { subscriptions } });
    const golden = readGolden("server.ack.subscribe");
    for (const each of golden.data.active_subscriptions) each.filters.environment_id = "room_001";
    expect(await client.next("ack")).toEqual(golden);
  });

  it("says of each one that is refused what is wrong, and takes the others", async () => {
    const client = await fixture.join();
    const { subscription } = readGolden("refused.confidence");
    const subscriptions = [subscription, { event_type: "weather" }, poses(), poses({ environment_id: "attic" }), null];
    client.send({ type: "subscribe", data: { subscriptions } });
    expect(await client.next("error")).toEqual(readGolden("server.error.subscription"));
    expect(await client.next("error")).toMatchObject({ data: { details: { index: 1, field: "event_type" } } });
    expect(await client.next("error")).toMatchObject({
      data: { details: { index: 3, field: "environment_id", reason: "No environment has this id" } },
    });
    expect(await client.next("error")).toMatchObject({ data: { details: { subscription_id: null, index: 4 } } });
    const ack = dataOf(await client.next("ack"));
    expect(ack).toMatchObject({ status: "partial", active_subscriptions: [{ subscription_id: "sub_1" }] });
    expect(await subscribe(client, [{ event_type: "weather" }])).toMatchObject({ status: "error" });
  });

  it("says by its order and ids which are active", async () => {
    const client = await fixture.subscribed([poses(), { event_type: "system_event" }, { event_type: "config_update" }]);
    client.send({ type: "unsubscribe", data: { subscription_ids: ["sub_2", "sub_9"] } });
    expect(await client.next("error")).toMatchObject({
      data: { details: { subscription_id: "sub_9", field: "subscription_id", reason: "No subscription has this id" } },
    });
    const active = [{ subscription_id: "sub_1" }, { subscription_id: "sub_3" }];
    expect(dataOf(await client.next("ack"))).toMatchObject({ status: "partial", active_subscriptions: active });
  });

  it("refuses more subscriptions than a connection may have", async () => {
    const client = await fixture.subscribed(Array.from({ length: 60 }, () => poses()));
    client.send({ type: "subscribe", data: { subscriptions: Array.from({ length: 60 }, () => poses()) } });
    for (let index = 40; index < 60; index++) {
      expect(await client.next("error")).toMatchObject({ data: { details: { index, field: "subscription" } } });
    }
    const { active_subscriptions } = dataOf(await client.next("ack"));
    expect(active_subscriptions).toHaveLength(100);
  });
});

describe("a change of a subscription", () => {
  it("is answered with what is applied now, as the golden file has it", async () => {
    const client = await fixture.subscribed([poses()]);
    const { data } = readGolden("client.update_subscription");
    client.send({ type: "update_subscription", data: { ...data, subscription_id: "sub_1" } });
    expect(await client.next("ack")).toEqual(readGolden("server.ack.update_subscription"));
    fixture.sensing.show(poseFrame({ persons: [posedPerson({ score: 0.75 })] }));
    expect(dataOf(await client.next("pose_data"))).toMatchObject({ persons: [] });
  });

  it("that cannot be made changes nothing", async () => {
    const client = await fixture.subscribed([poses()]);
    client.send({ type: "update_subscription", data: { subscription_id: "sub_1", filters: { min_confidence: 1.5 } } });
    expect(await client.next("error")).toMatchObject({ data: readGolden("server.error.subscription.update").data });
    for (const change of [
      { subscription_id: "sub_9" },
      { subscription_id: "sub_1", filters: { environment_id: "attic" } },
    ]) {
      client.send({ type: "update_subscription", data: change });
      expect(await client.next("error")).toMatchObject({ data: { details: { field: expect.stringMatching(/_id$/) } } });
    }
    fixture.sensing.show(poseFrame());
    await client.next("pose_data");
  });

  it("takes events to another environment", async () => {
    const client = await fixture.subscribed([{ event_type: "activity_event", filters: room }]);
    fixture.sensing.record(fall, "room_002");
    const filters = { environment_id: "room_002" };
    client.send({ type: "update_subscription", data: { subscription_id: "sub_1", filters } });
    await client.next("ack");
    fixture.sensing.record(fall, "room_001");
    fixture.sensing.record(fall, "room_002");
    const stream = { environment_id: "room_002", offset: 3 };
    expect(await client.next("activity_event")).toMatchObject({ metadata: { stream } });
    await settled(client);
    expect(client.drain("activity_event")).toEqual([]);
  });
});

describe("a message that cannot be used", () => {
  it.each([
    "invalid-json",
    "not-an-object",
    "unknown-type",
    "no-data",
    "no-subscriptions",
    "too-many-subscriptions",
    "bad-recover",
    "recover-is-text",
  ])("(%s) is answered as the golden file has it, and the connection stays", async (name) => {
    const client = await fixture.join();
    const { request, reply } = readGolden(`exchange.${name}`);
    client.send(request);
    expect(await client.next("error")).toMatchObject({
      data: reply,
      metadata: { client_id: "client_123", sequence: 2 },
    });
    await settled(client);
  });

  it("that is too long or binary is answered with a sentence; one over 1 MiB closes the connection", async () => {
    const client = await fixture.join();
    client.send("[".repeat(100_000));
    const message = "This message is 100000 bytes long; the limit is 65536 bytes";
    expect(await client.next("error")).toMatchObject({ data: { error_code: "VALIDATION_ERROR", message } });
    client.socket.send(Buffer.from("{}"));
    expect(await client.next("error")).toMatchObject({
      data: { message: expect.stringContaining("Binary") },
      metadata: { sequence: 3 },
    });
    client.send(" ".repeat(2 ** 20 + 1));
    expect((await client.closed).code).toBe(1009);
  });

  it("with 10 000 subscriptions is refused whole", async () => {
    const client = await fixture.join();
    const subscriptions = Array.from({ length: 10_000 }, () => poses());
    client.send({ type: "subscribe", data: { subscriptions } });
    expect(await client.next("error")).toMatchObject({ data: { error_code: "VALIDATION_ERROR" } });
    await settled(client);
  });
});
