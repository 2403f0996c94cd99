import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptedSensing } from "../testing/scripted-sensing.ts";
import { dataOf, happeningOf, room, StreamingFixture, settled, subscribe } from "../testing/streaming.fixture.ts";
import type { TestClient } from "../testing/test-client.ts";

const falls = { event_type: "activity_event", filters: room };

const fall = happeningOf("activity_event");
const occupancy = happeningOf("occupancy_update");

let fixture: StreamingFixture;
let sensing: ScriptedSensing;
beforeEach(async () => {
  sensing = new ScriptedSensing(["room_001", "room_002"]);
  fixture = await StreamingFixture.open({ sensing });
});
afterEach(() => fixture[Symbol.asyncDispose]());

const at = (offset: number) => ({ recover: { epoch: sensing.epoch, offset } });
const record = (count: number, happening = fall, environment = "room_001"): void => {
  for (let i = 0; i < count; i++) sensing.record(happening, environment);
};

/** The offsets of the next events of a type. */
async function offsets(client: TestClient, count: number, type = "activity_event"): Promise<number[]> {
  const seen: number[] = [];
  while (seen.length < count) {
    const { metadata } = wire.EventMessage.parse(await client.next(type));
    seen.push(metadata?.stream?.offset ?? -1);
  }
  return seen;
}

const span = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("a client that comes back", () => {
  it("gets everything since, in order, and then what is new", async () => {
    record(20);
    const client = await fixture.join();
    expect(await subscribe(client, [falls], at(4))).toMatchObject({
      recovered: true,
      streams: [{ environment_id: "room_001", epoch: sensing.epoch, offset: 4 }],
    });
    record(5);
    expect(await offsets(client, 21)).toEqual(span(5, 25));
    await settled(client);
    expect(client.drain("activity_event")).toEqual([]);
  });

  it("gets nothing when nothing happened", async () => {
    record(3);
    const client = await fixture.join();
    expect(await subscribe(client, [falls], at(3))).toMatchObject({ recovered: true });
    record(1);
    expect(await offsets(client, 1)).toEqual([4]);
  });

  it("gets each event once, also what happens while the record is read", async () => {
    record(10);
    const follower = await fixture.subscribed([falls]);
    const client = await fixture.join();
    const release = sensing.holdReads();
    client.send({ type: "subscribe", data: { subscriptions: [falls], ...at(0) } });
    await sensing.until(({ reads }) => reads > 0);
    record(5);
    expect(await offsets(follower, 5)).toEqual(span(11, 15));
    release();
    expect(dataOf(await client.next("ack"))).toMatchObject({ recovered: true });
    record(5);
    expect(await offsets(client, 20)).toEqual(span(1, 20));
    await settled(client);
    expect(client.drain("activity_event")).toEqual([]);
  });

  it("gets what is durable but was not told yet once too", async () => {
    const client = await fixture.subscribed([{ event_type: "config_update" }]);
    for (let i = 0; i < 4; i++) sensing.recordQuietly(fall);
    await subscribe(client, [falls], at(0));
    expect(await offsets(client, 4)).toEqual(span(1, 4));
    record(1);
    expect(await offsets(client, 1)).toEqual([5]);
  });

  it("gets only what its filters let through", async () => {
    record(3);
    record(2, occupancy);
    record(2);
    const client = await fixture.join();
    await subscribe(client, [{ event_type: "occupancy_update" }], {
      recover: [
        { environment_id: "room_001", epoch: sensing.epoch, offset: 0 },
        { environment_id: "room_002", epoch: sensing.epoch, offset: 0 },
      ],
    });
    expect(await offsets(client, 2, "occupancy_update")).toEqual([4, 5]);
    await settled(client);
    expect(client.drain("activity_event")).toEqual([]);
  });

  it("gets everything of an environment that it does not know of since what it knows, and recovers the others", async () => {
    record(3);
    record(1, fall, "room_002");
    record(1);
    const client = await fixture.join();
    const recover = [
      { environment_id: "room_001", epoch: sensing.epoch, offset: 2 },
      { environment_id: "attic", epoch: "of another server", offset: 99 },
    ];
    const ack = await subscribe(client, [{ event_type: "activity_event" }], { recover });
    expect(ack).toMatchObject({ recovered: true, streams: [{ offset: 2 }, { environment_id: "room_002", offset: 2 }] });
    expect(await offsets(client, 3)).toEqual([3, 5, 4]);
  });

  it("gets what another of its subscriptions awaits by that one only", async () => {
    record(2);
    const client = await fixture.subscribed([falls]);
    record(3);
    expect(await offsets(client, 3)).toEqual(span(3, 5));
    await subscribe(client, [falls], at(0));
    expect(await offsets(client, 2)).toEqual([1, 2]);
    record(1);
    expect(await offsets(client, 1)).toEqual([6]);
    await settled(client);
    expect(client.drain("activity_event")).toEqual([]);
  });

  it("is not held up by ceilings for what it recovers", async () => {
    record(300, occupancy);
    const client = await fixture.join();
    await subscribe(client, [{ event_type: "occupancy_update", filters: room }], at(0));
    expect(await offsets(client, 300, "occupancy_update")).toEqual(span(1, 300));
  });

  it("may be a server's restart later", async () => {
    record(3);
    const before = await fixture.subscribed([falls]);
    record(1);
    const message = wire.EventMessage.parse(await before.next("activity_event"));
    const { environment_id, ...recover } = message.metadata?.stream ?? {};
    expect(environment_id).toBe("room_001");
    await using restarted = await StreamingFixture.open({ sensing });
    record(2);
    const after = await restarted.join();
    expect(await subscribe(after, [falls], { recover })).toMatchObject({ recovered: true });
    expect(await offsets(after, 2)).toEqual([5, 6]);
  });

  it.each<[string, () => object]>([
    ["of another server", () => ({ recover: { epoch: "another", offset: 2 } })],
    ["that is yet to come", () => at(99)],
    ["that is not kept any more", () => at(1)],
    ["of another environment", () => ({ recover: { environment_id: "room_002", ...at(2).recover } })],
  ])("with a position %s is told so, and gets what is new", async (_, recover) => {
    record(5);
    sensing.forgetBefore(4);
    const client = await fixture.join();
    expect(await subscribe(client, [falls], recover())).toMatchObject({
      recovered: false,
      streams: [{ environment_id: "room_001", epoch: sensing.epoch, offset: 5 }],
    });
    record(1);
    expect(await offsets(client, 1)).toEqual([6]);
  });

  it("with one position for several environments is told that not all can be recovered", async () => {
    record(2);
    const client = await fixture.join();
    expect(await subscribe(client, [{ event_type: "activity_event" }], at(0))).toMatchObject({ recovered: false });
    record(1, fall, "room_002");
    expect(await client.next("activity_event")).toMatchObject({
      metadata: { stream: { environment_id: "room_002", offset: 3 } },
    });
  });

  it("and leaves again while its subscriptions are made leaves nothing behind", async () => {
    const [client, other] = [await fixture.join(), await fixture.join()];
    const release = sensing.holdReads();
    const subscriptions = [falls, { event_type: "pose_data", filters: room }];
    client.send({ type: "subscribe", data: { subscriptions, ...at(0) } });
    await sensing.until(({ reads }) => reads > 0);
    await client[Symbol.asyncDispose]();
    for (let i = 0; i < 5; i++) await settled(other);
    release();
    for (let i = 0; i < 5; i++) await settled(other);
    expect(sensing.readers()).toBe(0);
  });

  it("gets nothing more of what it ends while the record is read", async () => {
    record(9);
    const client = await fixture.join();
    const first = sensing.holdReads();
    client.send({ type: "subscribe", data: { subscriptions: [falls], ...at(0) } });
    await sensing.until(({ reads }) => reads === 1);
    first();
    const second = sensing.holdReads();
    await sensing.until(({ reads }) => reads === 2);
    client.send({ type: "unsubscribe", data: { subscription_ids: ["sub_1"] } });
    await settled(client);
    expect(client.drain("activity_event")).toHaveLength(3);
    second();
    for (let i = 0; i < 5; i++) await settled(client);
    expect(client.drain("activity_event")).toEqual([]);
    expect(sensing.reads).toBe(2);
  });

  it("is closed, to come back, when the record is cut under its eyes", async () => {
    record(10);
    sensing.cutAfter(2);
    const client = await fixture.join();
    expect(await subscribe(client, [falls], at(0))).toMatchObject({ recovered: true });
    expect(await offsets(client, 6)).toEqual(span(1, 6));
    expect(wire.reconnectAfter((await client.closed).code)).toBe("now");
  });
});
