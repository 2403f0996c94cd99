import { cameraId } from "@sensorium/protocol";
import { RtspServer } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StreamState, StreamTap } from "../../packages/server/src/capture/stream-tap.ts";
import { Streams } from "../../packages/server/src/capture/streams.ts";
import { type Clock, systemClock } from "../../packages/server/src/flow/supervise.ts";
import { silentLog } from "../../packages/server/src/observe/log.ts";
import type { Source } from "../../packages/server/src/sources/source.ts";
import { Bench, file, rtsp } from "./captures.ts";

const bench = new Bench();
let server: RtspServer;
let clip: string;
beforeAll(async () => {
  clip = await makeClip({ path: bench.path("door.mp4"), seconds: 60, fps: 20, size: { width: 160, height: 120 } });
  server = await RtspServer.launch({ door: clip });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Waits between attempts take no time. */
const hasty: Clock = { ...systemClock, sleep: (_, signal) => systemClock.sleep(20, signal) };
const openStreams = (): Streams => new Streams({ captures: bench.pool, clock: hasty, log: silentLog });

interface User {
  readonly tap: StreamTap;
  readonly states: string[];
  /** Takes this many frames more, and gives each back at once. */
  take(count: number): Promise<number[]>;
  reached(state: StreamState["state"]): Promise<void>;
}

function use(streams: Streams, source: Source): User {
  const states: string[] = [];
  let told = Promise.withResolvers<void>();
  const tap = streams.join(source, {
    camera: cameraId("test"),
    format: { width: 32, height: 32, fit: "contain" },
    slots: 2,
    onView: () => undefined,
    onState: ({ state }) => {
      states.push(state);
      told.resolve();
      told = Promise.withResolvers();
    },
  });
  const frames = tap.frames();
  return {
    tap,
    states,
    take: async (count) => {
      const times: number[] = [];
      while (times.length < count) {
        const { value: frame, done } = await frames.next();
        if (done) break;
        times.push(frame.at);
        frame[Symbol.dispose]();
      }
      return times;
    },
    reached: async (state) => {
      while (states.at(-1) !== state) await told.promise;
    },
  };
}

describe("a camera that two want", () => {
  it("is opened once, is lost for both and back for both, on one clock", { timeout: 30_000 }, async () => {
    await using streams = openStreams();
    const [one, other] = [use(streams, rtsp(server.url("door"))), use(streams, rtsp(server.url("door")))];
    expect(streams.size).toBe(1);
    const before = (await Promise.all([one.take(3), other.take(3)])).flat();
    await server.kill();
    await Promise.all([one.reached("offline"), other.reached("offline")]);
    await server.start();
    const after = (await Promise.all([one.take(6), other.take(6)])).map((times) => times.at(-1) ?? 0);
    for (const { states } of [one, other]) {
      expect(states.slice(0, 3)).toEqual(["connecting", "online", "offline"]);
      expect(states.at(-1)).toBe("online");
    }
    expect(Math.min(...after)).toBeGreaterThan(Math.max(...before));
    await one.tap[Symbol.asyncDispose]();
    expect(one.tap.totals.captured).toBeGreaterThanOrEqual(9);
  });

  it("stays with the one when the other leaves, and is closed when both have", async () => {
    await using streams = openStreams();
    const [one, other] = [use(streams, rtsp(server.url("door"))), use(streams, rtsp(server.url("door")))];
    await Promise.all([one.take(2), other.take(2)]);
    await one.tap[Symbol.asyncDispose]();
    expect((await other.take(5)).length).toBe(5);
    expect(streams.size).toBe(1);
    expect(one.states).toEqual(["connecting", "online"]);
    await other.tap[Symbol.asyncDispose]();
    expect(streams.size).toBe(0);
    expect(other.states).toEqual(["connecting", "online"]);
  });

  it("is joined by somebody who comes later, who is told at once how it is", async () => {
    await using streams = openStreams();
    const one = use(streams, rtsp(server.url("door")));
    await one.take(2);
    const late = use(streams, rtsp(server.url("door")));
    expect(late.states).toEqual(["online"]);
    expect((await late.take(2)).length).toBe(2);
  });
});

describe("a recording that two want", () => {
  it("begins anew for each", async () => {
    await using streams = openStreams();
    const one = use(streams, file(clip));
    await one.take(3);
    const other = use(streams, file(clip));
    expect(streams.size).toBe(2);
    expect((await other.take(1))[0]).toBe(0);
  });

  it("that is none is told to be so, for good", async () => {
    await using streams = openStreams();
    const user = use(streams, file(bench.path("missing.mp4")));
    expect(await user.take(1)).toEqual([]);
    expect(user.states).toEqual(["connecting", "offline"]);
  });
});
