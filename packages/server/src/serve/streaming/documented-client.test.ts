import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestAuth } from "../testing/auth.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { type Happening, posedPerson, poseFrame, ScriptedSensing } from "../testing/scripted-sensing.ts";
import { GOLDEN_MS, happeningOf, readGolden, StreamingFixture } from "../testing/streaming.fixture.ts";

/** What the printed class has, as its users see it. */
interface DocumentedClient {
  ws: WebSocket;
  connect(): void;
  disconnect(): void;
  subscribeToPoseData(environment: string, options?: object): void;
  subscribeToSystemEvents(): void;
  send(message: object): void;
  onPoseData(data: object): void;
  onSystemEvent(data: object): void;
  onActivityEvent(data: object): void;
  onError(data: object): void;
  /** It calls this and does not have it: its users have to. */
  onAcknowledgment(data: object): void;
}
type DocumentedClass = new (token: string, options: object) => DocumentedClient;

const text = readFileSync(new URL("./documented-client.fixture.js", import.meta.url), "utf8");

/** The class in a world where time is the test's. */
function load(timers: { beat: () => void }, log: unknown[][]): DocumentedClass {
  const world = {
    WebSocket,
    console: { log: (...line: unknown[]) => log.push(line), error: (...line: unknown[]) => log.push(line) },
    setInterval: (task: () => void) => {
      timers.beat = task;
      return 1;
    },
    clearInterval: () => undefined,
    setTimeout: () => undefined,
  };
  return runInNewContext(`${text}\nWiFiDensePoseWebSocket`, world) as DocumentedClass;
}

/** Keeps what a handler is called with, for whoever waits for it. */
function mailbox() {
  const got: object[] = [];
  let wake: () => void = () => undefined;
  const put = (data: object): void => {
    got.push(data);
    wake();
  };
  const next = async (): Promise<object> => {
    while (got.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return got.shift() ?? {};
  };
  return { put, next, got };
}

let access: TestAuth;
let fixture: StreamingFixture;
const timers: { beat: () => void } = { beat: () => undefined };
const log: unknown[][] = [];
beforeEach(async () => {
  const clock = new HandClock(GOLDEN_MS);
  access = await TestAuth.open(clock);
  fixture = await StreamingFixture.open({ clock, sensing: new ScriptedSensing(), auth: access.auth });
});
afterEach(async () => {
  await fixture[Symbol.asyncDispose]();
  await access[Symbol.asyncDispose]();
});

/** The printed client, connected, and everything it is told. */
async function connected() {
  const Client = load(timers, log);
  const client = new Client(await access.token(), { clientId: "dashboard_client_001", url: fixture.url });
  const boxes = { pose: mailbox(), system: mailbox(), activity: mailbox(), error: mailbox(), ack: mailbox() };
  client.onPoseData = boxes.pose.put;
  client.onSystemEvent = boxes.system.put;
  client.onActivityEvent = boxes.activity.put;
  client.onError = boxes.error.put;
  client.onAcknowledgment = boxes.ack.put;
  client.connect();
  await new Promise((resolve) => client.ws.addEventListener("open", resolve));
  return { client, ...boxes };
}

describe("the printed JavaScript client, its class unchanged", () => {
  it("gets the poses it subscribes to once it is open", async () => {
    const { client, pose, ack } = await connected();
    client.subscribeToPoseData("room_001", { minConfidence: 0.8, maxFps: 15, includeKeypoints: true });
    expect(await ack.next()).toMatchObject({
      status: "success",
      active_subscriptions: [{ filters: { min_confidence: 0.8 }, throttle: { max_fps: 15 }, quality: "high" }],
    });
    await fixture.sensing.until((sensing) => sensing.readers() === 1);
    fixture.sensing.show(poseFrame({ persons: [posedPerson(), posedPerson({ person: 2, score: 0.79 })] }));
    expect(await pose.next()).toMatchObject({ environment_id: "room_001", persons: [{ person_id: 1 }] });
    client.disconnect();
  });

  it("gets system events, and activity events when it asks for them", async () => {
    const { client, system, activity, ack } = await connected();
    client.subscribeToSystemEvents();
    await ack.next();
    client.send({ type: "subscribe", data: { subscriptions: [{ event_type: "activity_event" }] } });
    await ack.next();
    const started = happeningOf("system_event");
    fixture.sensing.record(started);
    fixture.sensing.record({ ...started, data: { ...started.data, severity: "critical" } } as Happening);
    fixture.sensing.record(happeningOf("activity_event"));
    expect(await system.next()).toMatchObject({ event: "system_started", severity: "critical" });
    expect(await activity.next()).toMatchObject({ event_type: "fall_detected" });
    expect(system.got).toEqual([]);
    client.disconnect();
  });

  it("may send its heartbeats, whose uptime is null", async () => {
    const { client, error, ack } = await connected();
    timers.beat();
    client.subscribeToSystemEvents();
    await ack.next();
    expect(error.got).toEqual([]);
    client.disconnect();
  });

  it("hears what is wrong with what it asks for", async () => {
    const { client, error } = await connected();
    client.subscribeToPoseData("room_001", { minConfidence: 1.5 });
    expect(await error.next()).toEqual(readGolden("server.error.subscription").data);
    client.disconnect();
  });
});
