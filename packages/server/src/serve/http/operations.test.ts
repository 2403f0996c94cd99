import { fastify } from "fastify";
import { describe, expect, it } from "vitest";
import { directoryOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { serveOperations } from "./operations.ts";

const worker = { frames: 12, results: 24, modelRuns: { car_v1: 12 }, lookouts: 4, subscriptions: 8 };

function serving(...cameras: ScriptedCamera[]) {
  const app = fastify();
  const sinks = [{ name: "postgres", state: "down", lag: 12 }];
  serveOperations(app, {
    cameras: directoryOf(...cameras),
    store: () => ({ queued: 3, refused: 0, lastOffset: 40, sinks }),
    worker: () => worker,
    refusedActions: async () => [refusedAction],
    inference: { loaded: 3, waiting: 5, alive: 2 },
    actions: () => ({
      lost: 1,
      sinks: [
        {
          name: "redis://192.0.2.3:6379/0",
          waiting: 4,
          totals: { delivered: 20, refused: 0, gaveUp: 2, expired: 0, retries: 3 },
        },
      ],
    }),
  });
  return app;
}

const refusedAction = {
  ...{
    id: "a1",
    sink: "postgresql://192.0.2.9:5432/site",
    reason: "column year does not exist",
    atMs: 1_773_480_000_000,
  },
  body: JSON.stringify({ type: "update-row", fields: { plate: "AB-123" } }),
};

describe("whoever runs the server", () => {
  it("sees that the process answers", async () => {
    const reply = await serving().inject("/healthz");
    expect(reply.json()).toEqual({ status: "ok" });
  });

  it("is told to wait until every camera has been tried once, and for which", async () => {
    const door = new ScriptedCamera("door");
    const yard = new ScriptedCamera("yard");
    const { totals } = yard.status();
    yard.become({ state: "connecting", totals: { ...totals, stateChanges: 1 } });
    const app = serving(door, yard);
    const starting = await app.inject("/readyz");
    expect([starting.statusCode, starting.json()]).toEqual([503, { status: "starting", waiting: ["yard"] }]);
    yard.become({ state: "offline", reason: "it refused the connection", totals: { ...totals, stateChanges: 2 } });
    expect((await app.inject("/readyz")).statusCode).toBe(200);
  });

  it("sees that what subscriptions share is looked at once", async () => {
    const lines = (await serving().inject("/metrics")).body.split("\n");
    expect(lines).toContain("sensorium_worker_subscriptions 8");
    expect(lines).toContain("sensorium_worker_lookouts 4");
    expect(lines).toContain("sensorium_worker_frames_total 12");
    expect(lines).toContain("sensorium_worker_results_total 24");
    expect(lines).toContain('sensorium_worker_model_runs_total{model="car_v1"} 12');
  });

  it("sees which load there is on the models, and how many are loaded", async () => {
    const lines = (await serving().inject("/metrics")).body.split("\n");
    expect(lines).toContain("sensorium_models_loaded 3");
    expect(lines).toContain("sensorium_inference_queue 5");
    expect(lines).toContain("sensorium_inference_threads 2");
  });

  it("finds the process's own figures under the names that dashboards for Node know", async () => {
    const { body } = await serving().inject("/metrics");
    expect(body).toMatch(/^process_cpu_seconds_total /m);
    expect(body).toMatch(/^nodejs_eventloop_lag_seconds /m);
  });

  it("can alert on counters of every camera and stage", async () => {
    const app = serving(new ScriptedCamera("door"));
    const lines = (await app.inject("/metrics")).body.split("\n");
    expect(lines).toContain('sensorium_frames_total{camera="door",stage="captured"} 1500');
    expect(lines).toContain('sensorium_frames_total{camera="door",stage="gated"} 600');
    expect(lines).toContain('sensorium_frames_total{camera="door",stage="dropped"} 12');
    expect(lines).toContain('sensorium_source_up{camera="door"} 1');
    expect(lines).toContain('sensorium_frame_age_seconds{camera="door"} 0.08');
    expect(lines).toContain('sensorium_sink_lag{sink="postgres"} 12');
    expect(lines).toContain('sensorium_actions_waiting{sink="redis://192.0.2.3:6379/0"} 4');
    expect(lines).toContain('sensorium_actions_total{sink="redis://192.0.2.3:6379/0",outcome="delivered"} 20');
    expect(lines).toContain("sensorium_actions_lost_total 1");
    const again = (await app.inject("/metrics")).body.split("\n");
    expect(again).toContain('sensorium_frames_total{camera="door",stage="captured"} 1500');
  });

  it("reads why a sink refused an action, and nothing of what it held", async () => {
    const reply = await serving().inject("/actions");
    expect(reply.json().data).toEqual({
      lost: 1,
      sinks: [expect.objectContaining({ name: "redis://192.0.2.3:6379/0", waiting: 4 })],
      refused: [
        {
          ...{ id: "a1", sink: "postgresql://192.0.2.9:5432/site", type: "update-row" },
          ...{ reason: "column year does not exist", refused_at: "2026-03-14T09:20:00.000Z" },
        },
      ],
    });
    expect(reply.body).not.toContain("AB-123");
  });
});
