import type { analytics } from "@sensorium/protocol/rest";
import { describe, expect, it } from "vitest";
import { fallsIn, isOpen } from "./falls.ts";

type Told = analytics.AnalyticsEventRecord;
let number = 0;

const told = (event: Told["event"], second: number, change: Partial<Told> = {}): Told => ({
  ...{ event_id: `event-${++number}`, type: "fall", event, severity: "high", environment_id: "ward", person_id: 4 },
  ...{ track_id: 9, confidence: 0.9, location: { x: 100, y: 200 }, actions_taken: [], acknowledged: null },
  timestamp: new Date(1_000 * second).toISOString(),
  metadata: {
    fall_duration: 3,
    impact_severity: 0.75,
    recovery_detected: event === "fall_recovered",
    camera_id: "bed",
  },
  simulated: false,
  ...change,
});

describe("a fall", () => {
  it("is one from its suspicion to its recovery, whatever the order in which it is read", () => {
    const suspected = told("fall_suspected", 10, { confidence: 0.6 });
    const confirmed = told("fall_detected", 12);
    const recovered = told("fall_recovered", 30, { metadata: { fall_duration: 20 }, confidence: 0.4 });
    const fall = {
      ...{ id: confirmed.event_id, environment: "ward", person: 4, atMs: 10_000, state: "recovered", seconds: 20 },
      ...{ confidence: 0.9, impact: 0.75, location: { x: 100, y: 200 }, camera: "bed", acknowledged: null },
      simulated: false,
    };
    expect(fallsIn([recovered, confirmed, suspected])).toEqual([fall]);
    expect(fallsIn([suspected, recovered, confirmed])).toEqual([fall]);
  });

  it("keeps its impact and its camera when the person is up again", () => {
    const [fall] = fallsIn([told("fall_detected", 12), told("fall_recovered", 30)]);
    expect(fall).toMatchObject({ impact: 0.75, camera: "bed", location: { x: 100, y: 200 } });
  });

  it("of somebody who falls again is another one", () => {
    const again = [told("fall_detected", 12), told("fall_recovered", 30), told("fall_detected", 60)];
    expect(fallsIn(again).map(({ state, atMs }) => [state, atMs])).toEqual([
      ["lying", 60_000],
      ["recovered", 12_000],
    ]);
  });

  it("of somebody else, or elsewhere, is another one", () => {
    const others = [
      told("fall_detected", 1),
      told("fall_recovered", 2, { person_id: 5 }),
      told("fall_recovered", 3, { environment_id: "hall" }),
    ];
    expect(fallsIn(others).map(({ state }) => state)).toEqual(["recovered", "recovered", "lying"]);
  });

  it("is open once it is confirmed, up again or not, until somebody has seen to any part of it", () => {
    const acknowledged = { at: "2026-03-14T09:20:00.000Z", by: "anna" };
    const openOf = (...records: readonly Told[]) => fallsIn(records).map(isOpen);
    expect(openOf(told("fall_suspected", 1))).toEqual([false]);
    expect(openOf(told("fall_detected", 1))).toEqual([true]);
    expect(openOf(told("fall_detected", 1), told("fall_recovered", 2))).toEqual([true]);
    expect(openOf(told("fall_detected", 1, { acknowledged }), told("fall_recovered", 2))).toEqual([false]);
  });
});
