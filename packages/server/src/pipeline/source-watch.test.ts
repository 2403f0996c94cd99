import type { SourceState } from "@sensorium/protocol";
import { expect, it } from "vitest";
import { SourceWatch } from "./source-watch.ts";

it("a source that says the same again is no news once a frame has come", () => {
  const source = new SourceWatch(1_000);
  const refused = { reason: "the camera refused", nowMs: 2_000 };
  expect([source.enter("offline", refused), source.enter("offline", refused)]).toEqual([true, true]);
  expect(source.enter("online", { reason: null, nowMs: 3_000 })).toBe(true);
  source.heard(3_040);
  expect(source.enter("online", { reason: null, nowMs: 4_000 })).toBe(false);
  expect(source.enter("offline", { reason: "no answer", nowMs: 5_000 })).toBe(true);
  expect(source.enter("offline", { reason: "no route", nowMs: 6_000 })).toBe(true);
  expect(source.changes).toBe(5);
});

it("a source was tried again as often as it was connected to since it was online, the first time left out", () => {
  const source = new SourceWatch(1_000);
  const attempts = (state: SourceState, reason: string | null = null): number => {
    source.enter(state, { reason, nowMs: 2_000 });
    return source.attempts;
  };
  expect([attempts("connecting"), attempts("offline", "no route")]).toEqual([0, 0]);
  expect([attempts("connecting"), attempts("offline", "no route"), attempts("connecting")]).toEqual([1, 1, 2]);
  expect([attempts("online"), attempts("stalled"), attempts("online"), attempts("offline", "gone")]).toEqual([
    0, 0, 0, 0,
  ]);
  expect([attempts("connecting"), attempts("online")]).toEqual([1, 0]);
});

it("a source has been in its state since that was news, and its newest frame ages", () => {
  const source = new SourceWatch(1_000);
  expect(source.status(1_500)).toEqual({ state: "connecting", reason: null, sinceMs: 1_000, frameAgeMs: null });
  source.enter("online", { reason: null, nowMs: 2_000 });
  source.heard(2_100);
  source.enter("online", { reason: null, nowMs: 3_000 });
  expect(source.status(3_000)).toEqual({ state: "online", reason: null, sinceMs: 2_000, frameAgeMs: 900 });
});
