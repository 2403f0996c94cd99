import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changed, effective, parseSubscription, SubscriptionRequest, type Throttle } from "./subscription.ts";

const folder = new URL("./golden/", import.meta.url);
const golden = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const refused = readdirSync(folder).filter((name) => name.startsWith("refused."));

const poses = (change: object = {}): SubscriptionRequest => ({ event_type: "pose_data", ...change });
const throttled = (throttle: Throttle, quality?: "low" | "high") => {
  const { throttle: applied, quality: meant } = effective(poses({ throttle, quality }), null);
  return [meant, applied.max_fps, applied.buffer_size];
};

describe("a subscription", () => {
  it.each(refused)("%s says what is wrong", (name) => {
    const { subscription, problem } = golden(name);
    expect(parseSubscription(subscription)).toEqual(problem);
  });

  it.each<[string, Throttle, "low" | "high" | undefined, [string, number, number]]>([
    ["that asks for nothing is the printed clients'", {}, undefined, ["low", 10, 5]],
    ["of 10 a second is of low quality", { max_fps: 10, buffer_size: 5 }, undefined, ["low", 10, 5]],
    ["of more is of high quality, one frame waiting", { max_fps: 15, buffer_size: 5 }, undefined, ["high", 15, 1]],
    ["of low quality has 10 at most", { max_fps: 25 }, "low", ["low", 10, 5]],
    ["of high quality has 30 at most", { max_fps: 120 }, "high", ["high", 30, 1]],
    ["may ask for less", { max_fps: 0.5, buffer_size: 2 }, undefined, ["low", 0.5, 2]],
    ["may say nothing by null", { max_fps: null, buffer_size: null }, undefined, ["low", 10, 5]],
  ])("%s", (_, throttle, quality, expected) => {
    expect(throttled(throttle, quality)).toEqual(expected);
  });

  it("to poses has the least confidence of the printed clients; to events it has none", () => {
    expect(effective(poses(), null).filters).toMatchObject({
      min_confidence: 0.7,
      include_keypoints: true,
      include_dense_pose: false,
      include_velocity: true,
    });
    expect(effective({ event_type: "activity_event" }, null).filters.min_confidence).toBe(0);
  });

  it("is compressed as the connection is, unless it says otherwise", () => {
    expect(effective(poses(), "gzip").throttle.compression).toBe("gzip");
    expect(effective(poses({ throttle: { compression: "deflate" } }), "gzip").throttle.compression).toBe("deflate");
  });

  it("is within the limits, whatever it asks for", () => {
    const number = fc.double({ min: Number.MIN_VALUE, noNaN: true });
    fc.assert(
      fc.property(number, fc.integer({ min: 1 }), (max_fps, buffer_size) => {
        const [, fps, buffer] = throttled({ max_fps, buffer_size });
        return Number(fps) <= Math.min(30, max_fps) && Number(buffer) <= Math.min(5, buffer_size);
      }),
    );
  });
});

describe("a change of a subscription", () => {
  const before = poses({ filters: { environment_id: "room_001", min_confidence: 0.7 }, throttle: { max_fps: 5 } });

  it("changes what it names and leaves the rest", () => {
    const after = changed(before, { subscription_id: "sub_1", filters: { min_confidence: 0.8, max_fps: 15 } });
    expect(effective(after, null)).toMatchObject({
      filters: { environment_id: "room_001", min_confidence: 0.8 },
      throttle: { max_fps: 15 },
      quality: "high",
    });
  });

  it("takes max_fps as a throttle too", () => {
    const after = changed(before, { subscription_id: "sub_1", throttle: { max_fps: 8 } });
    expect(effective(after, null).throttle.max_fps).toBe(8);
  });

  it("clears what it sets to null", () => {
    const after = changed(before, { subscription_id: "sub_1", filters: { environment_id: null } });
    expect(effective(after, null).filters.environment_id).toBeNull();
  });

  it("is a subscription again", () => {
    expect(SubscriptionRequest.safeParse(changed(before, { subscription_id: "sub_1", quality: "low" })).success).toBe(
      true,
    );
  });
});
