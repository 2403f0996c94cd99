import { type CrossingEvent, type WallMs, wallMs } from "@sensorium/protocol";
import { describe, expect, it } from "vitest";
import { RateMeter } from "./rate-meter.ts";
import { type History, restoreTally, restoreTraffic } from "./restore.ts";
import { Tally } from "./tally.ts";

const at = (iso: string): WallMs => wallMs(Date.parse(iso));
const reset = { time: "04:00", zone: "Europe/Berlin" };

const crossing = (instant: WallMs, direction: "in" | "out" = "in", line = "door"): CrossingEvent => ({
  type: "crossing",
  id: `${instant}-${direction}-${line}`,
  environment: "default",
  camera: "c",
  wallMs: instant,
  simulated: false,
  line,
  direction,
  track: 1,
  className: "person",
  score: 0.9,
  at: 0,
  point: { x: 0, y: 0 },
});

/** A store that remembers these crossings and these recorded periods. */
const history = (
  crossings: readonly CrossingEvent[],
  periods: readonly { startMs: number; endMs: number | null }[] = [],
): History => ({
  async counts({ sinceMs }) {
    const since = crossings.filter((each) => each.wallMs >= sinceMs);
    return [...new Set(since.map(({ line }) => line))].map((line) => ({
      line,
      in: since.filter((each) => each.line === line && each.direction === "in").length,
      out: since.filter((each) => each.line === line && each.direction === "out").length,
    }));
  },
  crossings: async ({ fromMs, toMs }) =>
    crossings.filter((each) => each.wallMs >= fromMs && each.wallMs < toMs).toReversed(),
  traffic: async ({ sinceMs }) => ({ periods: periods.filter(({ startMs }) => startMs >= sinceMs) }),
});

const noon = at("2026-03-10T12:00:00Z");
const options = { camera: "c" as never, lines: ["door"], reset, traffic: {}, nowMs: noon };

describe("the counts of a day", () => {
  it("go on after a restart where they were", async () => {
    const before = [
      crossing(at("2026-03-10T02:59:59Z")),
      crossing(at("2026-03-10T03:00:00Z")),
      crossing(at("2026-03-10T09:00:00Z"), "out"),
    ];
    const tally = await restoreTally(history(before), options);
    expect(tally.total(noon)).toEqual({ in: 1, out: 1 });
    tally.add(crossing(noon), noon);
    expect(tally.total(noon)).toEqual({ in: 2, out: 1 });
  });

  it("begin at zero when the reset time comes, in the zone of the reset", () => {
    const tally = new Tally({ reset, lines: ["door"], nowMs: noon, counted: [{ line: "door", in: 7, out: 3 }] });
    expect(tally.total(at("2026-03-11T02:59:59.999Z"))).toEqual({ in: 7, out: 3 });
    expect(tally.total(at("2026-03-11T03:00:00Z"))).toEqual({ in: 0, out: 0 });
    tally.add(crossing(at("2026-03-11T02:59:59Z")), at("2026-03-11T03:00:01Z"));
    expect(tally.total(at("2026-03-11T03:00:02Z"))).toEqual({ in: 0, out: 0 });
  });

  it("are those of the lines that are there now", () => {
    const tally = new Tally({ reset, lines: ["door"], nowMs: noon, counted: [{ line: "gone", in: 4, out: 4 }] });
    tally.add(crossing(noon, "in", "gone"), noon);
    expect(tally.total(noon)).toEqual({ in: 0, out: 0 });
  });
});

describe("high traffic", () => {
  const seconds = (n: number): WallMs => wallMs(noon + n * 1000);
  const rush = (from: number): CrossingEvent[] => [0, 1, 2, 3, 4].map((n) => crossing(seconds(from + n)));

  it("is found as people come in, and is over when nobody does", async () => {
    const watch = await restoreTraffic(history([]), options);
    for (const event of rush(0)) watch.add(event);
    watch.add(crossing(seconds(4), "out"));
    expect(watch.step(seconds(5))).toEqual([{ type: "started", startMs: seconds(0) }]);
    expect(watch.since(noon)).toEqual({ trafficEvents: 1, traffic: { startMs: seconds(0), countIn: 5 } });
    expect(watch.step(seconds(64))).toEqual([{ type: "ended", startMs: seconds(0), endMs: seconds(4), countIn: 5 }]);
    expect(watch.since(noon)).toEqual({ trafficEvents: 1, traffic: null });
  });

  it("goes on after a restart without being announced twice", async () => {
    const nowMs = seconds(10);
    const watch = await restoreTraffic(history(rush(0), [{ startMs: seconds(0), endMs: null }]), { ...options, nowMs });
    watch.add(crossing(seconds(11)));
    expect(watch.step(seconds(12))).toEqual([]);
    expect(watch.since(noon)).toEqual({ trafficEvents: 1, traffic: { startMs: seconds(0), countIn: 6 } });
  });

  it("is announced after a restart when its beginning could not be recorded", async () => {
    const watch = await restoreTraffic(history(rush(0)), { ...options, nowMs: seconds(10) });
    expect(watch.since(noon).trafficEvents).toBe(1);
    expect(watch.step(seconds(10))).toEqual([{ type: "started", startMs: seconds(0) }]);
    expect(watch.step(seconds(11))).toEqual([]);
  });

  it("that ended while nothing ran is closed at the next start", async () => {
    const nowMs = seconds(3600);
    const watch = await restoreTraffic(history(rush(0), [{ startMs: seconds(0), endMs: null }]), { ...options, nowMs });
    expect(watch.step(nowMs)).toEqual([{ type: "ended", startMs: seconds(0), endMs: seconds(4), countIn: 5 }]);
  });
});

describe("a rate", () => {
  it("is not known before it was measured for a while, then follows the counter", () => {
    const meter = new RateMeter(5_000);
    meter.note(0, 0);
    expect(meter.perSecond).toBeNull();
    for (let s = 1; s <= 10; s++) meter.note(s * 12, s * 1000);
    expect(meter.perSecond).toBe(12);
    for (let s = 11; s <= 20; s++) meter.note(120, s * 1000);
    expect(meter.perSecond).toBe(0);
  });
});
