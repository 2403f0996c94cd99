import { reasonOf } from "@sensorium/protocol";
import { encodeMessage } from "@sensorium/protocol/msgpack";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { WebSocket } from "ws";
import type { ServeClock } from "../../serve/clock.ts";
import type { Closure, Form, Received, Recording } from "./recording.ts";

/** How long a server may take to answer. */
export const ANSWER_MS = 2_000;

type Type = wire.ServerMessage["type"];
type MessageOf<T extends Type> = Extract<wire.ServerMessage, { type: T }>;

/** What a `subscribe` came to; no `ack` where none came. */
export interface Answer {
  readonly ack: wire.Ack | undefined;
  readonly errors: readonly wire.ErrorData[];
}

/** A connection, or why there is none. */
export type Arrival =
  | { readonly kind: "open"; readonly peer: Peer }
  | { readonly kind: "refused"; readonly why: string };

/** How to connect. */
export interface PeerOptions {
  readonly clock: ServeClock;
  readonly recording: Recording;
  /** What the record calls it. */
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
}

/** One client of the server, with whatever it was sent and has not been asked for yet. */
export class Peer implements AsyncDisposable {
  readonly socket: WebSocket;
  /** Undefined while the connection stands. */
  closure: Closure | undefined;
  /** Everything it was sent. */
  readonly received: Received[] = [];
  readonly #options: PeerOptions;
  #unread: Received[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket, options: PeerOptions) {
    this.socket = socket;
    this.#options = options;
    const { clock, recording, name } = options;
    socket.on("message", (data, isBinary) => {
      // With ws's default binaryType every message is one Buffer.
      const received = recording.read(name, data as Buffer, { form: this.#form(isBinary), atMs: clock.now() });
      this.received.push(received);
      this.#unread.push(received);
      this.#wake();
    });
    socket.once("close", (code, reason) => {
      this.closure = { code, reason: reason.toString() };
      recording.end(name, this.closure, clock.now());
      this.#wake();
    });
  }

  /** Resolves when the handshake is done, or was refused. */
  static connect(url: URL, options: PeerOptions): Promise<Arrival> {
    const { headers = {}, protocols = [] } = options;
    const socket = new WebSocket(url, [...protocols], { headers, handshakeTimeout: 10_000 });
    const peer = new Peer(socket, options);
    return new Promise((resolve) => {
      socket.once("open", () => resolve({ kind: "open", peer }));
      socket.on("error", (error) => resolve({ kind: "refused", why: reasonOf(error) }));
    });
  }

  get isOpen(): boolean {
    return this.closure === undefined;
  }

  send(message: object | string): void {
    const text = typeof message === "string" ? message : JSON.stringify(message);
    this.#options.recording.note(this.#options.name, text, this.#options.clock.now());
    this.socket.send(this.#form(true) === "msgpack" ? encodeMessage(JSON.parse(text)) : text);
  }

  /** The first unread message of the type within the time; others stay unread. */
  async next<T extends Type>(type: T, withinMs = ANSWER_MS): Promise<MessageOf<T> | undefined> {
    const found = await this.#until(() => this.#take(type)[0], withinMs);
    return found?.message as MessageOf<T> | undefined;
  }

  /** Everything that comes in the time from now. */
  async collect(ms: number): Promise<Received[]> {
    const from = this.received.length;
    await this.#until(() => undefined, ms);
    return this.received.slice(from);
  }

  /** Whether `holds` within the time; looked at whenever something comes. */
  async sees(holds: () => boolean, withinMs: number): Promise<boolean> {
    return (await this.#until(() => holds() || undefined, withinMs)) ?? false;
  }

  /** How the connection ends, when it does within the time. */
  closes(withinMs = ANSWER_MS): Promise<Closure | undefined> {
    return this.#until(() => this.closure, withinMs);
  }

  /** Asks for subscriptions. */
  subscribe(subscriptions: readonly unknown[], more: object = {}): Promise<Answer> {
    return this.ask({ type: "subscribe", data: { subscriptions, ...more } });
  }

  /** Sends what is answered by an `ack`, with errors before it, or by an error alone. */
  async ask(message: object): Promise<Answer> {
    this.#unread = this.#unread.filter(({ type }) => type !== "ack" && type !== "error");
    this.send(message);
    const ack = await this.next("ack");
    const errors = this.#take("error", Number.POSITIVE_INFINITY);
    return {
      ack: ack?.data,
      errors: errors.flatMap((each) => (each.message?.type === "error" ? [each.message.data] : [])),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close(1000);
    if (!(await this.closes())) this.socket.terminate();
  }

  #form(isBinary: boolean): Form {
    if (this.socket.protocol === wire.MESSAGE_PACK_SUBPROTOCOL) return "msgpack";
    return isBinary ? "packed" : "text";
  }

  /** Unread messages of a type, taken. */
  #take(type: Type, most = 1): Received[] {
    const taken = this.#unread.filter(({ message }) => message?.type === type).slice(0, most);
    this.#unread = this.#unread.filter((each) => !taken.includes(each));
    return taken;
  }

  async #until<T>(find: () => T | undefined, withinMs: number): Promise<T | undefined> {
    let late = false;
    using _timer = this.#options.clock.after(withinMs, () => {
      late = true;
      this.#wake();
    });
    for (;;) {
      const found = find();
      if (found !== undefined || late || this.closure) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
