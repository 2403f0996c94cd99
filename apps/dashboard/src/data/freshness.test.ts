import type { live } from "@sensorium/protocol/wire";
import { describe, expect, it } from "vitest";
import { ageText, freshnessOf } from "./freshness.ts";

const open = { phase: "open" } as const;
const status = (change: Partial<live.CameraState>): live.CameraState => ({
  id: "door",
  name: "Front door",
  source: "",
  simulated: false,
  state: "online",
  reason: null,
  sinceMs: 0,
  frameAgeMs: 80,
  size: null,
  model: null,
  classes: [],
  lines: [],
  zones: [],
  rates: { captured: null, inferred: null },
  limitedBy: null,
  totals: { captured: 0, gated: 0, inferred: 0, dropped: 0, undecodable: 0, stateChanges: 0 },
  ...change,
});
const judge = (change: Partial<live.CameraState>, passedMs = 0) =>
  freshnessOf(open, { status: status(change), receivedMs: 1_000 }, 1_000 + passedMs);

describe("a picture on the page", () => {
  it("is live while the source is online and its newest frame is young", () => {
    expect(judge({}, 100)).toEqual({ kind: "live", label: "Live", reason: null, ageMs: 180 });
  });

  it.each([
    ["the source stalled", { state: "stalled", reason: "no picture for 5 s" }, "stalled"],
    ["the source is offline", { state: "offline", reason: "refused" }, "offline"],
    ["the source is being connected", { state: "connecting" }, "connecting"],
    ["its newest frame is old, though the source says online", { frameAgeMs: 2_500 }, "stalled"],
  ] as const)("is not live when %s", (_, change, kind) => {
    expect(judge(change).kind).toBe(kind);
  });

  it("is not live when the server falls silent", () => {
    expect(judge({}, 2_500)).toMatchObject({ kind: "stalled", ageMs: 2_580 });
  });

  it("is not live without a connection, and says when the next attempt is due", () => {
    const received = { status: status({}), receivedMs: 0 };
    expect(freshnessOf({ phase: "waiting", retryAtMs: 4_200 }, received, 1_000)).toEqual({
      kind: "disconnected",
      label: "Disconnected",
      reason: "The server does not answer; next attempt in 4 s",
      ageMs: 1_080,
    });
  });
});

describe("an age", () => {
  it.each([
    [80, "less than 1 s"],
    [2_430, "2.4 s"],
    [9_900, "9.9 s"],
    [12_345, "12 s"],
    [180_000, "3 min"],
    [7_200_000, "2 h"],
  ])("of %i ms reads %s", (ms, text) => {
    expect(ageText(ms)).toBe(text);
  });
});
