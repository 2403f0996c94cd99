import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connect, type Gap } from "@sensorium/client";
import type { SensoriumEvent, StreamPosition } from "@sensorium/protocol";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { ServerProcess, temporaryFolder } from "@sensorium/testkit";
import { beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { told } from "../../packages/server/src/serve/streaming/told.ts";
import { Network } from "../client/network.ts";

/** Many rooms, so that much happens, each with a router that falls silent soon after it opens. */
const ROOMS = [134, 136, 203, 341, 10, 74, 79, 125];
const CONFIGURATION = JSON.stringify({
  server: { auth: "none" },
  defaults: { lines: {} },
  cameras: Object.fromEntries(
    ROOMS.map((seed) => [
      `room-${seed}`,
      {
        source: { kind: "simulated", seed },
        zones: {
          whole: [
            [0, 0],
            [1, 0],
            [1, 1],
            [0, 1],
          ],
        },
      },
    ]),
  ),
});
const ENVIRONMENT = "default";
const EVENT_TYPES = [
  ...["tracking_update", "system_event", "hardware_event", "activity_event", "occupancy_update"],
  ...["performance_update", "config_update", "analytics_stream"],
];
const NOWHERE = 1;

type EventMessage = wire.EventMessage;

/** Every event once: its place in the record, what it is, and when it happened. */
interface Had {
  readonly offset: number | undefined;
  readonly type: string;
  readonly timestamp: string;
}

const had = (event: EventMessage | Gap): Had =>
  event.type === "gap"
    ? { offset: undefined, type: "gap", timestamp: "" }
    : { offset: event.metadata?.stream?.offset, type: event.type, timestamp: event.timestamp };

/** Something that waits until enough has come. */
class Counter<T> {
  readonly items: T[] = [];
  #changed = Promise.withResolvers<void>();

  add(item: T): void {
    this.items.push(item);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves when that many more have come than now. */
  async more(count: number): Promise<void> {
    const wanted = this.items.length + count;
    while (this.items.length < wanted) await this.#changed.promise;
  }
}

/** A client that remembers where it was, and asks for what follows. */
class Client {
  readonly events = new Counter<EventMessage>();
  /** What the server said each time it came back. */
  readonly recovered: unknown[] = [];
  first: StreamPosition | undefined;
  #last: StreamPosition | undefined;

  /** Resolves when the subscriptions stand. */
  async come(url: string): Promise<void> {
    const socket = new WebSocket(url.replace("http", "ws").concat("/ws/v1"));
    const acknowledged = Promise.withResolvers<wire.Ack>();
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as wire.ServerMessage;
      if (message.type === "ack") acknowledged.resolve(message.data as wire.Ack);
      else if (message.metadata?.stream) this.#take(message as EventMessage);
    });
    await once(socket, "open");
    const filters = { environment_id: ENVIRONMENT, min_confidence: 0 };
    const subscriptions = EVENT_TYPES.map((event_type) => ({ event_type, filters }));
    const recover = this.#last && { recover: this.#last };
    socket.send(JSON.stringify({ type: "subscribe", data: { subscriptions, ...recover } }));
    const { recovered, streams } = await acknowledged.promise;
    if (this.first) this.recovered.push(recovered);
    this.first ??= streams?.[0];
    this.#last ??= this.first;
  }

  #take(event: EventMessage): void {
    const { epoch, offset } = event.metadata?.stream ?? { epoch: "", offset: 0 };
    this.#last = { epoch, offset };
    this.events.add(event);
  }
}

/** What the record of a simulated room says that the streaming API tells, after one position and up to another. */
function recorded(home: string, { after, upTo }: { readonly after: StreamPosition; readonly upTo: number }): Had[] {
  using database = new DatabaseSync(join(home, "simulated", "sensorium.db"), { readOnly: true });
  const rows = database
    .prepare("select log_offset, body from event_log where epoch = ? and environment = ? order by log_offset")
    .all(after.epoch, ENVIRONMENT) as { log_offset: number; body: string }[];
  return rows
    .filter(({ log_offset: offset }) => offset > after.offset && offset <= upTo)
    .flatMap(({ log_offset: offset, body }) => {
      const event = JSON.parse(body) as SensoriumEvent;
      const payload = told(event);
      return payload ? [{ offset, type: payload.type, timestamp: new Date(event.wallMs).toISOString() }] : [];
    });
}

interface Course {
  readonly raw: Client;
  readonly followed: readonly (EventMessage | Gap)[];
  /** What there was to have, up to the last that each of them had. */
  readonly rawRecord: readonly Had[];
  readonly followedRecord: readonly Had[];
}

/** Two clients of a server that is cut off from them once, and killed twice, the second time while they are away. */
async function cutAndKill(): Promise<Course> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await temporaryFolder());
  const file = join(home.path, "sensorium.yaml");
  await writeFile(file, CONFIGURATION);
  const args = ["--config", file, "--home", home.path];
  const start = async (): Promise<ServerProcess> =>
    stack.use(await ServerProcess.start(args, { SENSORIUM_LOG: "error" }));
  const first = await start();
  const network = stack.use(await Network.open(first.port));
  const raw = new Client();
  await raw.come(network.url);
  const followed = new Counter<EventMessage | Gap>();
  const sdk = stack.use(connect(network.url, { clock: hasty }));
  const reading = read(sdk.events({ environment: ENVIRONMENT, minConfidence: 0, after: after(raw) }), followed);
  const both = (count: number) => Promise.all([raw.events.more(count), followed.more(count)]);
  const witness = async (server: ServerProcess): Promise<Client> => {
    const client = new Client();
    await client.come(`http://127.0.0.1:${server.port}`);
    return client;
  };

  await both(6);
  const watching = await witness(first);
  network.port = NOWHERE;
  network.cut();
  await watching.events.more(8);
  network.port = first.port;
  await raw.come(network.url);
  await both(4);
  await first.kill("SIGKILL");

  const second = await start();
  network.port = second.port;
  await raw.come(network.url);
  await both(25);
  const watchingToo = await witness(second);
  network.port = NOWHERE;
  network.cut();
  await watchingToo.events.more(3);
  await second.kill("SIGKILL");

  const third = await start();
  network.port = third.port;
  await raw.come(network.url);
  await both(25);
  await third.kill("SIGTERM");
  sdk.close();
  await reading;
  const record = (events: readonly (EventMessage | Gap)[]) => {
    const { offset: upTo = 0 } = events.map(had).at(-1) ?? {};
    return recorded(home.path, { after: firstOf(raw), upTo });
  };
  return {
    ...{ raw, followed: followed.items },
    ...{ rawRecord: record(raw.events.items), followedRecord: record(followed.items) },
  };
}

async function read(events: AsyncIterable<EventMessage | Gap>, into: Counter<EventMessage | Gap>): Promise<void> {
  for await (const event of events) into.add(event);
}

function firstOf({ first }: Client): StreamPosition {
  if (!first) throw new Error("the client never heard where it begins");
  return first;
}

const after = (client: Client) => [{ environment_id: ENVIRONMENT, ...firstOf(client) }];

/** Comes back soon. */
const hasty = {
  now: () => Date.now(),
  after: (ms: number, task: () => void) => {
    const timer = setTimeout(task, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  random: () => 0.02,
};

let course: Course;
beforeAll(async () => {
  course = await cutAndKill();
}, 60_000);

it("a client that is cut off, and whose server is killed twice, has every durable event once and in order", () => {
  const { raw, rawRecord } = course;
  const events = raw.events.items;
  expect(events.map(had)).toEqual(rawRecord);
  expect(raw.recovered).toEqual([true, true, true]);
  const kinds = ["tracking_update", "occupancy_update", "hardware_event", "system_event"];
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(kinds));
  const starts = events.flatMap(({ type, data }) =>
    type === "system_event" && data.status === "running" ? data.event : [],
  );
  // The first server may say that it started before or after its first client has come.
  expect(starts.slice(-2)).toEqual(["system_restarted", "system_restarted"]);
  expect(["", "system_started"]).toContain(starts.slice(0, -2).join());
});

it("so has the SDK, which comes back and recovers by itself, without a gap", () => {
  const { followed, followedRecord, raw } = course;
  expect(followed.map(had)).toEqual(followedRecord);
  expect(followed.length).toBeGreaterThan(0.8 * raw.events.items.length);
});
