import { type ClientOptions, type RawData, WebSocket } from "ws";

/** Any JSON message. */
export type Message = Record<string, unknown>;

/** How to connect; `protocols` are the subprotocols offered. */
export interface ConnectOptions extends ClientOptions {
  readonly protocols?: string[];
}

/** A real WebSocket client that keeps what it has not been asked for. */
export class TestClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #unread: (Message | Buffer)[] = [];
  #wake: (() => void) | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("message", (data: RawData, isBinary: boolean) => {
      this.#unread.push(isBinary ? (data as Buffer) : (JSON.parse(data.toString()) as Message));
      this.#wake?.();
    });
  }

  /** Resolves when the handshake is done; rejects with its refusal. */
  static connect(url: string, { protocols = [], ...options }: ConnectOptions = {}): Promise<TestClient> {
    const socket = new WebSocket(url, protocols, options);
    const client = new TestClient(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(client));
      socket.on("error", reject);
    });
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The first unread text message of the type (or without one, for `undefined`); earlier ones of other types stay. */
  next(type: string | undefined): Promise<Message> {
    return this.#take((message) => !Buffer.isBuffer(message) && message.type === type) as Promise<Message>;
  }

  /** The first unread text message of which `holds` is true. */
  nextThat(holds: (message: Message) => boolean): Promise<Message> {
    return this.#take((message) => !Buffer.isBuffer(message) && holds(message)) as Promise<Message>;
  }

  /** The first unread binary message. */
  nextBinary(): Promise<Buffer> {
    return this.#take((message) => Buffer.isBuffer(message)) as Promise<Buffer>;
  }

  /** All unread text messages of a type, taken. */
  drain(type: string): Message[] {
    const drained = this.#unread.filter((message) => !Buffer.isBuffer(message) && message.type === type);
    this.#unread = this.#unread.filter((message) => !drained.includes(message));
    return drained as Message[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.resume();
    this.socket.terminate();
    await this.closed;
  }

  async #take(wanted: (message: Message | Buffer) => boolean): Promise<Message | Buffer> {
    for (;;) {
      const index = this.#unread.findIndex(wanted);
      const message = this.#unread.splice(index, index < 0 ? 0 : 1)[0];
      if (message) return message;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
