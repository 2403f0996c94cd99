import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { expect, it } from "vitest";
import { environmentConfig } from "../../config/environments.ts";
import { silentLog } from "../../observe/log.ts";
import { ScriptedEnvironments } from "../../pipeline/environment/scripted-people.fixture.ts";
import { HttpServer } from "../http/server.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { directoryOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { subscribe } from "../testing/streaming.fixture.ts";
import { TestClient } from "../testing/test-client.ts";
import { CameraSensing, type DurableLog } from "./camera-source.ts";

const TOLD = [
  ...["tracking_update", "system_event", "activity_event"],
  ...["occupancy_update", "performance_update", "analytics_stream"],
];

/** What has happened, as if it were durable. */
const logOf = (sensed: ScriptedEnvironments): DurableLog => ({
  epoch: "e",
  pulse: sensed.pulse,
  get lastOffset() {
    return sensed.events.length;
  },
  async read({ environment, after, limit }) {
    const recorded = sensed.events.map((event, i) => ({ event, position: { epoch: "e", offset: i + 1 } }));
    const following = recorded.slice(after.offset).filter(({ event }) => event.environment === environment);
    return { kind: "events", events: following.slice(0, limit) };
  },
});

it("everything an environment tells reaches a client that asks for it, in the words of the protocol", async () => {
  const camera = new ScriptedCamera("ward", "care");
  const directory = directoryOf(camera);
  using sensed = new ScriptedEnvironments(camera);
  sensed.environments.become(new Map([["care", environmentConfig({ alerts: { inactivity: "30 s" } })]]));
  await using server = await HttpServer.listen({
    ...{ clock: new HandClock(), log: silentLog, cameras: directory, pageFolder: "/nonexistent", port: 0 },
    streaming: { source: new CameraSensing(directory, logOf(sensed)) },
  });
  await using client = await TestClient.connect(`ws://127.0.0.1:${server.port}/ws/v1`);
  await subscribe(
    client,
    TOLD.map((event_type) => ({ event_type })),
  );
  await sensed.show(camera, [{ person: 1 }], 62);
  camera.become({ state: "offline" });
  await sensed.pass(4);
  const first = new Map<string, wire.EventMessage>();
  for (const type of TOLD) first.set(type, wire.EventMessage.parse(await client.next(type)));
  expect(first.get("tracking_update")?.data).toMatchObject({ event: "track_started", person_id: 1, track_id: 101 });
  expect(first.get("occupancy_update")?.data).toMatchObject({ change_type: "person_entered", current_occupancy: 1 });
  expect(first.get("activity_event")?.data).toMatchObject({ event_type: "inactivity_detected", severity: "medium" });
  expect(first.get("performance_update")?.data).toMatchObject({ metrics: { average_latency_ms: 30 } });
  expect(first.get("analytics_stream")?.data).toMatchObject({
    window: "1_minute",
    metrics: { occupancy: { peak: 1 } },
  });
  expect(first.get("system_event")?.data).toMatchObject({
    ...{ event: "component_failed", status: "error", severity: "error" },
    components: { capture: "offline", database: "healthy" },
  });
  const alert = await client.nextThat(({ data }) => (data as { event_type?: string }).event_type === "alert_triggered");
  expect(wire.EventMessage.parse(alert)).toMatchObject({ data: { person_id: 1, details: { rule: "inactivity" } } });
});
