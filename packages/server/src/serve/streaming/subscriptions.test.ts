import { gunzipSync, inflateSync } from "node:zlib";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Happening, posedPerson, poseFrame, ScriptedSensing } from "../testing/scripted-sensing.ts";
import {
  dataOf,
  happeningOf,
  poses,
  readGolden,
  room,
  StreamingFixture,
  settled,
} from "../testing/streaming.fixture.ts";

let fixture: StreamingFixture;
beforeEach(async () => {
  fixture = await StreamingFixture.open({ sensing: new ScriptedSensing(["room_001", "room_002"]) });
});
afterEach(() => fixture[Symbol.asyncDispose]());

const fall = happeningOf("activity_event");

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
    fixture.sensing.record(happeningOf(name));
    expect(await client.next(golden.type)).toEqual({ ...golden, metadata: { ...golden.metadata, sequence: 3 } });
  });

  it.each([
    ["system_event", ["system_event", "hardware_event"]],
    ["analytics_update", ["occupancy_update", "analytics_stream", "analytics_stream"]],
    ["hardware_event", ["hardware_event"]],
  ])("to %s delivers %j, and only from now on", async (event_type, expected) => {
    fixture.sensing.record(happeningOf("hardware_event"));
    const client = await fixture.subscribed([{ event_type }, { event_type: "tracking_update" }]);
    for (const name of EVENTS) fixture.sensing.record(happeningOf(name));
    fixture.sensing.record(happeningOf("tracking_update"));
    for (const type of ["tracking_update", ...expected, "tracking_update"]) await client.next(type);
    expect(EVENTS.flatMap((type) => client.drain(type))).toEqual([]);
  });

  it("delivers an event once, however many subscriptions of a client match", async () => {
    const client = await fixture.subscribed([
      { event_type: "occupancy_update" },
      { event_type: "analytics_update" },
      { event_type: "analytics_update", filters: room },
    ]);
    fixture.sensing.record(happeningOf("occupancy_update"));
    await client.next("occupancy_update");
    await settled(client);
    expect(client.drain("occupancy_update")).toEqual([]);
  });

  const severities: Happening[] = (["info", "warning", "critical"] as const).map((severity) => {
    const happening = happeningOf("hardware_event");
    return { ...happening, data: { ...happening.data, severity } } as Happening;
  });
  const unsure = { ...fall, data: { ...fall.data, confidence: 0.4 } } as Happening;
  const bed = happeningOf("occupancy_update");
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
    fixture.sensing.record(happeningOf("config_update"));
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
