import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScriptedSensing } from "../testing/scripted-sensing.ts";
import { dataOf, happeningOf, readGolden, StreamingFixture, settled, subscribe } from "../testing/streaming.fixture.ts";
import type { TestClient } from "../testing/test-client.ts";

const HAPPENINGS = {
  activity_event: happeningOf("activity_event"),
  occupancy_update: happeningOf("occupancy_update"),
  config_update: happeningOf("config_update"),
};
type Type = keyof typeof HAPPENINGS;

const falls = { event_type: "activity_event" };
const { activity_event: fall, occupancy_update: occupancy } = HAPPENINGS;
const HEARTBEAT_MS = wire.HEARTBEAT_MS;

async function nextStreams(fixture: StreamingFixture, client: TestClient): Promise<unknown> {
  await settled(client);
  await fixture.pass(HEARTBEAT_MS, client);
  return wire.HeartbeatMessage.parse(await client.next("heartbeat")).data.streams;
}

describe("a heartbeat", () => {
  it("says up to where the client was sent all that it wants, as the golden file has it", async () => {
    await using fixture = await StreamingFixture.open();
    const client = await fixture.subscribed([falls]);
    for (let i = 0; i < 41; i++) fixture.sensing.record(occupancy);
    await settled(client);
    fixture.clock.advance(HEARTBEAT_MS);
    expect(await client.next("heartbeat")).toEqual(readGolden("server.heartbeat.streams"));
  });

  it("lets a client whom nothing concerned for long recover when the record does not reach back further", async () => {
    await using fixture = await StreamingFixture.open();
    const { sensing } = fixture;
    const client = await fixture.subscribed([falls]);
    sensing.record(fall);
    for (let i = 0; i < 99; i++) sensing.record(occupancy);
    expect(await nextStreams(fixture, client)).toEqual([
      { environment_id: "room_001", epoch: sensing.epoch, offset: 100 },
    ]);
    sensing.forgetBefore(90);
    sensing.record(fall);
    const back = await fixture.join();
    const recover = [{ environment_id: "room_001", epoch: sensing.epoch, offset: 100 }];
    expect(await subscribe(back, [falls], { recover })).toMatchObject({ recovered: true });
    expect(await back.next("activity_event")).toMatchObject({ metadata: { stream: { offset: 101 } } });
  });

  it("says nothing of streams where no events are asked for", async () => {
    await using fixture = await StreamingFixture.open();
    const client = await fixture.subscribed([{ event_type: "pose_data" }]);
    expect(await nextStreams(fixture, client)).toBeUndefined();
  });

  it("says no position behind an event that a ceiling holds back", async () => {
    await using fixture = await StreamingFixture.open();
    const client = await fixture.subscribed([{ event_type: "occupancy_update" }]);
    for (let i = 0; i < 100; i++) fixture.sensing.record(occupancy);
    expect(await nextStreams(fixture, client)).toMatchObject([{ offset: 60 }]);
    await nextStreams(fixture, client);
    expect(await nextStreams(fixture, client)).toMatchObject([{ offset: 100 }]);
  });

  it("says no position while older events are recovered", async () => {
    await using fixture = await StreamingFixture.open();
    const { sensing } = fixture;
    for (let i = 0; i < 10; i++) sensing.record(fall);
    const client = await fixture.subscribed([falls]);
    const release = sensing.holdReads();
    const recover = { epoch: sensing.epoch, offset: 0 };
    client.send({ type: "subscribe", data: { subscriptions: [falls], recover } });
    await sensing.until(({ reads }) => reads > 0);
    fixture.clock.advance(HEARTBEAT_MS);
    expect(dataOf(await client.next("heartbeat"))).not.toHaveProperty("streams");
    release();
    await client.next("ack");
    expect(await nextStreams(fixture, client)).toMatchObject([{ offset: 10 }]);
  });
});

type Step =
  | { readonly type: Type; readonly environment: string; readonly count: number }
  | "appear"
  | "beat"
  | "hold"
  | "release"
  | "settle";

const LATE = "room_003";
const WANTED: readonly string[] = ["activity_event", "occupancy_update"];

/** What a client was sent, in order, and what it should have been. */
class Trial {
  readonly #fixture: StreamingFixture;
  readonly #client: TestClient;
  readonly #messages: wire.ServerMessage[] = [];
  readonly #recorded: { readonly environment: string; readonly offset: number }[] = [];
  #offset = 0;
  #release = (): void => undefined;

  constructor(fixture: StreamingFixture, client: TestClient) {
    this.#fixture = fixture;
    this.#client = client;
    client.socket.on("message", (data) => this.#messages.push(wire.ServerMessage.parse(JSON.parse(String(data)))));
  }

  async take(step: Step): Promise<void> {
    const { sensing } = this.#fixture;
    if (step === "appear") sensing.appear(LATE);
    else if (step === "beat") await this.#fixture.pass(HEARTBEAT_MS, this.#client);
    else if (step === "settle") await settled(this.#client);
    else if (step === "hold") {
      this.#release();
      this.#release = sensing.holdReads();
    } else if (step === "release") this.#release();
    else if (sensing.environments().includes(step.environment)) this.#record(step);
  }

  /** Every position told stands behind everything wanted, and in the end behind everything that happened. */
  check(from: number): void {
    const sent = new Set<string>();
    const told = new Map<string, number>();
    for (const message of this.#messages) {
      const { environment_id = "", offset = 0 } = message.metadata?.stream ?? {};
      if (WANTED.includes(message.type)) sent.add(`${environment_id} ${offset}`);
      if (message.type !== "heartbeat") continue;
      for (const { environment_id: environment = "", offset: upTo } of message.data.streams ?? []) {
        const due = this.#recorded.filter((each) => each.environment === environment && each.offset <= upTo);
        expect(due.filter((each) => each.offset > from && !sent.has(`${environment} ${each.offset}`))).toEqual([]);
        told.set(environment, upTo);
      }
    }
    const all = this.#fixture.sensing.environments().map((environment) => [environment, this.#offset] as const);
    expect(told).toEqual(new Map(all));
  }

  #record({ type, environment, count }: Extract<Step, object>): void {
    for (let i = 0; i < count; i++) {
      this.#fixture.sensing.record(HAPPENINGS[type], environment);
      this.#offset++;
      if (type !== "config_update") this.#recorded.push({ environment, offset: this.#offset });
    }
  }
}

it("no position is told before everything up to it was sent, whatever is held back, recovered or comes late", async () => {
  const step = fc.oneof(
    fc.record({
      type: fc.constantFrom<Type[]>("activity_event", "occupancy_update", "config_update"),
      environment: fc.constantFrom("room_001", "room_002", LATE),
      count: fc.integer({ min: 1, max: 50 }),
    }),
    fc.constantFrom("appear", "beat", "hold", "release", "settle" as const),
  );
  const run = async (before: readonly Step[], steps: readonly Step[], back: number): Promise<void> => {
    await using fixture = await StreamingFixture.open({ sensing: new ScriptedSensing(["room_001", "room_002"]) });
    const client = await fixture.join();
    const trial = new Trial(fixture, client);
    for (const each of before) if (typeof each === "object") await trial.take(each);
    const { epoch, offset } = await fixture.sensing.position();
    const from = Math.max(0, offset - back);
    const recover = ["room_001", "room_002"].map((environment_id) => ({ environment_id, epoch, offset: from }));
    const subscriptions = WANTED.map((event_type) => ({ event_type }));
    await subscribe(client, subscriptions, { recover });
    for (const each of steps) await trial.take(each);
    const minutes = Array<Step>(20).fill("beat");
    for (const each of ["release", "settle", ...minutes] satisfies Step[]) await trial.take(each);
    trial.check(from);
  };
  const some = fc.array(step, { maxLength: 12 });
  await fc.assert(fc.asyncProperty(some, some, fc.nat({ max: 60 }), run), { numRuns: 25 });
});
