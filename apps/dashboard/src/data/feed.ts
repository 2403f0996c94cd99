import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { Connection, type ConnectionState } from "./connection.ts";
import { type Readable, Store } from "./store.ts";

/** What is heard of the streaming API, and who hears it. */
export interface FeedOptions {
  /** Of the socket. */
  readonly url: string;
  readonly subscriptions: readonly wire.SubscriptionRequest[];
  /** From now on everything is heard; what was before has to be asked for. Called at every connection. */
  onSubscribed?(): void;
  hear(message: wire.ServerMessage): void;
}

/** The server's heart beats every half a minute: silence this long means the connection is dead. */
const SILENCE_MS = 75_000;

/** Subscriptions of the streaming API over a connection that comes back by itself. */
export class Feed {
  readonly connection: Readable<ConnectionState>;
  readonly #state = new Store<ConnectionState>({ phase: "connecting" });
  readonly #options: FeedOptions;
  readonly #watchdog: ReturnType<typeof setInterval>;
  #connection: Connection | undefined;
  #heardMs = Date.now();

  constructor(options: FeedOptions) {
    this.connection = this.#state;
    this.#options = options;
    this.#watchdog = setInterval(() => this.#checkSilence(), SILENCE_MS / 5);
    this.setWanted(true);
  }

  /** While nobody wants it, there is no connection, and the server computes nothing for it. */
  setWanted(wanted: boolean): void {
    if (wanted === (this.#connection !== undefined)) return;
    this.#connection?.close();
    this.#connection = wanted ? this.#connect() : undefined;
  }

  close(): void {
    clearInterval(this.#watchdog);
    this.setWanted(false);
  }

  #connect(): Connection {
    const connection = new Connection(this.#options.url, {
      onOpen: () => this.#subscribe(),
      onText: (text) => this.#hear(text),
      onBinary: () => undefined,
    });
    connection.state.subscribe((state) => this.#state.set(state));
    return connection;
  }

  #subscribe(): void {
    this.#heardMs = Date.now();
    this.#connection?.send({ type: "subscribe", data: { subscriptions: this.#options.subscriptions } });
  }

  #hear(text: string): void {
    this.#heardMs = Date.now();
    const message = parsed(text);
    if (message?.type === "ack") this.#options.onSubscribed?.();
    else if (message?.type === "error") console.warn(message.data.message);
    else if (message) this.#options.hear(message);
  }

  #checkSilence(): void {
    if (this.connection.get().phase !== "open" || Date.now() - this.#heardMs < SILENCE_MS) return;
    this.#heardMs = Date.now();
    this.#connection?.restart();
  }
}

/** Null for what this page does not understand: it goes on with the rest. */
function parsed(text: string): wire.ServerMessage | null {
  try {
    return wire.ServerMessage.parse(JSON.parse(text));
  } catch (thrown) {
    console.warn("A message of the server was not understood", thrown);
    return null;
  }
}
