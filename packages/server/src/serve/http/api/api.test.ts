import { readFileSync } from "node:fs";
import { API_PATH, endpoints } from "@sensorium/protocol/rest";
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
import { ApiFixture } from "../../testing/api.fixture.ts";
import { HandClock } from "../../testing/hand-clock.ts";
import { poseFrame } from "../../testing/scripted-sensing.ts";
import { routePath } from "../rate-limits.ts";

const HOUR_MS = 3_600_000;
let rest: ApiFixture;
let admin: string;
/** Limited to the room. */
let operator: string;
const nowMs = new HandClock().now();

beforeAll(async () => {
  rest = await ApiFixture.open();
  // Keys do not run out while the clock is turned.
  admin = (await rest.parts.access.key(["admin"])).key;
  operator = (await rest.parts.access.key(["operate"], { environments: ["room_001"] })).key;
});
afterAll(() => rest[Symbol.asyncDispose]());

const time = (ms: number): string => new Date(ms).toISOString();
const span = (hours = 4): string => `start_time=${time(nowMs - hours * HOUR_MS)}&end_time=${time(nowMs + 1)}`;
const get = (path: string, token = admin) => rest.ask(`GET ${path}`, { token });

describe("the OpenAPI document", () => {
  it("describes every route of the REST API, and no other", () => {
    const isDescription = (url: string): boolean => /\/(docs|asyncapi|openapi\.json)/.test(url);
    const routes = rest.parts.server.routes.filter(({ method, url }) => {
      return method !== "HEAD" && url.startsWith(`${API_PATH}/`) && !isDescription(url);
    });
    const described = Object.values(endpoints).map(({ method, path, needs }) => ({
      route: `${method} ${routePath(path)}`,
      needs,
    }));
    const byRoute = (one: { route: string }, other: { route: string }): number => (one.route < other.route ? -1 : 1);
    expect(routes.map(({ method, url, needs }) => ({ route: `${method} ${url}`, needs })).sort(byRoute)).toEqual(
      described.sort(byRoute),
    );
  });

  it("is served with a page that shows it under the strict policy", async () => {
    const at = `http://127.0.0.1:${rest.parts.server.port}${API_PATH}`;
    expect(await (await fetch(`${at}/openapi.json`)).json()).toMatchObject({
      openapi: "3.1.0",
      info: { version: "0.1.0" },
    });
    const page = await fetch(`${at}/docs`);
    expect(page.headers.get("content-security-policy")).not.toContain("unsafe");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)|style=|https?:\/\//);
    for (const [, path = ""] of html.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)) {
      expect((await fetch(`${at}/${path}`)).status).toBe(200);
    }
  });
});

it.each<[string, unknown?]>([
  ["GET /auth/me"],
  ["GET /auth/keys"],
  ["POST /auth/keys", endpoints.createKey.example],
  ["POST /auth/token", { username: "admin", password: "wrong" }],
  ["POST /auth/refresh", { refresh_token: "wrong" }],
  ["DELETE /auth/keys/nothing"],
  ["POST /auth/logout"],
  ["GET /audit"],
  ["GET /cameras"],
  ["GET /configuration"],
  ["PUT /cameras/door/lines/mat", "0.2,0.6,0.8,0.6"],
  ["DELETE /cameras/door/lines/mat"],
  ["PUT /cameras/door/zones/bench", "none"],
  ["DELETE /cameras/garage"],
  ["PUT /retention", { crossings: "400 days" }],
])("%s answers as the document says", async (what, body) => {
  expect((await rest.ask(what, { token: admin, body })).status).toBeLessThan(500);
});

describe("the newest poses", () => {
  it("are those of the next frame for the first who asks, and of the newest for who asks soon after", async () => {
    const { sensing, clock } = rest.parts;
    const asked = get("/pose/latest?environment_id=room_001&min_confidence=0.5");
    await sensing.until((all) => all.readers() === 1);
    sensing.show(poseFrame());
    const { body } = await asked;
    expect(body.data).toMatchObject({ frame_id: 12345, environment_id: "room_001", source: { id: "door" } });
    expect(body.data.persons).toHaveLength(1);
    expect(body.data.persons[0].keypoints).toHaveLength(17);
    const again = await get("/pose/latest?min_confidence=0.9&include_keypoints=false");
    expect(again.body.data.persons).toEqual([]);
    expect(sensing.readers()).toBe(1);
    clock.advance(10_001);
    expect(sensing.readers()).toBe(0);
  });

  it("that do not come are said not to", async () => {
    const { sensing, clock } = rest.parts;
    const asked = get("/pose/latest?environment_id=ward_2");
    await sensing.until((all) => all.readers("ward_2") === 1);
    clock.advance(12_000);
    expect(await asked).toMatchObject({ status: 503, body: { error: { code: "HARDWARE_ERROR" } } });
    expect(sensing.readers("ward_2")).toBe(0);
  });

  it.each(["ward_2", "nowhere"])("of %s do not exist for somebody who is limited to the room", async (environment) => {
    const reply = await get(`/pose/latest?environment_id=${environment}`, operator);
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
    const { body } = await get(`/pose/history?${span()}&person_id=4&per_page=2&page=2`);
    expect(body.data.map(({ frame_id }: { frame_id: number }) => frame_id)).toEqual([20, 30]);
    expect(body.pagination).toEqual({ page: 2, per_page: 2, total: 5, total_pages: 3, has_next: true, has_prev: true });
    expect(body.data[0]).toMatchObject({ bounding_box: { x: 100, y: 100, width: 40, height: 100 }, confidence: 0.8 });
  });

  it("is told of an environment to those who may see it, and to others as if there were none", async () => {
    expect((await get(`/pose/history?${span()}`)).body.pagination.total).toBe(6);
    expect((await get(`/pose/history?${span()}`, operator)).body.pagination.total).toBe(5);
    const others = [`/pose/history?${span()}&environment_id=ward_2`, `/pose/history?${span()}&environment_id=nowhere`];
    for (const path of others) expect((await get(path, operator)).body.pagination.total).toBe(0);
    expect((await get("/pose/tracking/2", operator)).status).toBe(404);
    expect((await get("/pose/tracking/2")).status).toBe(200);
  });

  it("makes a track, with how far and how fast somebody went", async () => {
    const { body } = await get("/pose/tracking/9");
    expect(body.data).toMatchObject({
      ...{ track_id: 9, person_id: 4, duration_seconds: 4, average_confidence: 0.8, status: "ended" },
      statistics: { movement_distance: 100, average_speed: 25, time_stationary: 2, time_moving: 2 },
    });
    expect(body.data.trajectory).toHaveLength(5);
    expect(body.data.trajectory[0]).toMatchObject({ center_x: 120, center_y: 150 });
    expect((await get("/pose/tracking/9?include_trajectory=false")).body.data).not.toHaveProperty("trajectory");
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
    ["with too large pages", `${span()}&per_page=1001`, "per_page", "at most 1000"],
    ["with a confidence of 1.5", `${span()}&min_confidence=1.5`, "min_confidence", "at most 1"],
  ])("is not looked for %s, and the answer names the field", async (_, query, field, reason) => {
    const { status, body } = await get(`/pose/history?${query}`);
    expect([status, body.error.code]).toEqual([422, "VALIDATION_ERROR"]);
    expect(body.error.details).toMatchObject({ field, reason: expect.stringContaining(reason) });
  });
});

describe("Wi-Fi measurements", () => {
  const { example } = endpoints.processPose;

  it("are checked, and then refused until something can find poses in them", async () => {
    const reply = await rest.ask("POST /pose/process", { token: admin, body: example });
    expect(reply).toMatchObject({ status: 501, body: { error: { code: "MODEL_ERROR" } } });
    const bad = await rest.ask("POST /pose/process", { token: admin, body: { csi_data: { timestamp: "now" } } });
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
    const { body } = await get(`/analytics/summary?${span()}&environment_id=room_001`);
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
    const { body } = await get(`/analytics/occupancy?${span()}&interval=1h`);
    expect(body.data).toMatchObject({ current: 0, peak: { occupancy: 2, timestamp: time(nowMs - 2 * HOUR_MS) } });
    const steps: readonly { average: number | null; peak: number | null }[] = body.data.timeline;
    // Nobody watched in the others, and for three minutes in these.
    expect(steps.map(({ average }) => average)).toEqual([null, null, 2, 0, null]);
    expect(steps.map(({ peak }) => peak)).toEqual([null, null, 2, 0, null]);
    expect(body.data.average).toBeCloseTo(4 / 3);
    const fine = await get(`/analytics/occupancy?${span(24 * 10)}&interval=1m`);
    expect(fine.body.error.details).toMatchObject({ field: "interval" });
  });

  it("of another environment are nothing", async () => {
    const { body } = await get(`/analytics/summary?${span()}&environment_id=ward_2`, operator);
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
    const { body } = await get("/metrics?metric_type=performance");
    expect(body.data.metrics).toEqual({
      performance: {
        ...{ frames_per_second: 49.6, average_latency_ms: 41.5 },
        ...{ cpu_usage: 12.5, memory_usage: 40, gpu_usage: null },
      },
    });
    const { occupancy, detection, activity } = (await get("/metrics?environment_id=ward_2")).body.data.metrics;
    expect(occupancy).toEqual({ average: null, peak: null });
    expect(detection).toEqual({ total: null, per_hour: null, average_confidence: null });
    expect(activity).toEqual({ movement_events: null, average_level: null });
  });

  it("as metrics are of the time that was watched, and agree with the occupancy", async () => {
    const { detection, occupancy } = (await get(`/metrics?${span()}`)).body.data.metrics;
    // 1200 in two windows of five minutes.
    expect(detection).toMatchObject({ total: 1200, per_hour: 7200 });
    const { average, peak } = (await get(`/analytics/occupancy?${span()}`)).body.data;
    expect(occupancy).toEqual({ average, peak: peak.occupancy });
  });

  it("of several days are told by shorter windows while there are no hours yet", async () => {
    const { body } = await get(`/analytics/summary?${span(72)}&environment_id=room_001`);
    expect(body.data.detection_stats).toMatchObject({ total_detections: 1200 });
  });

  it("events are found by what REST calls them, and the first who saw to one is kept", async () => {
    const all = await get("/analytics/events");
    expect(all.body.data.map(({ type }: { type: string }) => type)).toEqual(["activity", "alert", "fall", "activity"]);
    expect((await get("/analytics/events", operator)).body.pagination.total).toBe(3);
    const activities = (await get("/analytics/events?event_type=activity", operator)).body.data;
    expect(activities).toMatchObject([{ type: "activity", event: "inactivity_detected", severity: "medium" }]);
    const { body } = await get("/analytics/events?event_type=fall&severity=high");
    expect(body.data).toMatchObject([
      { event_id: fallen.id, event: "fall_detected", location: { x: 320, y: 180 }, metadata: { fall_duration: 0.9 } },
    ]);
    const path = `/analytics/events/${fallen.id}/acknowledge`;
    const acknowledged = await rest.ask(`POST ${path}`, { token: operator });
    expect(acknowledged.body.data.acknowledged).toEqual({ at: time(rest.parts.clock.now()), by: "key" });
    rest.parts.clock.advance(1_000);
    expect((await rest.ask(`POST ${path}`, { token: admin })).body.data).toEqual(acknowledged.body.data);
    const [entry] = (await get("/audit?action=event-acknowledged")).body.data.toReversed();
    expect(entry).toMatchObject({ outcome: "done", target: fallen.id, environment_id: "room_001" });
    const unseen = (await get("/analytics/events?environment_id=ward_2")).body.data[0].event_id;
    for (const id of [unseen, "nothing"]) {
      expect((await rest.ask(`POST /analytics/events/${id}/acknowledge`, { token: operator })).status).toBe(404);
    }
  });
});

describe("the system", () => {
  it("of an environment is stopped and started, by whoever operates it, with a new session", async () => {
    const { running } = rest.parts;
    const before = (await get("/system/status", operator)).body.data;
    expect(before.components.tracker).toMatchObject({ status: "degraded", active_tracks: 2 });
    // The cameras' newest frame is newer than the last that was looked at.
    expect(before.components).toMatchObject({
      cameras: { last_heartbeat: time(rest.parts.clock.now() - 80) },
      neural_network: { last_heartbeat: "2026-03-14T09:19:50.000Z" },
      tracker: { last_heartbeat: "2026-03-14T09:19:50.100Z" },
      database: { status: "healthy", last_heartbeat: null },
    });
    expect(before.performance).toMatchObject({ average_latency_ms: 41.5, cpu_usage: 12.5, gpu_usage: null });
    expect(before).toMatchObject({ status: "running", session_id: expect.stringContaining("session_") });
    const stopped = await rest.ask("POST /system/stop", { token: operator });
    expect(stopped.body.data).toMatchObject({ status: "stopped", session_id: before.session_id });
    const { body: none } = await get("/pose/latest", operator);
    expect(none.error.message).toBe("The sensing of room_001 is stopped");
    expect([...running]).toEqual(["ward_2"]);
    expect((await get("/system/status", operator)).body.data).toMatchObject({
      status: "stopped",
      uptime_seconds: null,
    });
    const body = { configuration: { detection_settings: { confidence_threshold: 0.35 } } };
    const started = await rest.ask("POST /system/start", { token: operator, body });
    expect(started.body.data.configuration_applied).toEqual(["detection.confidence_threshold"]);
    expect(started.body.data.session_id).not.toBe(before.session_id);
    expect(running).toContain("room_001");
    const { body: restarted } = await rest.ask("POST /system/restart?environment_id=room_001", { token: admin });
    expect(restarted.data.previous_session_id).toBe(started.body.data.session_id);
    expect((await rest.ask("POST /system/stop?environment_id=ward_2", { token: operator })).status).toBe(404);
    expect((await get("/system/status")).body.data).toMatchObject({ session_id: null, environments: [{}, {}] });
  });
});

describe("settings", () => {
  const put = (body: unknown, token = operator) => rest.ask("PUT /config", { token, body });

  it("are written into the file, take effect, and are told to the sockets", async () => {
    const change = { detection: { tracking_max_age: 45 }, analytics: { alert_thresholds: { fall_confidence: 0.6 } } };
    const { body } = await put({ ...change, domain: "healthcare" });
    const fields = ["domain", "detection.tracking_max_age", "analytics.alert_thresholds.fall_confidence"];
    expect(body.data).toMatchObject({ updated_fields: fields, requires_restart: false });
    expect((await get("/config?environment_id=room_001")).body.data).toMatchObject({ ...change, domain: "healthcare" });
    expect(readFileSync(rest.parts.path, "utf8")).toContain("lostFor: 3000 ms");
    expect(rest.parts.told.at(-1)).toMatchObject({
      ...{ type: "configuration", environment: "room_001", by: "key", restartNeeded: false },
      changes: { "detection.tracking_max_age": 45, domain: "healthcare" },
    });
  });

  it("that are so already change nothing, facts among them", async () => {
    const { body: before } = await get("/config?environment_id=room_001");
    const told = rest.parts.told.length;
    expect((await put(before.data)).body.data.updated_fields).toEqual([]);
    expect(rest.parts.told).toHaveLength(told);
  });

  it.each([
    ["a fact", { detection: { max_persons: 3 } }, 422, "detection.max_persons"],
    ["a fact among others", { domain: "retail", hardware: { antenna_count: 3 } }, 422, "hardware.antenna_count"],
    ["what there is not", { detection: { colour: 1 } }, 422, "detection.colour"],
    ["what cannot be", { detection: { confidence_threshold: 1.5 } }, 422, "detection.confidence_threshold"],
  ])("that are %s are refused by name, and nothing is written", async (_, change, status, field) => {
    const before = readFileSync(rest.parts.path, "utf8");
    expect(await put(change)).toMatchObject({ status, body: { error: { details: { field } } } });
    expect(readFileSync(rest.parts.path, "utf8")).toBe(before);
  });

  it("say that falls are found where a camera knows skeletons, and nowhere else", async () => {
    const detects = async (environment: string) =>
      (await get(`/config?environment_id=${environment}`)).body.data.analytics.enable_fall_detection;
    expect([await detects("room_001"), await detects("ward_2")]).toEqual([false, true]);
  });

  it("of all environments are for those who may see all of them", async () => {
    const change = { privacy: { data_retention_days: 14 } };
    expect((await put(change)).status).toBe(403);
    expect((await put(change, admin)).body.data.configuration).toMatchObject(change);
    expect(readFileSync(rest.parts.path, "utf8")).toContain("poses: 14 days");
  });

  it("of environments that one may not see do not exist", async () => {
    expect((await put({ environment_id: "ward_2", domain: "retail" })).status).toBe(404);
    expect((await get("/config?environment_id=ward_2", operator)).status).toBe(404);
  });

  it("are described, with what holds where nobody says anything", async () => {
    const { body } = await get("/config/schema");
    expect(body.data.defaults).toMatchObject({ domain: null, detection: { tracking_max_age: 30 } });
    expect(body.data.schema).toMatchObject({ type: "object", properties: { detection: {} } });
  });
});

describe("health", () => {
  it("is told to anybody in one word, and to those who may see everything in full", async () => {
    expect((await rest.ask("GET /health")).body.data).toEqual({ status: "healthy" });
    expect((await rest.ask("GET /health/detailed")).status).toBe(401);
    expect((await get("/health/detailed", operator)).status).toBe(403);
    const { components, version } = (await get("/health/detailed")).body.data;
    expect(version).toBe("0");
    expect(components).toMatchObject({
      cameras: { online: 2, total: 2 },
      database: { status: "healthy", last_heartbeat: time(rest.parts.clock.now()) },
    });
  });

  it("is bad for everybody to see while the log takes nothing", async () => {
    const { database } = rest.parts;
    Object.assign(database, { status: "unhealthy", writtenMs: nowMs });
    expect((await rest.ask("GET /health")).body.data).toEqual({ status: "unhealthy" });
    const status = (await get("/system/status")).body.data;
    expect(status.components.database).toEqual({ status: "unhealthy", last_heartbeat: time(nowMs) });
    database.status = "healthy";
  });

  it("is bad for everybody to see while the database finds nothing", async () => {
    await using broken = await ApiFixture.open();
    await broken.parts.loseDatabase();
    expect((await broken.ask("GET /health")).body.data).toEqual({ status: "unhealthy" });
  });
});

describe("limits", () => {
  it.each([
    ["auth", "POST /auth/token", 10, 60],
    ["poseWrite", "POST /pose/process", 100, 3_600],
    ["config", "GET /config", 50, 3_600],
    [
      "analytics",
      `GET /analytics/occupancy?${"start_time=2026-03-14T09:00:00Z&end_time=2026-03-14T09:30:00Z"}`,
      500,
      3_600,
    ],
  ])("of %s are as documented, for each token by itself", async (_, what, limit, window) => {
    const { clock, access } = rest.parts;
    clock.advance(60_000);
    const { key: token } = await access.key(["admin"]);
    const body = what.startsWith("POST") ? {} : undefined;
    const first = await rest.ask(what, { token, body });
    const header = (reply: { headers: Headers }, name: string) => Number(reply.headers.get(`x-ratelimit-${name}`));
    expect(["limit", "remaining", "window"].map((name) => header(first, name))).toEqual([limit, limit - 1, window]);
    expect(header(first, "reset")).toBe(Math.ceil(clock.now() / 1000) + window);
    await Promise.all(Array.from({ length: limit - 1 }, () => rest.ask(what, { token, body })));
    const refused = await rest.ask(what, { token, body });
    expect(refused.status).toBe(429);
    const reset_at = time(clock.now() + 1000 * window);
    expect(refused.body.error).toMatchObject({ code: "RATE_LIMIT_EXCEEDED", details: { limit, window, reset_at } });
    expect([header(refused, "remaining"), refused.headers.get("retry-after")]).toEqual([0, String(window)]);
    if (window > 60) expect((await rest.ask(what, { token: admin, body })).status).not.toBe(429);
    clock.advance(1000 * window);
    expect((await rest.ask(what, { token, body })).status).toBe(first.status);
  });

  it("of poses and health are as documented", async () => {
    const { key: token } = await rest.parts.access.key(["admin"]);
    const limitOf = async (what: string) => (await rest.ask(what, { token })).headers.get("x-ratelimit-limit");
    expect(await limitOf("GET /pose/tracking/999")).toBe("1000");
    expect(await limitOf("GET /health/detailed")).toBe("10000");
    expect(await limitOf("GET /cameras")).toBeNull();
  });
});
