import { seeMotion, startMotion } from "@sensorium/perception";
import { micros, type Recorded, type SensoriumEvent } from "@sensorium/protocol";
import { describe, expect, it } from "vitest";
import { Pulse } from "../../flow/pulse.ts";
import type { PeopleShown } from "../../pipeline/camera-view.ts";
import { directoryOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { CameraSensing, type DurableLog } from "./camera-source.ts";

/** A log in memory. */
class ScriptedLog {
  readonly epoch = "e";
  readonly pulse = new Pulse();
  readonly #recorded: Recorded[] = [];

  get lastOffset(): number {
    return this.#recorded.length;
  }

  record(event: SensoriumEvent): void {
    this.#recorded.push({ event, position: { epoch: this.epoch, offset: this.lastOffset + 1 } });
    this.pulse.beat();
  }

  async read({ environment, after, limit }: Parameters<DurableLog["read"]>[0]) {
    if (after.epoch !== this.epoch) return { kind: "unknown-position" as const };
    const following = this.#recorded.slice(after.offset).filter(({ event }) => event.environment === environment);
    return { kind: "events" as const, events: following.slice(0, limit) };
  }
}

/** A camera that is given to another environment while it runs. */
class MovingCamera extends ScriptedCamera {
  override environment = "care";
}

const base = { id: "1", wallMs: 1_773_480_000_000, simulated: false };
const lost = (camera: string, environment: string): SensoriumEvent => ({
  ...base,
  environment,
  camera,
  type: "source",
  state: "offline",
  reason: "gone",
  lastFrameMs: 1_773_479_990_000,
  attempts: 2,
});
const fall: SensoriumEvent = {
  ...base,
  environment: "care",
  camera: "ward",
  type: "fall",
  change: "confirmed",
  person: 3,
  track: 7,
  at: 1_000_000,
  durationMs: 2_400,
  impact: 0.6,
  confidence: 0.9,
  point: { x: 0.5, y: 0.25 },
  size: { width: 768, height: 432 },
};

/** To the right, for a second. */
const walking = seeMotion(
  startMotion({ x1: 322, y1: 16, x2: 422, y2: 216 }, micros(3_000_000)),
  { x1: 334, y1: 16, x2: 434, y2: 216 },
  micros(4_000_000),
);

/** One person, whose feet are in the middle of the picture. */
const person: PeopleShown = {
  frame: {
    tracked: {
      count: 1,
      boxes: Float32Array.of(334, 16, 434, 216),
      scores: Float32Array.of(0.9),
      classes: Uint16Array.of(0),
      tracks: Int32Array.of(7),
    },
    size: { width: 768, height: 432 },
    persons: Int32Array.of(3),
    keypoints: null,
  },
  activities: [null],
  motions: [walking],
  falls: [],
  sequence: 40,
  at: 4_000_000,
  times: { capturedMs: 1_000, decodedMs: 1_004, inferredMs: 1_030, inferenceMs: 20 },
};

describe("what cameras sense", () => {
  it("is told per environment: who is where, in which zones, and what they do", async () => {
    const [ward, shop] = [new ScriptedCamera("ward", "care"), new ScriptedCamera("till", "shop")];
    const corners = [
      { x: 0.4, y: 0.4 },
      { x: 0.6, y: 0.4 },
      { x: 0.5, y: 0.6 },
    ];
    ward.become({ zones: [{ id: "bed", corners, occupancy: 1 }] });
    const sensing = new CameraSensing(directoryOf(ward, shop), new ScriptedLog());
    expect(sensing.environments()).toEqual(["care", "shop"]);
    const stop = new AbortController();
    const frames = sensing.poses("care", stop.signal);
    const next = frames.next();
    shop.showPeople(person);
    setImmediate(() => ward.showPeople(person));
    expect((await next).value).toMatchObject({
      source: { kind: "camera", id: "ward", model: "yolox-nano", simulated: false },
      frame: 40,
      processingMs: 26,
      persons: [
        {
          person: 3,
          track: 7,
          keypoints: null,
          activity: { type: "unknown", confidence: 0 },
          velocity: { x: expect.closeTo(12, -1), y: expect.closeTo(0, 3) },
          zones: ["bed"],
        },
      ],
    });
    stop.abort();
    expect((await frames.next()).done).toBe(true);
  });

  it("of a camera that moves to another environment, its people are shown there and nowhere else", async () => {
    const camera = new MovingCamera("ward");
    const sensing = new CameraSensing(directoryOf(camera), new ScriptedLog());
    const stop = new AbortController();
    const next = sensing.poses("care", stop.signal).next();
    camera.environment = "shop";
    const there = sensing.poses("shop", stop.signal).next();
    camera.showPeople(person);
    expect((await there).value).toMatchObject({ source: { id: "ward" }, frame: 40 });
    stop.abort();
    expect((await next).done).toBe(true);
  });

  it("is told as exactly as it is known, and no more", async () => {
    const log = new ScriptedLog();
    log.record({ ...fall, confidence: 0.930_749_752, impact: 0.502_329_8, point: { x: 0.512_345_6, y: 0.25 } });
    const sensing = new CameraSensing(directoryOf(), log);
    const page = await sensing.read({ environment: "care", after: { epoch: "e", offset: 0 } });
    expect(page.kind === "events" && page.events[0]?.data).toMatchObject({
      ...{ confidence: 0.931, location: { x: 393.5, y: 108 } },
      details: { impact_severity: 0.502 },
    });
  });

  it("tells where somebody was and is going, and has no body to draw without a skeleton", async () => {
    const ward = new ScriptedCamera("ward", "care");
    const sensing = new CameraSensing(directoryOf(ward), new ScriptedLog());
    const stop = new AbortController();
    const next = sensing.poses("care", stop.signal).next();
    setImmediate(() => ward.showPeople(person));
    const { value } = await next;
    const [somebody] = value?.persons ?? [];
    const path = somebody?.trajectory?.();
    expect(path?.trajectory.map(({ timestamp }) => timestamp)).toEqual([
      "1970-01-01T00:00:00.000Z",
      "1970-01-01T00:00:01.000Z",
    ]);
    expect(path?.prediction?.time_horizon).toBe(1);
    expect(path?.prediction?.next_position.x).toBeGreaterThan(390);
    expect(somebody?.densePose?.()).toBeNull();
    stop.abort();
  });

  it("fails for whoever reads when a camera's people cannot be had", async () => {
    const ward = new ScriptedCamera("ward", "care");
    const broken = Object.assign(Object.create(ward), {
      people: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error("it is broken")) }) }),
    });
    Object.defineProperties(broken, { id: { value: ward.id }, environment: { value: ward.environment } });
    const sensing = new CameraSensing(directoryOf(broken), new ScriptedLog());
    const frames = sensing.poses("care", new AbortController().signal);
    await expect(frames.next()).rejects.toThrow("it is broken");
  });

  it("becomes events of its environment in the order of the log, old ones first and then those to come", async () => {
    const log = new ScriptedLog();
    const cameras = directoryOf(new ScriptedCamera("ward", "care"), new ScriptedCamera("till", "shop"));
    const sensing = new CameraSensing(cameras, log);
    log.record(lost("ward", "care"));
    log.record(lost("till", "shop"));
    const stop = new AbortController();
    const events = sensing.events({ environment: "care", after: { epoch: "e", offset: 0 } }, stop.signal);
    expect((await events.next()).value).toMatchObject({
      events: [
        {
          type: "hardware_event",
          data: {
            event: "camera_disconnected",
            camera_id: "ward",
            severity: "error",
            message: "gone",
            metadata: { last_seen: "2026-03-14T09:19:50.000Z", reconnect_attempts: 2 },
          },
          position: { offset: 1 },
        },
      ],
      upTo: 2,
    });
    const next = events.next();
    log.record(fall);
    expect((await next).value).toMatchObject({
      events: [
        {
          type: "activity_event",
          data: {
            event_type: "fall_detected",
            severity: "high",
            person_id: 3,
            location: { x: 384, y: 108 },
            details: { fall_duration: 2.4, impact_severity: 0.6, recovery_detected: false },
          },
          position: { offset: 3 },
        },
      ],
    });
    const last = events.next();
    stop.abort();
    expect((await last).done).toBe(true);
  });

  it("can be read again from a position, and says when a position is none of this log", async () => {
    const log = new ScriptedLog();
    const sensing = new CameraSensing(directoryOf(new ScriptedCamera("ward", "care")), log);
    log.record(fall);
    const query = (epoch: string) => ({ environment: "care", after: { epoch, offset: 0 } });
    expect(await sensing.read(query("e"))).toMatchObject({ kind: "events", upTo: 1, atEnd: true, events: [{}] });
    expect(await sensing.read(query("other"))).toEqual({ kind: "unknown-position" });
    expect(await sensing.position()).toEqual({ epoch: "e", offset: 1 });
  });

  it("tells of an environment that comes before anything that happens after it has come", async () => {
    const log = new ScriptedLog();
    const cameras = [new ScriptedCamera("ward", "care")];
    const sensing = new CameraSensing({ list: () => cameras, get: () => undefined }, log);
    const heard: unknown[] = [];
    using _listening = sensing.onNewEnvironments((came) => heard.push(came));
    const query = { environment: "care", after: { epoch: "e", offset: 0 } };
    log.record(fall);
    await sensing.read(query);
    expect(heard).toEqual([]);
    cameras.push(new ScriptedCamera("till", "shop"));
    log.record(lost("till", "shop"));
    log.record(fall);
    await sensing.read(query);
    const shop = { environments: ["shop"], after: { epoch: "e", offset: 1 } };
    expect(heard).toEqual([shop]);
    cameras.pop();
    await sensing.position();
    cameras.push(new ScriptedCamera("till", "shop"), new ScriptedCamera("pump", "court"));
    const position = sensing.position();
    const both = { environments: ["shop", "court"], after: { epoch: "e", offset: 3 } };
    expect(heard).toEqual([shop, both]);
    expect(await position).toEqual(both.after);
  });
});
