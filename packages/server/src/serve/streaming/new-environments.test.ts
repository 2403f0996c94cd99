import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { poseFrame, ScriptedSensing } from "../testing/scripted-sensing.ts";
import { dataOf, GOLDEN_MS, happeningOf, StreamingFixture, settled, subscribe } from "../testing/streaming.fixture.ts";
import type { TestClient } from "../testing/test-client.ts";

const fall = happeningOf("activity_event");
const everything = { event_type: "activity_event" };

let clock: HandClock;
let access: TestAuth;
let sensing: ScriptedSensing;
let fixture: StreamingFixture;
beforeEach(async () => {
  clock = new HandClock(GOLDEN_MS);
  access = await TestAuth.open(clock);
  sensing = new ScriptedSensing(["room_001"]);
  fixture = await StreamingFixture.open({ clock, sensing, auth: access.auth });
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
});

const tokenFor = (accessible_zones?: readonly string[]): Promise<string> =>
  access.token({ claims: { permissions: ["read"], accessible_zones } });
const join = async (...environments: readonly string[]): Promise<TestClient> =>
  fixture.join(`?token=${await tokenFor(environments.length > 0 ? environments : undefined)}`);
const record = (...environments: readonly string[]): void => {
  for (const environment of environments) sensing.record(fall, environment);
};
const at = (environment_id: string, offset: number) => ({ environment_id, epoch: sensing.epoch, offset });

/** Where the events stand that have come, all that were sent. */
async function told(client: TestClient): Promise<[string | undefined, number | undefined][]> {
  for (let i = 0; i < 3; i++) await settled(client);
  return client.drain("activity_event").map((message) => {
    const { stream } = wire.EventMessage.parse(message).metadata ?? {};
    return [stream?.environment_id, stream?.offset];
  });
}

describe("a subscription to everything", () => {
  it("takes up an environment that comes, with all that happens in it", async () => {
    const client = await join();
    await subscribe(client, [everything]);
    record("room_001");
    sensing.appear("room_002");
    record("room_002", "room_001", "room_002", "room_002", "room_002");
    const came = await told(client);
    expect(came.filter(([environment]) => environment === "room_001").flat()).toEqual(["room_001", 1, "room_001", 3]);
    expect(came.filter(([environment]) => environment === "room_002").map(([, offset]) => offset)).toEqual([
      2, 4, 5, 6,
    ]);
    record("room_002");
    expect(await told(client)).toEqual([["room_002", 7]]);
  });

  it("sends each of its events once, in order, also what happens while the record is read", async () => {
    const client = await join();
    await subscribe(client, [everything, { event_type: "config_update" }]);
    const release = sensing.holdReads();
    sensing.appear("room_002");
    record("room_002", "room_002", "room_002", "room_002", "room_002");
    await sensing.until(({ reads }) => reads > 0);
    expect(await told(client)).toEqual([]);
    release();
    record("room_002");
    expect(await told(client)).toEqual([1, 2, 3, 4, 5, 6].map((offset) => ["room_002", offset]));
  });

  it("says at once from where its events follow, by a heartbeat and nothing else", async () => {
    const client = await join();
    await subscribe(client, [everything]);
    record("room_001");
    await client.next("activity_event");
    sensing.appear("room_002");
    record("room_001");
    const beat = wire.HeartbeatMessage.parse(await client.next("heartbeat"));
    expect(beat.data.streams).toContainEqual(at("room_002", 1));
    await client.next("activity_event");
    await settled(client);
    for (const other of ["ack", "error", "heartbeat", "system_event"]) expect(client.drain(other)).toEqual([]);
  });

  it("shows its frames", async () => {
    const client = await join();
    await subscribe(client, [{ event_type: "pose_data" }]);
    sensing.appear("room_002");
    await sensing.until(() => sensing.readers("room_002") === 1);
    sensing.show(poseFrame(), "room_002");
    expect(await client.next("pose_data")).toMatchObject({ data: { environment_id: "room_002" } });
    expect(client.drain("heartbeat")).toEqual([]);
  });

  it("may be made before there is anything", async () => {
    sensing.vanish("room_001");
    const client = await join();
    expect(await subscribe(client, [everything])).toMatchObject({ status: "success" });
    sensing.appear("room_002", "room_003");
    record("room_003", "room_002");
    expect(new Set(await told(client))).toEqual(
      new Set([
        ["room_003", 1],
        ["room_002", 2],
      ]),
    );
  });

  it("covers what its client may see, and no more", async () => {
    const [one, two] = [await join("room_001", "room_002"), await join("room_001", "room_003")];
    for (const client of [one, two]) await subscribe(client, [everything]);
    sensing.appear("room_002", "room_003");
    record("room_002", "room_003");
    expect(await told(one)).toEqual([["room_002", 1]]);
    expect(await told(two)).toEqual([["room_003", 2]]);
    expect(JSON.stringify(two.drain("heartbeat"))).not.toContain("room_002");
  });

  it("covers more when a fresh token allows more", async () => {
    sensing.appear("room_002");
    const client = await join("room_001");
    await subscribe(client, [everything]);
    record("room_002");
    client.send({ type: "auth", data: { token: await tokenFor() } });
    expect(dataOf(await client.next("ack"))).toMatchObject({ message_type: "auth", status: "success" });
    record("room_002");
    expect(await told(client)).toEqual([["room_002", 2]]);
  });

  it("is told the end of an environment that goes, and goes on with it when it comes back", async () => {
    sensing.appear("room_002");
    const client = await join();
    await subscribe(client, [everything]);
    record("room_002");
    sensing.vanish("room_002");
    record("room_002");
    sensing.appear("room_002");
    record("room_002");
    expect(await told(client)).toEqual([1, 2, 3].map((offset) => ["room_002", offset]));
    expect(client.drain("heartbeat")).toEqual([]);
  });
});

it("a subscription to one environment is not to another that comes", async () => {
  const client = await join();
  await subscribe(client, [{ ...everything, filters: { environment_id: "room_001" } }]);
  sensing.appear("room_002");
  record("room_002", "room_001");
  expect(await told(client)).toEqual([["room_001", 2]]);
});

describe("a client that comes back", () => {
  it("has missed nothing of an environment that came when it was away", async () => {
    const before = await join();
    await subscribe(before, [everything]);
    record("room_001");
    await before.next("activity_event");
    await before[Symbol.asyncDispose]();
    sensing.appear("room_002");
    record("room_002", "room_001", "room_002");
    const after = await join();
    const recover = [at("room_001", 1)];
    expect(await subscribe(after, [everything], { recover })).toMatchObject({ recovered: true });
    expect(await told(after)).toEqual([
      ["room_001", 3],
      ["room_002", 2],
      ["room_002", 4],
    ]);
  });

  it("is told the end of an environment that went when it was away, and everything when that is back", async () => {
    sensing.appear("room_002", "room_003");
    record("room_001", "room_002", "room_003", "room_002");
    sensing.vanish("room_002");
    sensing.vanish("room_003");
    const client = await join();
    const recover = [at("room_001", 2), at("room_002", 2), at("room_003", 3), at("nowhere", 1)];
    expect(await subscribe(client, [everything], { recover })).toMatchObject({
      recovered: true,
      streams: [at("room_001", 2), at("room_002", 2)],
    });
    expect(await told(client)).toEqual([["room_002", 4]]);
    sensing.appear("room_002", "room_003");
    record("room_003", "room_002");
    expect(new Set(await told(client))).toEqual(
      new Set([
        ["room_003", 5],
        ["room_002", 6],
      ]),
    );
  });
});
