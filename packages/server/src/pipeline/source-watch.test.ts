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

it("a source has been in its state since that was news, and its newest frame ages", () => {
  const source = new SourceWatch(1_000);
  expect(source.status(1_500)).toEqual({ state: "connecting", reason: null, sinceMs: 1_000, frameAgeMs: null });
  source.enter("online", { reason: null, nowMs: 2_000 });
  source.heard(2_100);
  source.enter("online", { reason: null, nowMs: 3_000 });
  expect(source.status(3_000)).toEqual({ state: "online", reason: null, sinceMs: 2_000, frameAgeMs: 900 });
});
