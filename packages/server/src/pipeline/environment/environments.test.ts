import { micros } from "@sensorium/protocol";
import { SensoriumEvent } from "@sensorium/protocol/wire";
import { describe, expect, it } from "vitest";
import { environmentConfig } from "../../config/environments.ts";
import { ScriptedCamera } from "../../serve/testing/scripted-camera.ts";
import { ScriptedEnvironments, START, shown } from "./scripted-people.fixture.ts";

const ward = (id = "ward"): ScriptedCamera => new ScriptedCamera(id, "care");
const ann = { person: 1 };
const bob = { person: 2, x: 700, score: 0.25 };

/** The right half of the picture. */
const right = {
  id: "right",
  corners: [
    { x: 0.5, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
    { x: 0.5, y: 1 },
  ],
  occupancy: 0,
};

/** "+1 → 1, right -1 → 0" */
const comings = (sensed: ScriptedEnvironments): string =>
  sensed
    .of("occupancy")
    .map(({ zone, change, current }) => `${zone === null ? "" : `${zone} `}${change} → ${current}`)
    .join(", ");

const tracking = (sensed: ScriptedEnvironments): string =>
  sensed
    .of("tracking")
    .map(({ change, person }) => `${change} ${person}`)
    .join(", ");

describe("people in an environment", () => {
  it("are told as they come, are lost, come back and are gone", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann], 2);
    await sensed.show(camera, [], 2);
    await sensed.show(camera, [{ ...ann, track: 555 }], 1);
    await sensed.show(camera, [], 12);
    expect(tracking(sensed)).toBe("started 1, lost 1, recovered 1, lost 1, ended 1");
    const [, , recovered] = sensed.of("tracking");
    expect(recovered).toMatchObject({
      ...{ environment: "care", camera: "ward", person: 1, track: 555, confidence: 0.75, model: "yolox-nano" },
      ...{ firstSeenMs: START + 100, wallMs: START + 4100, point: { x: 0.2, y: 0.625 }, simulated: false },
    });
    expect(recovered?.quality).toBeCloseTo(21 / 41);
  });

  it("are counted over all cameras, and say who was there all along, who is new and who is out of sight", async () => {
    const [door, yard] = [ward("door"), ward("yard")];
    using sensed = new ScriptedEnvironments(door, yard);
    await sensed.show(door, [ann], 2);
    await sensed.show(door, [], 1.3);
    await sensed.show(yard, [bob], 1);
    expect(sensed.of("occupancy")[1]).toMatchObject({
      ...{ zone: null, change: "entered", current: 2, previous: 1, confidence: 0.5 },
      persons: [
        { person: 1, track: 101, status: "lost" },
        { person: 2, track: 102, status: "new" },
      ],
    });
    await sensed.show(yard, [bob], 3);
    expect(comings(sensed)).toBe("entered → 1, entered → 2, left → 1");
  });

  it("are counted in each zone too, until it is drawn elsewhere", async () => {
    const camera = ward();
    camera.become({ zones: [right] });
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [{ ...ann, x: 700 }], 2);
    expect(comings(sensed)).toBe("entered → 1, right entered → 1");
    camera.become({ zones: [{ ...right, corners: right.corners.slice(1) }] });
    await sensed.show(camera, [{ ...ann, x: 700 }], 1);
    camera.become({ zones: [] });
    await sensed.show(camera, [{ ...ann, x: 700 }], 2);
    expect(sensed.environments.get("care")?.occupancy).toBe(1);
  });

  it("are in a zone by its own rule", async () => {
    const camera = ward();
    camera.become({ zones: [right] });
    camera.zoneRule = { enterAfter: micros(3e6) };
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [{ ...ann, x: 700 }], 2);
    expect(comings(sensed)).toBe("entered → 1");
    await sensed.show(camera, [{ ...ann, x: 700 }], 2);
    expect(comings(sensed)).toBe("entered → 1, right entered → 1");
  });

  it("have left when their camera falls silent, and whoever it shows later is told anew", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann], 2);
    await sensed.pass(15);
    expect(comings(sensed)).toBe("entered → 1, left → 0");
    expect(tracking(sensed)).toBe("started 1, lost 1, ended 1");
    await sensed.show(camera, [bob], 1);
    expect(comings(sensed)).toBe("entered → 1, left → 0, entered → 1");
  });

  it("are let go of when their camera is taken away or begins another clock", async () => {
    const [door, yard] = [ward("door"), ward("yard")];
    using sensed = new ScriptedEnvironments(door, yard);
    await sensed.show(door, [ann], 10);
    await sensed.show(yard, [bob], 2);
    await sensed.show(door, [ann], 2);
    sensed.cameras = [door];
    sensed.environments.look();
    expect(tracking(sensed)).toContain("lost 2, ended 2");
    await sensed.put(door, shown(0.1, [{ person: 3 }]));
    expect(tracking(sensed)).toMatch(/ended 1, started 3$/);
    expect(sensed.environments.get("care")?.occupancy).toBe(0);
  });

  it("who leave at once are told to one by one, with those who are still counted", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann, bob], 2);
    sensed.cameras = [];
    sensed.environments.look();
    expect(sensed.of("occupancy").slice(-2)).toMatchObject([
      { current: 1, persons: [{ person: 2, track: 102, status: "lost" }], confidence: 0.25 },
      { current: 0, persons: [] },
    ]);
  });

  it("who change what they do for a second are told to", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann], 3);
    for (let tenth = 0; tenth < 15; tenth++) {
      await sensed.pass(0.1);
      const frame = shown(3.1 + tenth / 10, [ann]);
      const walking = { activity: "walking", since: 3.1e6, confidence: 0.6 };
      await sensed.put(camera, { ...frame, activities: [walking as (typeof frame.activities)[number]] });
    }
    expect(sensed.of("activity-changed")).toMatchObject([{ from: "standing", to: "walking", person: 1, at: 3.1e6 }]);
  });

  it("who do not move for as long as their environment allows are told, and alerted of by its own rule", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann], 3);
    const alerts = { inactivity: "20 s", minimum: "0 s" };
    sensed.environments.become(new Map([["care", environmentConfig({ domain: "healthcare", alerts })]]));
    await sensed.show(camera, [ann], 22);
    await sensed.show(camera, [{ ...ann, x: 400 }], 3);
    expect(sensed.of("inactivity")).toMatchObject([
      { change: "began", person: 1, durationMs: 20_000 },
      { change: "ended", person: 1 },
    ]);
    expect(sensed.of("alert")).toMatchObject([
      { rule: "inactivity", person: 1, cause: sensed.of("inactivity")[0]?.id },
    ]);
    sensed.environments[Symbol.dispose]();
    expect(sensed.events.at(-1)).toMatchObject({ change: "stopped", domain: "healthcare" });
  });

  it("of a simulated room are simulated", async () => {
    const room = ward();
    room.become({ simulated: true });
    using sensed = new ScriptedEnvironments(room);
    await sensed.show(room, [ann], 62);
    sensed.cameras = [];
    sensed.environments.look();
    const types = new Set(sensed.events.map(({ type }) => type));
    expect([...types].sort()).toEqual(["analytics", "occupancy", "performance", "system", "tracking"]);
    for (const { simulated } of sensed.events) expect(simulated).toBe(true);
    expect(sensed.of("occupancy").at(-1)).toMatchObject({ current: 0, persons: [], confidence: 0.75 });
  });
});

describe("windows", () => {
  it("sum up what all cameras of an environment saw in a minute of the clock", async () => {
    const [door, yard] = [ward("door"), ward("yard")];
    using sensed = new ScriptedEnvironments(door, yard);
    await sensed.pass(30);
    await sensed.show(door, [ann], 10);
    await sensed.show(yard, [bob], 25);
    expect(sensed.of("analytics")).toMatchObject([
      {
        ...{ span: "1_minute", startMs: START, endMs: START + 60_000, wallMs: START + 60_000 },
        occupancy: { peak: 2, current: 1 },
        detection: { persons: 2 },
        trends: { occupancy: null },
      },
    ]);
  });

  it("without a camera online say that nothing could be known", async () => {
    const camera = ward();
    camera.become({ state: "offline" });
    using sensed = new ScriptedEnvironments(camera);
    await sensed.pass(61);
    expect(sensed.of("analytics")).toMatchObject([{ occupancy: { average: null, peak: null } }]);
  });

  it("that a jump of the clock cuts short are left out, and nobody is lost by it", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann], 30);
    const before = tracking(sensed);
    sensed.set(3_600 + 45);
    sensed.environments.tick();
    sensed.set(3_600 + 61);
    sensed.environments.tick();
    expect(sensed.of("analytics")).toEqual([]);
    expect(tracking(sensed)).toBe(before);
  });
});

describe("performance", () => {
  it("is told every ten seconds, with how long it took from the picture to its people", async () => {
    const camera = ward();
    camera.become({ rates: { captured: 25, inferred: 12.5 } });
    using sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann], 20);
    expect(sensed.of("performance")).toMatchObject([
      {
        wallMs: START + 10_000,
        framesPerSecond: 12.5,
        latencyMs: 30,
        queued: 0,
        cpu: 10,
        memory: 20,
        gpu: null,
        alerts: [],
      },
      { wallMs: START + 20_000, latencyMs: 30 },
    ]);
  });

  it("shows in when the model and the tracker last had a frame, not in whether the camera is there", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    const heartbeats = () => sensed.environments.get(camera.environment)?.heartbeats;
    await sensed.pass(5);
    expect(heartbeats()).toEqual({});
    await sensed.put(camera, shown(4.9, [ann]));
    await sensed.pass(5);
    expect(heartbeats()).toEqual({ neural_network: START + 4_930, tracker: START + 5_000 });
  });

  it("warns of what is too much", async () => {
    const camera = ward();
    camera.become({ limitedBy: "cpu", rates: { captured: 25, inferred: 3.2 } });
    using sensed = new ScriptedEnvironments(camera);
    sensed.usage = { ...sensed.usage, cpu: 97, memory: 91 };
    sensed.queued = 40;
    await sensed.pass(9.5);
    await sensed.put(camera, shown(9.5, [], 80));
    await sensed.pass(0.5);
    const [{ alerts, latencyMs } = { alerts: [], latencyMs: 0 }] = sensed.of("performance");
    expect(latencyMs).toBe(80);
    expect(alerts.map(({ of, value, threshold }) => [of, value, threshold])).toEqual([
      ["high-latency", 80, 50],
      ["low-frame-rate", 3.2, 5],
      ["long-queue", 40, 20],
      ["high-cpu-usage", 97, 90],
      ["high-memory-usage", 91, 90],
    ]);
  });

  it("is not slow where little is to be looked at, and unknown where nothing was", async () => {
    const camera = ward();
    camera.become({ rates: { captured: 1, inferred: 0.1 } });
    using sensed = new ScriptedEnvironments(camera);
    await sensed.pass(10);
    expect(sensed.of("performance")).toMatchObject([{ framesPerSecond: 0.1, latencyMs: null, alerts: [] }]);
  });
});

describe("the sensing of an environment", () => {
  it("starts with its first camera and stops with its last, under another session each time", async () => {
    const camera = ward();
    using sensed = new ScriptedEnvironments(camera);
    sensed.cameras = [];
    sensed.environments.look();
    sensed.cameras = [camera];
    sensed.environments.look();
    const told = sensed.of("system");
    expect(told.map(({ change }) => change)).toEqual(["started", "stopped", "started"]);
    expect(told[1]?.session).toBe(told[0]?.session);
    expect(told[2]?.session).not.toBe(told[0]?.session);
    expect(told[0]).toMatchObject({ components: { capture: "healthy", tracker: "healthy", database: "healthy" } });
  });

  it("is said to begin again where it was cut off, and where somebody restarts it, and that once", () => {
    const camera = new ScriptedCamera("yard", "cut-off");
    using sensed = new ScriptedEnvironments(camera);
    const stop = (): void => {
      sensed.cameras = [];
      sensed.environments.look();
    };
    const start = (): void => {
      sensed.cameras = [camera];
      sensed.environments.look();
    };
    stop();
    sensed.environments.restart("cut-off");
    start();
    stop();
    start();
    const told = sensed.of("system").filter(({ change }) => change !== "stopped");
    expect(told.map(({ change, severity, message }) => `${change} ${severity}: ${message}`)).toEqual([
      "restarted warning: The sensing of cut-off was cut off, and has started again",
      "restarted info: The sensing of cut-off was restarted",
      "started info: The sensing of cut-off has started",
    ]);
  });

  it("stops with the server, and nobody is said to have left", async () => {
    const camera = ward();
    const sensed = new ScriptedEnvironments(camera);
    await sensed.show(camera, [ann], 2);
    sensed[Symbol.dispose]();
    expect(sensed.events.at(-1)).toMatchObject({ type: "system", change: "stopped" });
    expect(comings(sensed)).toBe("entered → 1");
  });

  it("tells of a part that works no more, once that has lasted, and works again", async () => {
    const [door, yard] = [ward("door"), ward("yard")];
    using sensed = new ScriptedEnvironments(door, yard);
    door.become({ state: "offline" });
    await sensed.pass(2);
    door.become({ state: "online" });
    await sensed.pass(3);
    door.become({ state: "offline" });
    sensed.components = { database: "unhealthy" };
    await sensed.pass(2);
    door.become({ state: "connecting" });
    await sensed.pass(3);
    yard.become({ state: "offline" });
    await sensed.pass(3);
    door.become({ state: "online" });
    yard.become({ state: "online" });
    await sensed.pass(3);
    expect(sensed.of("system").map(({ change, severity, message }) => `${change} ${severity}: ${message}`)).toEqual([
      "started info: The sensing of care has started",
      "degraded warning: capture is degraded",
      "failed error: database is unhealthy",
      "failed error: capture is offline",
      "recovered info: capture works again",
    ]);
    expect(sensed.environments.get("care")?.components).toMatchObject({ capture: "healthy", database: "unhealthy" });
  });

  it("goes on when the people of a camera cannot be had, and says so", async () => {
    const broken = Object.assign(ward("broken"), {
      people: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("it is broken")) }) }),
    });
    const yard = ward("yard");
    using sensed = new ScriptedEnvironments(broken, yard);
    await sensed.show(yard, [ann], 5);
    expect(comings(sensed)).toBe("entered → 1");
    expect(sensed.of("system").at(-1)).toMatchObject({ change: "failed", components: { tracker: "unhealthy" } });
  });
});

it("everything that is told is a valid event of its environment", async () => {
  const [camera, till] = [ward(), new ScriptedCamera("till", "shop")];
  camera.become({ zones: [right] });
  using sensed = new ScriptedEnvironments(camera, till);
  await sensed.show(camera, [ann, bob], 70);
  for (const event of sensed.events) expect(SensoriumEvent.parse(event)).toEqual(event);
  const of = (environment: string) => sensed.events.filter((event) => event.environment === environment);
  expect(new Set(of("shop").map(({ type }) => type))).toEqual(new Set(["system", "performance", "analytics"]));
  expect(of("shop").filter(({ type }) => type === "analytics")).toMatchObject([{ occupancy: { average: 0, peak: 0 } }]);
});
