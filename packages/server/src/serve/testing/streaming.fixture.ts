import { once } from "node:events";
import { readFileSync } from "node:fs";
import { silentLog } from "../../observe/log.ts";
import type { Auth } from "../auth/auth.ts";
import { HttpServer } from "../http/server.ts";
import { type OutboxLimits, outboxLimits } from "../outbox.ts";
import type { Crowd } from "../streaming/server.ts";
import { HandClock } from "./hand-clock.ts";
import { directoryOf } from "./scripted-camera.ts";
import { type Happening, ScriptedSensing } from "./scripted-sensing.ts";
import { type ConnectOptions, type Message, TestClient } from "./test-client.ts";

const folder = new URL("../../../../protocol/src/wifi-densepose/v1/golden/", import.meta.url);

/** A golden file of the streaming protocol. */
export const readGolden = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));

/** What is recorded so that the golden file of a message of the server is sent. */
export function happeningOf(name: string): Happening {
  const { type, data, timestamp, metadata } = readGolden(`server.${name}`);
  return { type, data, atMs: Date.parse(timestamp), source: metadata.source };
}

/** A filter for the room of the golden files. */
export const room = { environment_id: "room_001" };

/** A subscription to what people do in it. */
export const poses = (filters: object = {}, more: object = {}) => ({
  event_type: "pose_data",
  filters: { ...room, ...filters },
  ...more,
});

/** When the golden files were written. */
export const GOLDEN_MS = Date.parse("2025-01-07T10:30:00.145Z");

/** Less than from one ping to the next. */
const PING_MS = 10_000;

/** What a test may choose. */
export interface Chosen {
  readonly sensing?: ScriptedSensing;
  readonly clock?: HandClock;
  readonly auth?: Auth;
  readonly crowd?: Crowd;
  readonly limits?: Partial<OutboxLimits>;
}

/** The streaming API over scripted environments, on a port of its own, and its clients. */
export class StreamingFixture implements AsyncDisposable {
  readonly clock: HandClock;
  readonly sensing: ScriptedSensing;
  readonly server: HttpServer;
  readonly #cleanup: AsyncDisposableStack;

  private constructor(init: {
    clock: HandClock;
    sensing: ScriptedSensing;
    server: HttpServer;
    auth?: Auth | undefined;
  }) {
    this.clock = init.clock;
    this.sensing = init.sensing;
    this.server = init.server;
    this.#cleanup = new AsyncDisposableStack();
    this.#cleanup.use(init.server);
  }

  static async open({ auth, crowd = {}, limits = {}, ...chosen }: Chosen = {}): Promise<StreamingFixture> {
    const { clock = new HandClock(GOLDEN_MS), sensing = new ScriptedSensing() } = chosen;
    const server = await HttpServer.listen({
      ...{ clock, log: silentLog, cameras: directoryOf(), pageFolder: "/nonexistent", port: 0 },
      ...(auth && { auth }),
      limits: { ...outboxLimits, ...limits },
      streaming: { source: sensing, crowd },
    });
    return new StreamingFixture({ clock, sensing, server });
  }

  get url(): string {
    return `ws://127.0.0.1:${this.server.port}/ws/v1`;
  }

  /** A client whose handshake is done. */
  async connect(query = "?client_id=client_123", options: ConnectOptions = {}): Promise<TestClient> {
    return this.#cleanup.use(await TestClient.connect(this.url + query, options));
  }

  /** A client that was let in. */
  async join(query?: string, options?: ConnectOptions): Promise<TestClient> {
    const client = await this.connect(query, options);
    await client.next("connection_status");
    return client;
  }

  /** A client with subscriptions, frames coming. */
  async subscribed(subscriptions: readonly object[], query?: string): Promise<TestClient> {
    const client = await this.join(query);
    await subscribe(client, subscriptions);
    return client;
  }

  /** Lets time pass for clients that answer pings in it. */
  async pass(ms: number, ...clients: readonly TestClient[]): Promise<void> {
    for (let left = ms; left > 0; left -= PING_MS) {
      this.clock.advance(Math.min(left, PING_MS));
      for (const client of clients) if (client.socket.readyState === client.socket.OPEN) await answered(client);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}

/** Subscribes, and returns the data of the answer. */
export async function subscribe(client: TestClient, subscriptions: readonly unknown[], more: object = {}) {
  client.send({ type: "subscribe", data: { subscriptions, ...more } });
  return dataOf(await client.next("ack"));
}

/** What a message says. */
export const dataOf = (message: Message): Message => message.data as Message;

/** Resolves when the server has answered everything the client has sent so far. */
export async function settled(client: TestClient): Promise<void> {
  client.send({ type: "connection_status" });
  await client.next("connection_status");
}

/** Resolves when the client has read everything sent so far, pings among it, or is gone. */
const answered = (client: TestClient): Promise<unknown> => {
  client.socket.ping();
  return Promise.race([once(client.socket, "pong"), client.closed]);
};
