import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HandClock } from "../testing/hand-clock.ts";
import { Ceilings } from "./ceilings.ts";
import { Pace } from "./pace.ts";
import { MessageRates } from "./rates.ts";
import type { SensedEvent } from "./source.ts";

/** How many of the frames that come at `gaps` go at `perSecond`. */
function admitted(perSecond: number, gaps: readonly number[]): number {
  const pace = new Pace(perSecond);
  let now = 0;
  let count = 0;
  for (const gap of gaps) {
    if (pace.admits(now)) count++;
    now += gap;
  }
  return count;
}

const steady = (fps: number, seconds: number): number[] => Array.from({ length: fps * seconds }, () => 1000 / fps);

describe("a pace", () => {
  it.each([
    [30, 10],
    [30, 25],
    [30, 29],
    [25, 10],
    [25, 0.5],
    [60, 30],
    [10, 10],
    [29.97, 15],
  ])("of frames at %d a second lets through %d a second, within 5 %%", (fps, perSecond) => {
    const count = admitted(perSecond, steady(fps, 60));
    expect(Math.abs(count / 60 - perSecond) / perSecond).toBeLessThan(0.05);
  });

  it("slower than the source's loses none of frames that are not quite evenly spaced", () => {
    const gaps = Array.from({ length: 600 }, (_, i) => (i % 2 ? 92 : 108));
    expect(admitted(10, gaps)).toBe(600);
  });

  it("is never exceeded by more than a frame, however the frames come", () => {
    const gaps = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 30 }), (each, perSecond) => {
        const passedMs = each.slice(0, -1).reduce((sum, gap) => sum + gap, 0);
        return admitted(perSecond, each) <= (passedMs / 1000) * perSecond + 2;
      }),
    );
  });

  it("does not make up for a pause", () => {
    expect(admitted(10, [60_000, ...steady(100, 1)])).toBeLessThanOrEqual(12);
  });
});

describe("the messages of a client", () => {
  it("that subscribe are 10 in any minute, as the table says", () => {
    const rates = new MessageRates();
    for (let i = 0; i < 10; i++) expect(rates.refuse(i % 2 ? "subscribe" : "unsubscribe", i * 1000)).toBeNull();
    const refusal = { current_rate: 11, limit: 10, window: "1_minute", retry_after: 50 };
    expect(rates.refuse("subscribe", 10_000)).toEqual(refusal);
    expect(rates.refuse("subscribe", 59_999)).toEqual({ ...refusal, current_rate: 12, retry_after: 1 });
    expect(rates.refuse("subscribe", 60_000)).toBeNull();
    expect(rates.refuse("subscribe", 60_001)).toMatchObject({ current_rate: 11, retry_after: 1 });
  });

  it("that are heartbeats are one in 30 seconds, with two of slack", () => {
    const rates = new MessageRates();
    expect(rates.refuse("heartbeat", 0)).toBeNull();
    expect(rates.refuse("heartbeat", 27_999)).toMatchObject({ limit: 1, window: "30_seconds", current_rate: 2 });
    expect(rates.refuse("heartbeat", 28_000)).toBeNull();
    expect(rates.refuse("heartbeat", 58_000)).toBeNull();
  });

  it("of other types, and those that are not understood, are 60 in any minute together", () => {
    const rates = new MessageRates();
    const types = ["update_subscription", "connection_status", "auth", undefined];
    for (let i = 0; i < 60; i++) expect(rates.refuse(types[i % 4], i)).toBeNull();
    expect(rates.refuse(undefined, 60)).toMatchObject({ current_rate: 61, limit: 60, retry_after: 60 });
    expect(rates.refuse("subscribe", 61)).toBeNull();
  });

  it("are a flood when a hundred were refused within a minute", () => {
    const rates = new MessageRates();
    for (let i = 0; i < 60; i++) rates.refuse(undefined, 0);
    for (let i = 0; i < 99; i++) rates.refuse(undefined, 1);
    expect(rates.isFlood(1)).toBe(false);
    rates.refuse(undefined, 2);
    expect(rates.isFlood(2)).toBe(true);
    expect(rates.isFlood(60_001)).toBe(false);
  });
});

describe("the events to a client", () => {
  function ceilings() {
    const clock = new HandClock(0);
    const sent: number[] = [];
    let overflowed = false;
    const limited = new Ceilings({
      clock,
      send: ({ bytes }) => sent.push(Number(Buffer.from(bytes).toString())),
      overflow: () => {
        overflowed = true;
      },
    });
    let number = 0;
    const send = (type: SensedEvent["type"], count = 1, environment = "room_001"): void => {
      const next = () => ({ bytes: Buffer.from(String(number++)), binary: false });
      for (let i = 0; i < count; i++) limited.send(next(), { type, environment, offset: number });
    };
    return { clock, sent, send, limited, overflowed: () => overflowed };
  }

  it.each<[SensedEvent["type"], number]>([
    ["system_event", 100],
    ["hardware_event", 100],
    ["performance_update", 100],
    ["config_update", 100],
    ["occupancy_update", 60],
    ["analytics_stream", 60],
  ])("of type %s are %d in any minute; the others wait and come in order", (type, limit) => {
    const { clock, sent, send } = ceilings();
    send(type, 250);
    expect(sent).toHaveLength(limit);
    clock.advance(59_999);
    expect(sent).toHaveLength(limit);
    clock.advance(1);
    expect(sent).toHaveLength(2 * limit);
    clock.advance(300_000);
    expect(sent).toEqual(Array.from({ length: 250 }, (_, i) => i));
  });

  it("keep their order across types", () => {
    const { clock, sent, send } = ceilings();
    send("occupancy_update", 61);
    send("system_event");
    send("tracking_update");
    expect(sent).toHaveLength(60);
    clock.advance(60_000);
    expect(sent).toEqual(Array.from({ length: 63 }, (_, i) => i));
  });

  it("are never late when somebody falls: what waits goes with it", () => {
    const { sent, send } = ceilings();
    send("occupancy_update", 90);
    send("activity_event", 500);
    expect(sent).toEqual(Array.from({ length: 590 }, (_, i) => i));
  });

  it("that will not come through in time are told of", () => {
    const { send, overflowed } = ceilings();
    send("system_event", 10_100);
    expect(overflowed()).toBe(false);
    send("system_event", 1);
    expect(overflowed()).toBe(true);
  });

  it("of an environment that is not followed any more wait no longer", () => {
    const { clock, sent, send, limited } = ceilings();
    send("occupancy_update", 61);
    send("occupancy_update", 1, "room_002");
    limited.forget("room_001");
    clock.advance(60_000);
    expect(sent).toEqual([...Array(60).keys(), 61]);
  });

  it("stop with the client", () => {
    const { clock, sent, send, limited } = ceilings();
    send("system_event", 200);
    limited[Symbol.dispose]();
    clock.advance(600_000);
    expect(sent).toHaveLength(100);
  });
});
