import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { ServeClock } from "../../serve/clock.ts";
import { readGolden } from "../../serve/testing/streaming.fixture.ts";

interface Asked {
  readonly type?: string;
  readonly data?: { readonly subscriptions?: readonly { event_type: string }[] };
}

/** A server that lets in everybody, filters nothing, refuses nothing, and words its errors in its own way. */
export class FaultyServer implements AsyncDisposable {
  readonly #server: WebSocketServer;
  readonly #poses: Disposable;

  private constructor(server: WebSocketServer, clock: ServeClock) {
    this.#server = server;
    server.on("connection", (socket) => {
      socket.on("error", () => undefined);
      socket.on("message", (data) => answer(socket, data.toString()));
    });
    const pose = readGolden("server.pose_data");
    pose.data.persons[0].confidence = 0.3;
    this.#poses = clock.every(50, () => {
      pose.data.frame_id++;
      for (const socket of server.clients) socket.send(JSON.stringify(pose));
    });
  }

  static async open(clock: ServeClock): Promise<FaultyServer> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => false });
    await once(server, "listening");
    return new FaultyServer(server, clock);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#poses[Symbol.dispose]();
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }
}

function answer(socket: WebSocket, text: string): void {
  const { type, data } = read(text);
  if (type === "disconnect") socket.close(4000);
  if (type !== "subscribe" && type !== "unsubscribe") return;
  const wanted = data?.subscriptions ?? [];
  const refused = JSON.stringify(wanted).includes("1.5");
  if (refused) {
    const details = { subscription_id: null, field: "min_confidence", reason: "No" };
    say(socket, "error", { error_code: "SUBSCRIPTION_ERROR", message: "Bad filter", details });
  }
  const active_subscriptions = wanted.map(({ event_type }) => ({
    ...{ subscription_id: "sub_1", event_type: event_type ?? "pose_data", status: "active" },
  }));
  say(socket, "ack", { message_type: type, status: "success", active_subscriptions });
  say(socket, "system_event", { ...readGolden("server.system_event").data, status: "fine" });
}

const say = (socket: WebSocket, type: string, data: object): void =>
  socket.send(
    JSON.stringify({ type, timestamp: "2025-01-07T10:30:00", data, metadata: { sequence: 1, compression: null } }),
  );

function read(text: string): Asked {
  try {
    return JSON.parse(text) as Asked;
  } catch {
    return {};
  }
}
