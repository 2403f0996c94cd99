import { endpoints } from "@sensorium/protocol/rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  activityChanged,
  alert,
  analytics,
  fall,
  inactivity,
  occupancyChange,
  pose,
} from "../../../storage/events.fixture.ts";
import { ApiClients, HOUR_MS, nowMs, spanOf, time } from "../../testing/api-clients.fixture.ts";
import { poseFrame } from "../../testing/scripted-sensing.ts";

let rest: ApiClients;
beforeAll(async () => {
  rest = await ApiClients.open();
});
afterAll(() => rest[Symbol.asyncDispose]());

describe("the newest poses", () => {
  it("are those of the next frame for the first who asks, and of the newest for who asks soon after", async () => {
    const { sensing, clock } = rest.parts;
    const asked = rest.get("/pose/latest?environment_id=room_001&min_confidence=0.5");
    await sensing.until((all) => all.readers() === 1);
    sensing.show(poseFrame());
    const { body } = await asked;
    expect(body.data).toMatchObject({ frame_id: 12345, environment_id: "room_001", source: { id: "door" } });
    expect(body.data.persons).toHaveLength(1);
    expect(body.data.persons[0].keypoints).toHaveLength(17);
    const again = await rest.get("/pose/latest?min_confidence=0.9&include_keypoints=false");
    expect(again.body.data.persons).toEqual([]);
    expect(sensing.readers()).toBe(1);
    clock.advance(10_001);
    expect(sensing.readers()).toBe(0);
  });

  it("that do not come are said not to", async () => {
    const { sensing, clock } = rest.parts;
    const asked = rest.get("/pose/latest?environment_id=ward_2");
    await sensing.until((all) => all.readers("ward_2") === 1);
    clock.advance(12_000);
    expect(await asked).toMatchObject({ status: 503, body: { error: { code: "HARDWARE_ERROR" } } });
    expect(sensing.readers("ward_2")).toBe(0);
  });

  it.each(["ward_2", "nowhere"])("of %s do not exist for somebody who is limited to the room", async (environment) => {
    const reply = await rest.get(`/pose/latest?environment_id=${environment}`, rest.operator);
    expect(reply).toMatchObject({
      status: 404,
      body: { error: { message: `There is no environment "${environment}"` } },
    });
  });
});

describe("what was recorded of people", () => {
  beforeAll(async () => {
    const at = (ms: number, x: number) =>
      pose({
        ...{ environment: "room_001", person: 4, track: 9, wallMs: nowMs - 60_000 + ms, score: 0.8, frame: ms / 100 },
        ...{ box: { x1: x, y1: 100, x2: x + 40, y2: 200 }, size: { width: 640, height: 360 } },
      });
    // Two seconds of standing, two of walking.
    await rest.parts.history.addPoses([at(0, 100), at(1000, 101), at(2000, 100), at(3000, 150), at(4000, 200)]);
    await rest.parts.history.addPoses([pose({ environment: "ward_2", person: 1, track: 2, wallMs: nowMs - 50_000 })]);
  });

  it("comes page by page, oldest first", async () => {
    const { body } = await rest.get(`/pose/history?${spanOf()}&person_id=4&per_page=2&page=2`);
    expect(body.data.map(({ frame_id }: { frame_id: number }) => frame_id)).toEqual([20, 30]);
    expect(body.pagination).toEqual({ page: 2, per_page: 2, total: 5, total_pages: 3, has_next: true, has_prev: true });
    expect(body.data[0]).toMatchObject({ bounding_box: { x: 100, y: 100, width: 40, height: 100 }, confidence: 0.8 });
  });

  it("is told of an environment to those who may see it, and to others as if there were none", async () => {
    expect((await rest.get(`/pose/history?${spanOf()}`)).body.pagination.total).toBe(6);
    expect((await rest.get(`/pose/history?${spanOf()}`, rest.operator)).body.pagination.total).toBe(5);
    const others = [
      `/pose/history?${spanOf()}&environment_id=ward_2`,
      `/pose/history?${spanOf()}&environment_id=nowhere`,
    ];
    for (const path of others) expect((await rest.get(path, rest.operator)).body.pagination.total).toBe(0);
    expect((await rest.get("/pose/tracking/2", rest.operator)).status).toBe(404);
    expect((await rest.get("/pose/tracking/2")).status).toBe(200);
  });

  it("makes a track, with how far and how fast somebody went", async () => {
    const { body } = await rest.get("/pose/tracking/9");
    expect(body.data).toMatchObject({
      ...{ track_id: 9, person_id: 4, duration_seconds: 4, average_confidence: 0.8, status: "ended" },
      statistics: { movement_distance: 100, average_speed: 25, time_stationary: 2, time_moving: 2 },
    });
    expect(body.data.trajectory).toHaveLength(5);
    expect(body.data.trajectory[0]).toMatchObject({ center_x: 120, center_y: 150 });
    expect((await rest.get("/pose/tracking/9?include_trajectory=false")).body.data).not.toHaveProperty("trajectory");
  });

  it.each([
    ["without a time", "", "start_time", "is missing"],
    [
      "with a time without a zone",
      "start_time=2026-03-14T09:00:00&end_time=2026-03-14T10:00:00Z",
      "start_time",
      "must be",
    ],
    ["backwards", "start_time=2026-03-14T10:00:00Z&end_time=2026-03-14T09:00:00Z", "end_time", "must be later"],
    ["over a year", "start_time=2025-03-14T10:00:00Z&end_time=2026-03-14T09:00:00Z", "end_time", "92 days"],
    ["with too large pages", `${spanOf()}&per_page=1001`, "per_page", "at most 1000"],
    ["with a confidence of 1.5", `${spanOf()}&min_confidence=1.5`, "min_confidence", "at most 1"],
  ])("is not looked for %s, and the answer names the field", async (_, query, field, reason) => {
    const { status, body } = await rest.get(`/pose/history?${query}`);
    expect([status, body.error.code]).toEqual([422, "VALIDATION_ERROR"]);
    expect(body.error.details).toMatchObject({ field, reason: expect.stringContaining(reason) });
  });
});

describe("Wi-Fi measurements", () => {
  const { example } = endpoints.processPose;

  it("are checked, and then refused until something can find poses in them", async () => {
    const reply = await rest.ask("POST /pose/process", { token: rest.admin, body: example });
    expect(reply).toMatchObject({ status: 501, body: { error: { code: "MODEL_ERROR" } } });
    const bad = await rest.ask("POST /pose/process", { token: rest.admin, body: { csi_data: { timestamp: "now" } } });
    expect(bad).toMatchObject({ status: 422, body: { error: { details: { field: "csi_data.timestamp" } } } });
  });
});

describe("figures", () => {
  const fallen = fall({ environment: "room_001", wallMs: 1_773_480_000_000 - 30_000 });

  beforeAll(async () => {
    const room = { environment: "room_001" };
    const windowAt = (startMs: number) => analytics({ ...room, startMs, endMs: startMs + 300_000, span: "5_minutes" });
    const minuteAt = (startMs: number) => analytics({ ...room, startMs, endMs: startMs + 60_000 });
    await rest.parts.happened(
      ...[windowAt(nowMs - 2 * HOUR_MS), windowAt(nowMs - HOUR_MS)],
      ...[minuteAt(nowMs - 2 * HOUR_MS), minuteAt(nowMs - HOUR_MS - 60_000), minuteAt(nowMs - HOUR_MS)],
      occupancyChange({ ...room, wallMs: nowMs - 2 * HOUR_MS, current: 2, previous: 1 }),
      occupancyChange({ ...room, wallMs: nowMs - HOUR_MS, change: "left", current: 0, previous: 2, persons: [] }),
      fallen,
      alert({ ...room, wallMs: nowMs - 20_000, rule: "fall", severity: "high" }),
      activityChanged({ environment: "ward_2", wallMs: nowMs - 10_000 }),
      inactivity({ ...room, wallMs: nowMs - 40_000 }),
    );
  });

  it("of a span are summed up, part by part", async () => {
    const { body } = await rest.get(`/analytics/summary?${spanOf()}&environment_id=room_001`);
    expect(body.data.detection_stats).toMatchObject({
      total_detections: 1200,
      average_confidence: 0.75,
      peak_occupancy: 2,
    });
    expect(body.data.activity_stats).toMatchObject({ total_movement_events: 8, fall_detections: 1, alert_count: 1 });
    expect(body.data.hourly_breakdown).toHaveLength(2);
    expect(body.data.hourly_breakdown[0]).toMatchObject({ detections: 600, average_occupancy: 2, movement_events: 4 });
  });

  it("of occupancy come in steps, of which there are not too many", async () => {
    const { body } = await rest.get(`/analytics/occupancy?${spanOf()}&interval=1h`);
    expect(body.data).toMatchObject({ current: 0, peak: { occupancy: 2, timestamp: time(nowMs - 2 * HOUR_MS) } });
    const steps: readonly { average: number | null; peak: number | null }[] = body.data.timeline;
    // Nobody watched in the others, and for three minutes in these.
    expect(steps.map(({ average }) => average)).toEqual([null, null, 2, 0, null]);
    expect(steps.map(({ peak }) => peak)).toEqual([null, null, 2, 0, null]);
    expect(body.data.average).toBeCloseTo(4 / 3);
    const fine = await rest.get(`/analytics/occupancy?${spanOf(24 * 10)}&interval=1m`);
    expect(fine.body.error.details).toMatchObject({ field: "interval" });
  });

  it("of another environment are nothing", async () => {
    const { body } = await rest.get(`/analytics/summary?${spanOf()}&environment_id=ward_2`, rest.operator);
    expect(body.data.detection_stats).toMatchObject({
      total_detections: null,
      average_confidence: null,
      peak_occupancy: null,
      peak_occupancy_time: null,
    });
    expect(body.data.activity_stats).toMatchObject({ total_movement_events: null, average_activity_level: null });
    expect(body.data.system_stats).toMatchObject({ coverage: 0 });
  });

  it("as metrics leave out what was not asked for, and say null of what was not measured", async () => {
    const { body } = await rest.get("/metrics?metric_type=performance");
    expect(body.data.metrics).toEqual({
      performance: {
        ...{ frames_per_second: 49.6, average_latency_ms: 41.5 },
        ...{ cpu_usage: 12.5, memory_usage: 40, gpu_usage: null },
      },
    });
    const { occupancy, detection, activity } = (await rest.get("/metrics?environment_id=ward_2")).body.data.metrics;
    expect(occupancy).toEqual({ average: null, peak: null });
    expect(detection).toEqual({ total: null, per_hour: null, average_confidence: null });
    expect(activity).toEqual({ movement_events: null, average_level: null });
  });

  it("as metrics are of the time that was watched, and agree with the occupancy", async () => {
    const { detection, occupancy } = (await rest.get(`/metrics?${spanOf()}`)).body.data.metrics;
    // 1200 in two windows of five minutes.
    expect(detection).toMatchObject({ total: 1200, per_hour: 7200 });
    const { average, peak } = (await rest.get(`/analytics/occupancy?${spanOf()}`)).body.data;
    expect(occupancy).toEqual({ average, peak: peak.occupancy });
  });

  it("of several days are told by shorter windows while there are no hours yet", async () => {
    const { body } = await rest.get(`/analytics/summary?${spanOf(72)}&environment_id=room_001`);
    expect(body.data.detection_stats).toMatchObject({ total_detections: 1200 });
  });

  it("events are found by what REST calls them, and the first who saw to one is kept", async () => {
    const all = await rest.get("/analytics/events");
    expect(all.body.data.map(({ type }: { type: string }) => type)).toEqual(["activity", "alert", "fall", "activity"]);
    expect((await rest.get("/analytics/events", rest.operator)).body.pagination.total).toBe(3);
    const activities = (await rest.get("/analytics/events?event_type=activity", rest.operator)).body.data;
    expect(activities).toMatchObject([{ type: "activity", event: "inactivity_detected", severity: "medium" }]);
    const { body } = await rest.get("/analytics/events?event_type=fall&severity=high");
    expect(body.data).toMatchObject([
      { event_id: fallen.id, event: "fall_detected", location: { x: 320, y: 180 }, metadata: { fall_duration: 0.9 } },
    ]);
    const path = `/analytics/events/${fallen.id}/acknowledge`;
    const acknowledged = await rest.ask(`POST ${path}`, { token: rest.operator });
    expect(acknowledged.body.data.acknowledged).toEqual({ at: time(rest.parts.clock.now()), by: "key" });
    rest.parts.clock.advance(1_000);
    expect((await rest.ask(`POST ${path}`, { token: rest.admin })).body.data).toEqual(acknowledged.body.data);
    const [entry] = (await rest.get("/audit?action=event-acknowledged")).body.data.toReversed();
    expect(entry).toMatchObject({ outcome: "done", target: fallen.id, environment_id: "room_001" });
    const unseen = (await rest.get("/analytics/events?environment_id=ward_2")).body.data[0].event_id;
    for (const id of [unseen, "nothing"]) {
      expect((await rest.ask(`POST /analytics/events/${id}/acknowledge`, { token: rest.operator })).status).toBe(404);
    }
  });
});
