import { gunzipSync, inflateSync } from "node:zlib";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Happening, posedPerson, poseFrame, ScriptedSensing } from "../testing/scripted-sensing.ts";
import { dataOf, GOLDEN_MS, readGolden, StreamingFixture, settled, subscribe } from "../testing/streaming.fixture.ts";

let fixture: StreamingFixture;
beforeEach(async () => {
  fixture = await StreamingFixture.open({ sensing: new ScriptedSensing(["room_001", "room_002"]) });
});
afterEach(() => fixture[Symbol.asyncDispose]());

const room = { environment_id: "room_001" };
const poses = (filters: object = {}, more: object = {}) => ({
  event_type: "pose_data",
  filters: { ...room, ...filters },
  ...more,
});

/** What is recorded so that this golden file is sent. */
function happeningOf(name: string): Happening {
  const { type, data, timestamp, metadata } = readGolden(name);
  return { type, data, atMs: Date.parse(timestamp), source: metadata.source };
}

const fall = happeningOf("server.activity_event");

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

describe("a subscription to poses", () => {
  it("delivers frames as the golden file has them", async () => {
    const client = await fixture.subscribed([poses()]);
    fixture.sensing.show(poseFrame());
    expect(await client.next("pose_data")).toEqual(readGolden("server.pose_data"));
  });

  it("leaves out what is not wanted", async () => {
    const client = await fixture.subscribed([poses({ include_keypoints: false, include_velocity: false })]);
    fixture.sensing.show(poseFrame());
    expect(await client.next("pose_data")).toEqual(readGolden("server.pose_data.bare"));
  });

  it("has dense poses where there is a method for them and they are wanted, and never otherwise", async () => {
    const wanted = { include_keypoints: false, include_velocity: false, include_dense_pose: true };
    const client = await fixture.subscribed([poses(wanted)]);
    fixture.sensing.show(poseFrame());
    expect(await client.next("pose_data")).toEqual(readGolden("server.pose_data.bare"));
    for (const name of ["server.pose_data.dense-skeleton", "server.pose_data.dense-model"]) {
      const golden = readGolden(name);
      const [{ dense_pose }] = golden.data.persons;
      fixture.clock.advance(100);
      fixture.sensing.show(poseFrame({ persons: [posedPerson({ densePose: () => dense_pose })] }));
      expect(dataOf(await client.next("pose_data"))).toEqual(golden.data);
    }
    const other = await fixture.subscribed([poses({ ...wanted, include_dense_pose: false })]);
    const densePose = () => expect.unreachable("nobody wants it");
    client.send({ type: "unsubscribe", data: { subscription_ids: ["sub_1"] } });
    await client.next("ack");
    fixture.sensing.show(poseFrame({ persons: [posedPerson({ densePose })] }));
    expect(await other.next("pose_data")).toMatchObject({ data: { persons: [{ person_id: 1 }] } });
  });

  const crowd = [
    posedPerson({ person: 1, score: 0.9, zones: ["bed"] }),
    posedPerson({ person: 2, score: 0.6, zones: ["door"] }),
    posedPerson({ person: 3, score: 0.3 }),
  ];

  it.each<[string, object, number[]]>([
    ["0.7 sure, unless it says otherwise", {}, [1]],
    ["as sure as it says", { min_confidence: 0.6 }, [1, 2]],
    ["all of them", { min_confidence: 0 }, [1, 2, 3]],
    ["nobody", { min_confidence: 1 }, []],
    ["those in a zone", { min_confidence: 0, zone_ids: ["door", "window"] }, [2]],
    ["those it names", { min_confidence: 0, person_ids: [1, 3] }, [1, 3]],
  ])("shows people that are %s", async (_, filters, expected) => {
    const client = await fixture.subscribed([poses(filters)]);
    fixture.sensing.show(poseFrame({ persons: crowd }));
    const { persons } = dataOf(await client.next("pose_data")) as unknown as wire.PoseData;
    expect(persons.map(({ person_id }) => person_id)).toEqual(expected);
  });

  it("covers every environment unless it names one", async () => {
    const all = await fixture.subscribed([{ event_type: "pose_data" }]);
    const one = await fixture.subscribed([poses()]);
    fixture.sensing.show(poseFrame({ frame: 1 }), "room_002");
    fixture.sensing.show(poseFrame({ frame: 2 }), "room_001");
    const seen = [dataOf(await all.next("pose_data")), dataOf(await all.next("pose_data"))];
    expect(seen.map(({ environment_id }) => environment_id).sort()).toEqual(["room_001", "room_002"]);
    expect(await one.next("pose_data")).toMatchObject({ data: { frame_id: 2 } });
  });

  it("delivers trajectories of those whose path is followed", async () => {
    const client = await fixture.subscribed([{ event_type: "pose_data_trajectory", filters: room }]);
    const golden = readGolden("server.pose_data_trajectory");
    const { trajectory, prediction } = golden.data;
    const followed = posedPerson({ trajectory: () => ({ trajectory, prediction }) });
    fixture.sensing.show(poseFrame({ persons: [posedPerson({ person: 2 }), followed] }));
    expect(await client.next("pose_data_trajectory")).toEqual({
      ...golden,
      metadata: { ...golden.metadata, sequence: 3 },
    });
  });

  it.each([
    ["gzip", gunzipSync],
    ["deflate", inflateSync],
  ] as const)("is packed by %s when it or the connection asks for it", async (compression, unpack) => {
    const bare = { include_keypoints: false, include_velocity: false };
    const golden = readGolden("server.pose_data.compressed");
    golden.metadata.compression = compression;
    const asked = await fixture.subscribed([poses(bare, { throttle: { compression } })]);
    const whole = await fixture.subscribed([poses(bare)], `?client_id=client_123&compression=${compression}`);
    fixture.sensing.show(poseFrame());
    for (const client of [asked, whole]) {
      expect(JSON.parse(unpack(await client.nextBinary()).toString())).toEqual(golden);
    }
  });

  it("is serialised and packed once for all who see the same", async () => {
    const compressed = poses({}, { throttle: { compression: "gzip" } });
    const clients = [await fixture.subscribed([compressed]), await fixture.subscribed([compressed])];
    let made = 0;
    const densePose = () => {
      made++;
      return null;
    };
    const dense = [poses({ include_dense_pose: true })];
    clients.push(await fixture.subscribed(dense), await fixture.subscribed(dense));
    fixture.sensing.show(poseFrame({ persons: [posedPerson({ densePose })] }));
    const [first, second, third, fourth] = clients;
    expect(await first?.nextBinary()).toEqual(await second?.nextBinary());
    await third?.next("pose_data");
    await fourth?.next("pose_data");
    expect(made).toBe(1);
  });

  it("ends the reading of frames with the last one who wants them", async () => {
    const client = await fixture.subscribed([poses(), { event_type: "system_event" }]);
    await fixture.sensing.until((sensing) => sensing.readers() === 1);
    client.send({ type: "unsubscribe", data: { subscription_ids: ["sub_1"] } });
    expect(dataOf(await client.next("ack"))).toMatchObject({ active_subscriptions: [{ subscription_id: "sub_2" }] });
    expect(fixture.sensing.readers()).toBe(0);
  });

  it("tells that the source of its frames was lost, and goes on when it is back", async () => {
    const client = await fixture.subscribed([poses()]);
    await fixture.sensing.until((sensing) => sensing.readers() === 1);
    fixture.sensing.breakPoses();
    expect(await client.next("error")).toMatchObject({ data: readGolden("server.error.connection").data });
    await fixture.sensing.until((sensing) => sensing.readers() === 1);
    fixture.sensing.show(poseFrame());
    await client.next("pose_data");
  });
});

const EVENTS = [
  "tracking_update",
  "system_event",
  "hardware_event",
  "activity_event",
  "activity_event.nobody",
  "occupancy_update",
  "performance_update",
  "config_update",
  "analytics_stream",
  "analytics_stream.first",
];

describe("a subscription to events", () => {
  it.each(EVENTS)("delivers %s as the golden file has it", async (name) => {
    const golden = readGolden(`server.${name}`);
    for (let offset = 1; offset < golden.metadata.stream.offset; offset++) fixture.sensing.record(fall);
    const client = await fixture.subscribed([{ event_type: golden.type, filters: room }]);
    fixture.sensing.record(happeningOf(`server.${name}`));
    expect(await client.next(golden.type)).toEqual({ ...golden, metadata: { ...golden.metadata, sequence: 3 } });
  });

  it.each([
    ["system_event", ["system_event", "hardware_event"]],
    ["analytics_update", ["occupancy_update", "analytics_stream", "analytics_stream"]],
    ["hardware_event", ["hardware_event"]],
  ])("to %s delivers %j, and only from now on", async (event_type, expected) => {
    fixture.sensing.record(happeningOf("server.hardware_event"));
    const client = await fixture.subscribed([{ event_type }, { event_type: "tracking_update" }]);
    for (const name of EVENTS) fixture.sensing.record(happeningOf(`server.${name}`));
    fixture.sensing.record(happeningOf("server.tracking_update"));
    for (const type of ["tracking_update", ...expected, "tracking_update"]) await client.next(type);
    expect(EVENTS.flatMap((type) => client.drain(type))).toEqual([]);
  });

  it("delivers an event once, however many subscriptions of a client match", async () => {
    const client = await fixture.subscribed([
      { event_type: "occupancy_update" },
      { event_type: "analytics_update" },
      { event_type: "analytics_update", filters: room },
    ]);
    fixture.sensing.record(happeningOf("server.occupancy_update"));
    await client.next("occupancy_update");
    await settled(client);
    expect(client.drain("occupancy_update")).toEqual([]);
  });

  const severities: Happening[] = (["info", "warning", "critical"] as const).map((severity) => {
    const happening = happeningOf("server.hardware_event");
    return { ...happening, data: { ...happening.data, severity } } as Happening;
  });
  const unsure = { ...fall, data: { ...fall.data, confidence: 0.4 } } as Happening;
  const bed = happeningOf("server.occupancy_update");
  const inBed = { ...bed, data: { ...bed.data, zone_id: "bed" } } as Happening;

  it.each<[string, string, object, readonly Happening[], number]>([
    ["a severity", "system_event", { severity: ["warning", "critical"] }, severities, 2],
    ["a severity of people", "activity_event", { severity: ["high"] }, [fall], 1],
    ["another severity", "activity_event", { severity: ["low"] }, [fall], 0],
    ["types of events", "activity_event", { event_types: ["fall_detected"] }, [fall], 1],
    ["other types of events", "activity_event", { event_types: ["fall_recovered"] }, [fall], 0],
    ["a person", "activity_event", { person_ids: [3] }, [fall], 1],
    ["another person", "activity_event", { person_ids: [4] }, [fall], 0],
    ["no least confidence", "activity_event", {}, [fall, unsure], 2],
    ["a confidence", "activity_event", { min_confidence: 0.5 }, [fall, unsure], 1],
    ["a zone", "occupancy_update", { zone_ids: ["bed"] }, [bed, inBed], 1],
    ["somebody present", "occupancy_update", { person_ids: [4, 9] }, [bed], 1],
    ["another environment", "activity_event", { environment_id: "room_002" }, [fall], 0],
  ])("lets through what has %s", async (_, event_type, filters, happenings, expected) => {
    const client = await fixture.subscribed([{ event_type, filters }, { event_type: "config_update" }]);
    for (const happening of happenings) fixture.sensing.record(happening);
    fixture.sensing.record(happeningOf("server.config_update"));
    await client.next("config_update");
    expect(EVENTS.flatMap((type) => client.drain(type))).toHaveLength(expected);
  });

  it("is packed like frames", async () => {
    const client = await fixture.subscribed([{ event_type: "activity_event" }], "?compression=gzip");
    fixture.sensing.record(fall);
    const message = JSON.parse(gunzipSync(await client.nextBinary()).toString());
    expect(message).toMatchObject({ data: { person_id: 3 }, metadata: { compression: "gzip", stream: { offset: 1 } } });
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
