import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { posedPerson, poseFrame } from "../testing/scripted-sensing.ts";
import { dataOf, happeningOf, readGolden, StreamingFixture, settled, subscribe } from "../testing/streaming.fixture.ts";
import type { TestClient } from "../testing/test-client.ts";

let fixture: StreamingFixture;
beforeEach(async () => {
  fixture = await StreamingFixture.open();
});
afterEach(() => fixture[Symbol.asyncDispose]());

const poses = (throttle: object, more: object = {}) => ({ event_type: "pose_data", throttle, ...more });

/** Shows frames at a rate for some seconds, and returns the numbers of those that reached the client. */
async function shown(client: TestClient, { fps, seconds }: { fps: number; seconds: number }): Promise<number[]> {
  await fixture.sensing.until((sensing) => sensing.readers() === 1);
  const seen: number[] = [];
  for (let frame = 0; frame < fps * seconds; frame++) {
    fixture.sensing.show(poseFrame({ frame }));
    await settled(client);
    seen.push(...client.drain("pose_data").map((message) => Number(dataOf(message).frame_id)));
    fixture.clock.advance(1000 / fps);
  }
  return seen;
}

describe("frames", () => {
  it.each([
    [{ max_fps: 10 }, 10],
    [{ max_fps: 2 }, 2],
    [{}, 10],
  ])("at 15 a second to who asked for %j are %d a second", async (throttle, expected) => {
    const client = await fixture.subscribed([poses(throttle)]);
    const seen = await shown(client, { fps: 15, seconds: 3 });
    expect(Math.abs(seen.length - 3 * expected)).toBeLessThanOrEqual(1);
  });

  it.each<[object, number[]]>([
    [{ max_fps: 10, buffer_size: 5 }, [8, 9, 10, 11, 12]],
    [{ max_fps: 10, buffer_size: 2 }, [11, 12]],
    [{ max_fps: 30, buffer_size: 5 }, [12]],
  ])("that a slow client cannot take are dropped, the oldest first, as %j says", async (throttle, kept) => {
    const client = await fixture.subscribed([poses(throttle)]);
    const other = await fixture.subscribed([poses({ max_fps: 10 })]);
    await fixture.sensing.until((sensing) => sensing.readers() === 1);
    client.socket.pause();
    const bulk = Array.from({ length: 12_000 }, (_, person) => posedPerson({ person: person + 1 }));
    for (let frame = 1; frame <= 12; frame++) {
      fixture.sensing.show(poseFrame({ frame, persons: frame === 1 ? bulk : [] }));
      expect(await other.next("pose_data")).toMatchObject({ data: { frame_id: frame } });
      fixture.clock.advance(100);
    }
    client.socket.resume();
    const seen: number[] = [];
    while (seen.at(-1) !== 12) seen.push(Number(dataOf(await client.next("pose_data")).frame_id));
    expect(seen.filter((frame) => frame >= 5)).toEqual(kept);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });
});

describe("a client that reads next to nothing", () => {
  it("has only the newest frame of each subscription wait where more bytes would than may", async () => {
    await using small = await StreamingFixture.open({ limits: { maxBytes: 2_000 } });
    const client = await small.subscribed(Array.from({ length: 20 }, () => poses({ max_fps: 10, buffer_size: 5 })));
    const other = await small.subscribed([poses({ max_fps: 10 })]);
    client.socket.pause();
    const bulk = Array.from({ length: 12_000 }, (_, person) => posedPerson({ person: person + 1 }));
    for (let frame = 1; frame <= 5; frame++) {
      small.sensing.show(poseFrame({ frame, persons: frame === 1 ? bulk : [] }));
      expect(await other.next("pose_data")).toMatchObject({ data: { frame_id: frame } });
      small.clock.advance(100);
    }
    client.socket.resume();
    await client.nextThat(({ data }) => (data as { frame_id?: number }).frame_id === 5);
    await settled(client);
    const late = client.drain("pose_data").filter(({ data }) => Number((data as { frame_id: number }).frame_id) > 1);
    expect(late.map(({ data }) => (data as { frame_id: number }).frame_id)).toEqual(late.map(() => 5));
  });

  it("is closed as too slow, misses no event when it comes back, and delays nobody", async () => {
    const filters = { environment_id: "room_001" };
    const slow = await fixture.subscribed([poses({}), { event_type: "activity_event", filters }]);
    const fast = await fixture.subscribed([{ event_type: "activity_event", filters }]);
    slow.socket.pause();
    await fixture.sensing.until((sensing) => sensing.readers() === 1);
    const bulk = Array.from({ length: 12_000 }, (_, person) => posedPerson({ person: person + 1 }));
    fixture.sensing.show(poseFrame({ persons: bulk }));
    const fall = happeningOf("activity_event");
    for (let i = 0; i < 5; i++) fixture.sensing.record(fall);
    for (let offset = 1; offset <= 5; offset++) {
      expect(await fast.next("activity_event")).toMatchObject({ metadata: { stream: { offset } } });
    }
    fixture.clock.advance(15_000);
    await settled(fast);
    fixture.clock.advance(2_000);
    slow.socket.resume();
    expect([wire.CLOSE.slowConsumer.code, 1006]).toContain((await slow.closed).code);
    const back = await fixture.join();
    const recover = { epoch: fixture.sensing.epoch, offset: 0 };
    await subscribe(back, [{ event_type: "activity_event", filters }], { recover });
    for (let offset = 1; offset <= 5; offset++) {
      expect(await back.next("activity_event")).toMatchObject({ metadata: { stream: { offset } } });
    }
  });

  it("is cut off when it answers no ping", async () => {
    const client = await fixture.join();
    client.socket.pause();
    fixture.clock.advance(20_000);
    fixture.clock.advance(20_000);
    client.socket.resume();
    expect((await client.closed).code).toBe(1006);
  });
});

describe("a client that sends too much", () => {
  it("is refused, as the golden file has it, and heard again after the time it is told", async () => {
    const client = await fixture.join();
    for (let i = 0; i < 10; i++) await subscribe(client, [{ event_type: "system_event" }]);
    client.send(readGolden("client.subscribe"));
    expect(await client.next("error")).toEqual(readGolden("server.error.rate-limit"));
    await fixture.pass(59_000, client);
    client.send(readGolden("client.subscribe"));
    expect(await client.next("error")).toMatchObject({ data: { details: { current_rate: 12, retry_after: 1 } } });
    fixture.clock.advance(1_000);
    await subscribe(client, [{ event_type: "system_event" }]);
  });

  it("may send a heartbeat every 30 seconds", async () => {
    const client = await fixture.join();
    const heartbeat = readGolden("client.heartbeat");
    client.send(heartbeat);
    await settled(client);
    await fixture.pass(28_000, client);
    client.send(heartbeat);
    await settled(client);
    expect(client.drain("error")).toEqual([]);
    client.send(heartbeat);
    const details = { current_rate: 2, limit: 1, window: "30_seconds", retry_after: 28 };
    expect(await client.next("error")).toMatchObject({ data: { error_code: "RATE_LIMIT_EXCEEDED", details } });
  });

  it("and does not stop is closed, while others are served", async () => {
    const [flood, other] = [await fixture.join(), await fixture.subscribed([poses({})])];
    for (let i = 0; i < 300; i++) flood.send("{");
    const { code, reason } = await flood.closed;
    expect({ code, reason }).toEqual({ code: wire.CLOSE.flooding.code, reason: wire.CLOSE.flooding.reason });
    expect(flood.drain("error")).toHaveLength(60 + 100);
    fixture.sensing.show(poseFrame());
    await other.next("pose_data");
  });
});

describe("a crowd", () => {
  it("from one address has a hundred places, and everybody else theirs", async () => {
    await using small = await StreamingFixture.open({ crowd: { maxPerAddress: 2, maxClients: 3 } });
    const first = await small.join();
    await small.join();
    expect((await (await small.connect()).closed).code).toBe(wire.CLOSE.tooManyConnections.code);
    first.send({ type: "disconnect" });
    await first.closed;
    await small.join();
  });

  it("that is too large is told to come later", async () => {
    await using small = await StreamingFixture.open({ crowd: { maxClients: 1 } });
    await small.join();
    expect((await (await small.connect()).closed).code).toBe(wire.CLOSE.full.code);
  });
});
