import { MAX_POSITIONS } from "@sensorium/protocol/streaming";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import fc from "fast-check";
import { beforeEach, describe, expect, expectTypeOf, it } from "vitest";
import { connect } from "./client.ts";
import type { EventOf, EventsRequest, EventType, Gap } from "./events.ts";
import { Reader, ScriptedServer, settled } from "./testing/scripted-server.ts";

let server: ScriptedServer;
beforeEach(() => {
  server = new ScriptedServer();
});

const connected = () => connect("ws://sensor", { ...server, openSocket: server.openSocket });
const events = <T extends EventType>(request: EventsRequest<T>) => connected().events(request);

const at = (offset: number, environment_id = "room", epoch = "e1") => ({ environment_id, epoch, offset });
const fall = (offset: number, environment_id?: string): void =>
  server.newest.say("activity_event", { event_type: "fall_detected" }, { stream: at(offset, environment_id) });
const offsetsOf = (read: readonly { readonly type: string; readonly metadata?: wire.Metadata | undefined }[]) =>
  read.map(({ type, metadata }) => (type === "gap" ? "gap" : metadata?.stream?.offset));
const recovered = (): wire.Recover | undefined => {
  const { data } = server.newest.take("subscribe") ?? {};
  return data?.recover;
};

/** The connection breaks, and the client comes back. */
async function cut(): Promise<void> {
  server.newest.end(1006);
  await settled();
  await server.pass(30_000);
  server.newest.open();
}

describe("a stream of events", () => {
  it("asks for what is wanted, each kind by a subscription", async () => {
    const request = { environment: "room", zones: ["bed"], severity: ["high"], minConfidence: 0.8 } as const;
    new Reader(events({ ...request, types: ["activity_event", "system_event"], activities: ["fall_detected"] }));
    const { data } = (await server.accept()).take("subscribe") ?? {};
    const filters = {
      environment_id: "room",
      zone_ids: ["bed"],
      severity: ["high"],
      min_confidence: 0.8,
      event_types: ["fall_detected"],
    };
    expect(data).toEqual({
      subscriptions: [
        { event_type: "activity_event", filters },
        { event_type: "system_event", filters },
      ],
    });
  });

  it("goes on after a cut with what it has had in every environment, each event once", async () => {
    const reader = new Reader(events({ types: ["activity_event"] }));
    await server.accept({ streams: [at(4), at(9, "hall")] });
    fall(5);
    fall(6);
    await settled();
    await cut();
    expect(recovered()).toEqual([at(9, "hall"), at(6)]);
    server.newest.ack({ recovered: true, streams: [at(6), at(9, "hall")] });
    fall(6);
    fall(7);
    fall(10, "hall");
    fall(8);
    await settled();
    expect(offsetsOf(reader.read)).toEqual([5, 6, 7, 10, 8]);
  });

  it("says that events may be missing, where they may", async () => {
    const reader = new Reader(events({ types: ["activity_event"] }));
    await server.accept({ streams: [at(4), at(9, "hall")] });
    fall(5);
    await cut();
    server.newest.ack({ recovered: false, streams: [at(50), at(9, "hall")] });
    fall(51);
    await cut();
    server.newest.ack({ recovered: false, streams: [at(51), at(9, "hall", "e2")] });
    await settled();
    expect(offsetsOf(reader.read)).toEqual([5, "gap", 51, "gap"]);
    expect(reader.read[1]).toEqual({ type: "gap", streams: [at(50)] });
    expect(reader.read[3]).toEqual({ type: "gap", streams: [at(9, "hall", "e2")] });
  });

  it("says so of an environment that was not there then, when it is back, once", async () => {
    const reader = new Reader(events({ types: ["activity_event"] }));
    await server.accept({ streams: [at(4), at(9, "hall"), at(7, "attic")] });
    await cut();
    server.newest.ack({ recovered: false, streams: [at(50)] });
    server.newest.say("heartbeat", { streams: [at(60), at(55, "hall")] });
    fall(61, "hall");
    fall(62, "attic");
    fall(63, "cellar");
    await settled();
    expect(offsetsOf(reader.read)).toEqual(["gap", "gap", 61, "gap", 62, 63]);
    const gaps = reader.read.filter(({ type }) => type === "gap");
    expect(gaps.map((each) => (each as Gap).streams)).toEqual([[at(50)], [at(55, "hall")], [at(62, "attic")]]);
  });

  it("that gets all of an environment that was not there then says nothing of it", async () => {
    const reader = new Reader(events({ types: ["activity_event"] }));
    await server.accept({ streams: [at(4), at(9, "hall")] });
    await cut();
    server.newest.ack({ recovered: false, streams: [at(4)] });
    await cut();
    expect(recovered()).toContainEqual(at(9, "hall"));
    server.newest.ack({ recovered: true, streams: [at(4), at(9, "hall")] });
    fall(10, "hall");
    await settled();
    expect(offsetsOf(reader.read)).toEqual([10]);
  });

  it("forgets the environments that have long gone when there are more than a server takes", async () => {
    const stream = events({ types: ["activity_event"] });
    new Reader(stream);
    await server.accept({ streams: [at(1), at(1, "hall")] });
    for (let visitor = 1; visitor < MAX_POSITIONS; visitor++) {
      server.newest.say("heartbeat", { streams: [at(visitor + 1), at(visitor + 1, `guest ${visitor}`)] });
    }
    await settled();
    expect(stream.positions).toHaveLength(MAX_POSITIONS);
    expect(stream.positions).not.toContainEqual(at(1, "hall"));
    expect(stream.positions).toContainEqual(at(MAX_POSITIONS));
    await cut();
    expect(recovered()).toHaveLength(MAX_POSITIONS);
  });

  it("leaves out what was not asked for, and knows that it was there", async () => {
    const stream = events({ types: ["system_event"] });
    const reader = new Reader(stream);
    await server.accept({ streams: [at(0)] });
    server.newest.say("hardware_event", { event: "camera_connected" }, { stream: at(1) });
    server.newest.say("something_new", {});
    await settled();
    expect(reader.read).toEqual([]);
    expect(stream.positions).toEqual([at(1)]);
  });

  it("stands where the server says that everything was sent, also where nothing was and in what came later", async () => {
    const stream = events({ types: ["activity_event"] });
    const reader = new Reader(stream);
    const release = reader.hold();
    await server.accept({ streams: [at(4), at(4, "hall")] });
    fall(5);
    await settled();
    fall(6);
    server.newest.say("heartbeat", { client_id: "c", streams: [at(40), at(30, "hall"), at(35, "attic")] });
    await settled();
    expect(stream.positions).toEqual([at(4, "hall"), at(5)]);
    release();
    await settled();
    expect(stream.positions).toEqual([at(40), at(30, "hall"), at(35, "attic")]);
    server.newest.say("heartbeat", { client_id: "c", streams: [at(39), at(35, "attic")] });
    server.newest.say("heartbeat", { client_id: "c" });
    await cut();
    expect(recovered()).toEqual([at(40), at(30, "hall"), at(35, "attic")]);
    server.newest.ack({ recovered: true });
    fall(36, "attic");
    fall(41);
    await settled();
    expect(offsetsOf(reader.read)).toEqual([5, 6, 36, 41]);
  });

  it("goes on where it was read up to, when it is read again or by another", async () => {
    const stream = events({ types: ["activity_event"] });
    const reader = new Reader(stream, 2);
    await server.accept({ streams: [at(0)] });
    for (let offset = 1; offset <= 5; offset++) fall(offset);
    await settled();
    expect(offsetsOf(reader.read)).toEqual([1, 2]);
    const again = new Reader(stream);
    await settled();
    server.newest.open();
    expect(recovered()).toEqual([at(2)]);
    server.newest.ack({ recovered: true, streams: [at(2)] });
    for (let offset = 3; offset <= 5; offset++) fall(offset);
    await settled();
    expect(offsetsOf(again.read)).toEqual([3, 4, 5]);
    new Reader(events({ types: ["activity_event"], after: stream.positions }));
    await server.accept();
    expect(recovered()).toEqual([at(5)]);
  });

  it("whose reader is slow pauses, and goes on where it was when everything was read", async () => {
    const reader = new Reader(events({ types: ["activity_event"], buffer: 3 }));
    const release = reader.hold();
    const socket = await server.accept({ streams: [at(0)] });
    for (let offset = 1; offset <= 10; offset++) fall(offset);
    await settled();
    expect(socket.closed).toBe(true);
    await server.pass(3_600_000);
    expect(server.sockets).toHaveLength(1);
    release();
    await settled();
    expect(server.sockets).toHaveLength(2);
    server.newest.open();
    const [position] = [recovered()].flat();
    server.newest.ack({ recovered: true });
    for (let offset = (position?.offset ?? 0) + 1; offset <= 12; offset++) {
      fall(offset);
      await settled();
    }
    expect(offsetsOf(reader.read)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});

/** A server that keeps a record, and tells a client what it has asked for. */
class Recorder {
  recorded = 0;
  #told = 0;

  record(count: number): void {
    this.recorded += count;
    this.tell();
  }

  /** Answers a client that has just come; it may say again what was said already. */
  async welcome(): Promise<void> {
    await settled();
    const socket = server.newest;
    if (socket.closed || !socket.onopen || socket.sent.length > 0) return;
    socket.open();
    const position = [recovered()].flat()[0];
    this.#told = position ? Math.max(0, position.offset - 1) : this.recorded;
    socket.ack({ ...(position && { recovered: true }), streams: [position ?? at(this.recorded)] });
    this.tell();
  }

  /** Says up to where it has told everything. */
  beat(): void {
    const socket = server.newest;
    if (!socket.closed && socket.sent.length === 0) socket.say("heartbeat", { streams: [at(this.#told)] });
  }

  tell(): void {
    while (this.#told < this.recorded && !server.newest.closed && server.newest.onmessage) fall(++this.#told);
  }
}

it("every event is read once and in order, whatever is cut, held up or said twice", async () => {
  const step = fc.oneof(
    fc.record({ record: fc.integer({ min: 1, max: 6 }) }),
    fc.constantFrom("beat", "cut", "hold", "release", "wait" as const),
  );
  type Step = "beat" | "cut" | "hold" | "release" | "wait" | { record: number };
  const run = async (steps: readonly Step[]): Promise<void> => {
    server = new ScriptedServer();
    const recorder = new Recorder();
    const reader = new Reader(events({ types: ["activity_event"], buffer: 3 }));
    await recorder.welcome();
    let release = (): void => undefined;
    for (const each of [...steps, "release", ...Array(20).fill("wait")]) {
      if (each === "cut") server.newest.end(1006);
      else if (each === "beat") recorder.beat();
      else if (each === "hold") {
        release();
        release = reader.hold();
      } else if (each === "release") release();
      else if (each === "wait") await server.pass(30_000);
      else recorder.record(each.record);
      await recorder.welcome();
    }
    expect(offsetsOf(reader.read)).toEqual(Array.from({ length: recorder.recorded }, (_, i) => i + 1));
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), run), { numRuns: 60 });
});

describe("a stream of poses", () => {
  const frame = (frame_id: number, camera = "door"): void =>
    server.newest.say("pose_data", { frame_id, environment_id: "room", persons: [] }, { source: { id: camera } });

  it("asks for what is wanted", async () => {
    const wanted = { keypoints: false, velocity: false, densePose: true, maxFps: 25, persons: [3] };
    new Reader(connected().poses({ environment: "room", ...wanted }));
    const { data } = (await server.accept()).take("subscribe") ?? {};
    expect(data?.subscriptions).toEqual([
      {
        event_type: "pose_data",
        filters: {
          environment_id: "room",
          person_ids: [3],
          include_keypoints: false,
          include_velocity: false,
          include_dense_pose: true,
        },
        throttle: { buffer_size: 1, max_fps: 25 },
      },
    ]);
  });

  it("shows a slow reader the newest frame of each camera, and counts the others", async () => {
    const poses = connected().poses();
    const reader = new Reader(poses);
    const release = reader.hold();
    await server.accept();
    frame(1);
    await settled();
    for (let id = 2; id <= 5; id++) frame(id);
    frame(6, "hall");
    frame(7);
    await settled();
    release();
    await settled();
    expect(reader.read.map(({ data }) => data.frame_id)).toEqual([1, 6, 7]);
    expect(poses.dropped).toBe(4);
  });

  it("goes on after a cut", async () => {
    const reader = new Reader(connected().poses());
    await server.accept();
    frame(1);
    await settled();
    await cut();
    server.newest.ack();
    frame(2);
    await settled();
    expect(reader.read.map(({ data }) => data.frame_id)).toEqual([1, 2]);
  });

  it("of paths keeps the newest of every person", async () => {
    const reader = new Reader(connected().trajectories());
    const release = reader.hold();
    await server.accept();
    const path = (person_id: number, track_id: number): void =>
      server.newest.say("pose_data_trajectory", { person_id, track_id, trajectory: [] });
    path(1, 1);
    await settled();
    path(1, 2);
    path(2, 3);
    path(1, 4);
    release();
    await settled();
    expect(reader.read.map(({ data }) => data.track_id)).toEqual([1, 3, 4]);
  });
});

type ItemOf<S> = S extends AsyncIterable<infer T> ? T : never;

it("a stream's events are of the types that were asked for, and gaps", () => {
  const falls = connected().events({ types: ["activity_event"] });
  expectTypeOf<ItemOf<typeof falls>>().toEqualTypeOf<EventOf<"activity_event"> | Gap>();
  const all = connected().events();
  expectTypeOf<ItemOf<typeof all>>().toEqualTypeOf<wire.EventMessage | Gap>();
  // @ts-expect-error there is no such type
  connected().events({ types: ["fall_detected"] });
});
