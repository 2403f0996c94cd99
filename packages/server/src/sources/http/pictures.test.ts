import { WebServer } from "@sensorium/testkit";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../flow/supervise.ts";
import { HttpClient } from "./client.ts";
import { jpegOf } from "./jpeg.fixture.ts";
import { snapshots } from "./pictures.ts";

/** When each of so many snapshots, a second apart, is asked for, where answering number `n` takes `slow(n)` ms. */
async function askedAt(count: number, slow: (number: number) => number): Promise<number[]> {
  let now = 0;
  const asked: number[] = [];
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
  };
  const clock: Clock = { now: () => now, random: () => 0, sleep };
  await using camera = await WebServer.listen((_, response, number) => {
    asked.push(now);
    now += slow(number);
    response.end(jpegOf(4, 4));
  });
  const stop = new AbortController();
  const client = new HttpClient({ url: camera.url("/") }, 5_000);
  const ignore = (): void => undefined;
  const options = { client, label: client.label, intervalMs: 1_000, timeoutMs: 5_000, clock, signal: stop.signal };
  let taken = 0;
  for await (const { size } of snapshots(await client.get(stop.signal), {
    ...options,
    onDamaged: ignore,
    onBytes: ignore,
  })) {
    expect(size).toEqual({ width: 4, height: 4 });
    if (++taken === count) break;
  }
  return asked;
}

describe("snapshots at an interval", () => {
  it("do not drift, however long each takes", async () => {
    expect(await askedAt(4, (number) => number * 130)).toEqual([0, 1_130, 2_130, 3_130]);
  });

  it("leave out those that a slow camera missed, and do not make up for them", async () => {
    expect(await askedAt(4, (number) => (number === 2 ? 2_500 : 0))).toEqual([0, 1_000, 4_000, 5_000]);
  });
});
