import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiFixture } from "../../testing/api.fixture.ts";
import { ApiClients, nowMs, time } from "../../testing/api-clients.fixture.ts";

let rest: ApiClients;
beforeAll(async () => {
  rest = await ApiClients.open();
});
afterAll(() => rest[Symbol.asyncDispose]());

describe("the system", () => {
  it("of an environment is stopped and started, by whoever operates it, with a new session", async () => {
    const { running } = rest.parts;
    const before = (await rest.get("/system/status", rest.operator)).body.data;
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
    const stopped = await rest.ask("POST /system/stop", { token: rest.operator });
    expect(stopped.body.data).toMatchObject({ status: "stopped", session_id: before.session_id });
    const { body: none } = await rest.get("/pose/latest", rest.operator);
    expect(none.error.message).toBe("The sensing of room_001 is stopped");
    expect([...running]).toEqual(["ward_2"]);
    expect((await rest.get("/system/status", rest.operator)).body.data).toMatchObject({
      status: "stopped",
      uptime_seconds: null,
    });
    const body = { configuration: { detection_settings: { confidence_threshold: 0.35 } } };
    const started = await rest.ask("POST /system/start", { token: rest.operator, body });
    expect(started.body.data.configuration_applied).toEqual(["detection.confidence_threshold"]);
    expect(started.body.data.session_id).not.toBe(before.session_id);
    expect(running).toContain("room_001");
    const { body: restarted } = await rest.ask("POST /system/restart?environment_id=room_001", { token: rest.admin });
    expect(restarted.data.previous_session_id).toBe(started.body.data.session_id);
    expect((await rest.ask("POST /system/stop?environment_id=ward_2", { token: rest.operator })).status).toBe(404);
    expect((await rest.get("/system/status")).body.data).toMatchObject({ session_id: null, environments: [{}, {}] });
  });
});

it("an environment is started by all that a client of a Wi-Fi sensor tells it, and what was applied is said", async () => {
  const configuration = {
    environment_id: "room_001",
    detection_settings: { confidence_threshold: 0.45, max_persons: 5, enable_tracking: true },
    hardware_settings: { csi_sampling_rate: 1000, buffer_size: 512 },
  };
  const { status, body } = await rest.ask("POST /system/start", { token: rest.operator, body: { configuration } });
  expect([status, body.data.configuration_applied]).toEqual([200, ["detection.confidence_threshold"]]);
  expect((await rest.get("/config?environment_id=room_001")).body.data).toMatchObject({
    detection: { confidence_threshold: 0.45, max_persons: null },
    hardware: { csi_sampling_rate: null, buffer_size: null },
  });
});

describe("settings", () => {
  const put = (body: unknown, token = rest.operator) => rest.ask("PUT /config", { token, body });

  it("are written into the file, take effect, and are told to the sockets", async () => {
    const change = { detection: { tracking_max_age: 45 }, analytics: { alert_thresholds: { fall_confidence: 0.6 } } };
    const { body } = await put({ ...change, domain: "healthcare" });
    const fields = ["domain", "detection.tracking_max_age", "analytics.alert_thresholds.fall_confidence"];
    expect(body.data).toMatchObject({ updated_fields: fields, requires_restart: false });
    expect((await rest.get("/config?environment_id=room_001")).body.data).toMatchObject({
      ...change,
      domain: "healthcare",
    });
    expect(readFileSync(rest.parts.path, "utf8")).toContain("lostFor: 3000 ms");
    expect(rest.parts.told.at(-1)).toMatchObject({
      ...{ type: "configuration", environment: "room_001", by: "key", restartNeeded: false },
      changes: { "detection.tracking_max_age": 45, domain: "healthcare" },
    });
  });

  it("that are so already change nothing, facts among them", async () => {
    const { body: before } = await rest.get("/config?environment_id=room_001");
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
      (await rest.get(`/config?environment_id=${environment}`)).body.data.analytics.enable_fall_detection;
    expect([await detects("room_001"), await detects("ward_2")]).toEqual([false, true]);
  });

  it("of all environments are for those who may see all of them", async () => {
    const change = { privacy: { data_retention_days: 14 } };
    expect((await put(change)).status).toBe(403);
    expect((await put(change, rest.admin)).body.data.configuration).toMatchObject(change);
    expect(readFileSync(rest.parts.path, "utf8")).toContain("poses: 14 days");
  });

  it("of environments that one may not see do not exist", async () => {
    expect((await put({ environment_id: "ward_2", domain: "retail" })).status).toBe(404);
    expect((await rest.get("/config?environment_id=ward_2", rest.operator)).status).toBe(404);
  });

  it("are described, with what holds where nobody says anything", async () => {
    const { body } = await rest.get("/config/schema");
    expect(body.data.defaults).toMatchObject({ domain: null, detection: { tracking_max_age: 30 } });
    expect(body.data.schema).toMatchObject({ type: "object", properties: { detection: {} } });
  });
});

describe("health", () => {
  it("is told to anybody in one word, and to those who may see everything in full", async () => {
    expect((await rest.ask("GET /health")).body.data).toEqual({ status: "healthy" });
    expect((await rest.ask("GET /health/detailed")).status).toBe(401);
    expect((await rest.get("/health/detailed", rest.operator)).status).toBe(403);
    const { components, version } = (await rest.get("/health/detailed")).body.data;
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
    const status = (await rest.get("/system/status")).body.data;
    expect(status.components.database).toEqual({ status: "unhealthy", last_heartbeat: time(nowMs) });
    database.status = "healthy";
  });

  it("is bad for everybody to see while the database finds nothing", async () => {
    await using broken = await ApiFixture.open();
    await broken.parts.loseDatabase();
    expect((await broken.ask("GET /health")).body.data).toEqual({ status: "unhealthy" });
  });
});
