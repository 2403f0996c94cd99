import { type Readable, Store } from "./store.ts";

/** Whether there is a connection, and when the next attempt is due when there is none. */
export type ConnectionState =
  | { readonly phase: "connecting" }
  | { readonly phase: "open" }
  | { readonly phase: "waiting"; readonly retryAtMs: number };

/** What arrives; text is handed on as it came. */
export interface ConnectionHandlers {
  onOpen(): void;
  onText(text: string): void;
  onBinary(bytes: Uint8Array): void;
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 10_000;

/** The delay after the n-th failure in a row (n from 1): doubled up to a cap, half of it random. */
export function delayAfter(failures: number, random: number): number {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20));
  return ceiling / 2 + (ceiling / 2) * random;
}

/** A WebSocket that comes back by itself until it is closed. */
export class Connection {
  readonly state: Readable<ConnectionState>;
  readonly #state = new Store<ConnectionState>({ phase: "connecting" });
  readonly #url: string;
  readonly #handlers: ConnectionHandlers;
  #socket: WebSocket | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(url: string, handlers: ConnectionHandlers) {
    this.state = this.#state;
    this.#url = url;
    this.#handlers = handlers;
    this.#open();
  }

  /** Sends `message` as JSON; without a connection it is not sent, and `onOpen` is the time to say it again. */
  send(message: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Gives up a connection that brings nothing and tries anew. */
  restart(): void {
    this.#leave();
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#retry);
    this.#leave();
  }

  #open(): void {
    this.#state.set({ phase: "connecting" });
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#state.set({ phase: "open" });
      this.#handlers.onOpen();
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#failures = 0;
      if (typeof data === "string") this.#handlers.onText(data);
      else this.#handlers.onBinary(new Uint8Array(data));
    };
    socket.onclose = () => this.#wait();
    this.#socket = socket;
  }

  #wait(): void {
    const delay = delayAfter(++this.#failures, Math.random());
    this.#state.set({ phase: "waiting", retryAtMs: Date.now() + delay });
    this.#retry = setTimeout(() => this.#open(), delay);
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
