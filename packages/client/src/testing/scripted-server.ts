import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { HandClock } from "../../../server/src/serve/testing/hand-clock.ts";
import type { Socket } from "../socket.ts";

/** A message of a client. */
export type Sent = wire.ClientMessage;

/** One socket as the server sees it, driven by the test. */
export class ScriptedSocket implements Socket {
  readonly url: string;
  readonly subprotocol: string;
  binaryType = "blob";
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;
  /** Everything the client has sent and nobody has looked at. */
  sent: Sent[] = [];
  /** Whether the client has closed it. */
  closed = false;

  constructor(url: string, subprotocol: string) {
    this.url = url;
    this.subprotocol = subprotocol;
  }

  send(data: string | Uint8Array): void {
    this.sent.push(wire.ClientMessage.parse(JSON.parse(data as string)));
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.();
  }

  /** The server says something. */
  say(type: string, data: unknown, metadata?: object): void {
    this.onmessage?.({ data: JSON.stringify({ type, timestamp: "2025-01-07T10:30:00.000Z", data, metadata }) });
  }

  /** The server agrees to the subscription. */
  ack(more: Partial<wire.Ack> = {}): void {
    this.say("ack", { message_type: "subscribe", status: "success", active_subscriptions: [], ...more });
  }

  /** The server, or the network, closes. */
  end(code: number, reason = ""): void {
    this.onclose?.({ code, reason });
  }

  /** The message of a type that the client has sent, taken. */
  take<T extends Sent["type"]>(type: T): Extract<Sent, { type: T }> | undefined {
    const index = this.sent.findIndex((message) => message.type === type);
    return this.sent.splice(index, index < 0 ? 0 : 1)[0] as Extract<Sent, { type: T }> | undefined;
  }
}

/** A network in which every socket and the time are in the test's hands. */
export class ScriptedServer {
  readonly sockets: ScriptedSocket[] = [];
  readonly clock = Object.assign(new HandClock(Date.parse("2025-01-07T10:30:00Z")), { random: () => 0.5 });

  readonly openSocket = (url: string, subprotocol: string): Socket => {
    const socket = new ScriptedSocket(url, subprotocol);
    this.sockets.push(socket);
    return socket;
  };

  get newest(): ScriptedSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("the client has not connected");
    return socket;
  }

  /** Opens the newest socket, and agrees to what is asked for over it. */
  async accept(ack?: Partial<wire.Ack>): Promise<ScriptedSocket> {
    await settled();
    this.newest.open();
    this.newest.ack(ack);
    await settled();
    return this.newest;
  }

  /** Lets time pass, and what follows from it happen. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settled();
  }
}

/** Resolves when everything that can happen without time or network has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads a stream beside the test. */
export class Reader<T> {
  readonly read: T[] = [];
  /** How the loop ended; undefined while it runs. */
  ended: { readonly error: unknown } | undefined;
  #held: Promise<void> | undefined;

  constructor(stream: AsyncIterable<T>, most = Number.POSITIVE_INFINITY) {
    void this.#run(stream, most).then(
      () => (this.ended = { error: null }),
      (error: unknown) => (this.ended = { error }),
    );
  }

  /** The reader takes no more until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = undefined;
      resolve();
    };
  }

  async #run(stream: AsyncIterable<T>, most: number): Promise<void> {
    for await (const value of stream) {
      this.read.push(value);
      if (this.read.length >= most) return;
      await this.#held;
    }
  }
}
