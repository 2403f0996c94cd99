import type { WebSocket } from "ws";
import type { ServeClock } from "./clock.ts";

/** One message ready for the wire. The bytes may be shared by many clients: nobody writes to them. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly binary: boolean;
}

/** `value` as a JSON text message. */
export const jsonMessage = (value: unknown): Outgoing => ({ bytes: Buffer.from(JSON.stringify(value)), binary: false });

/** When a client counts as too slow. */
export interface OutboxLimits {
  /** Reliable bytes that may wait before another message is one too many. */
  readonly maxBytes: number;
  /** One message has to reach the network within this time. */
  readonly stallMs: number;
  /** How long a closed client may take to answer before it is cut. */
  readonly graceMs: number;
}

/** The limits the protocols' READMEs state. */
export const outboxLimits: OutboxLimits = { maxBytes: 8 * 1024 * 1024, stallMs: 15_000, graceMs: 2_000 };

/** Close code of a client that read too slowly for too long. */
export const SLOW_CONSUMER = 4008;

/**
 * What waits to be sent to one client. Reliable messages keep their order and are never dropped: a client that lets
 * too many wait, or takes none for too long, is closed with 4008. Offered messages wait in one slot per key, where a
 * newer one takes the place of an older. One message at a time is with the socket, so nothing piles up out of sight
 * and a slow client holds no more than these bounds.
 */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #clock: ServeClock;
  readonly #limits: OutboxLimits;
  #waiting: Outgoing[] = [];
  #waitingBytes = 0;
  readonly #newest = new Map<string, Outgoing>();
  #replaced = 0;
  #stall: Disposable | undefined;
  #cut: Disposable | undefined;
  #closed = false;

  constructor(socket: WebSocket, options: { readonly clock: ServeClock; readonly limits: OutboxLimits }) {
    this.#socket = socket;
    this.#clock = options.clock;
    this.#limits = options.limits;
    socket.once("close", () => this.#forget());
  }

  /** Offered messages that a newer one replaced before they were sent. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Queues a message that is never dropped while the client is connected. */
  send(message: Outgoing): void {
    if (this.#closed) return;
    if (this.#waitingBytes > this.#limits.maxBytes) {
      this.#giveUp();
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.bytes.length;
    this.#pump();
  }

  /** Replaces what waits under `key`, if anything does. */
  offer(key: string, message: Outgoing): void {
    if (this.#closed) return;
    if (this.#newest.has(key)) this.#replaced++;
    this.#newest.set(key, message);
    this.#pump();
  }

  /** Sends the reliable messages that wait, then the close; cuts the connection when no answer comes. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { bytes, binary } of this.#waiting) this.#socket.send(bytes, { binary });
    this.#socket.close(code, reason);
    this.#forget();
    this.#cut = this.#clock.after(this.#limits.graceMs, () => this.#socket.terminate());
    if (this.#socket.readyState === this.#socket.CLOSED) this.#forget();
  }

  #pump(): void {
    if (this.#stall) return;
    const message = this.#take();
    if (!message) return;
    this.#stall = this.#clock.after(this.#limits.stallMs, () => this.#giveUp());
    this.#socket.send(message.bytes, { binary: message.binary }, (error) => {
      if (this.#closed) return;
      this.#stall?.[Symbol.dispose]();
      this.#stall = undefined;
      // A failed write is followed by the socket's own close.
      if (!error) this.#pump();
    });
  }

  /** Reliable messages first: they are small, and what they say ages too. */
  #take(): Outgoing | undefined {
    const reliable = this.#waiting.shift();
    if (reliable) {
      this.#waitingBytes -= reliable.bytes.length;
      return reliable;
    }
    for (const [key, message] of this.#newest) {
      this.#newest.delete(key);
      return message;
    }
    return undefined;
  }

  #giveUp(): void {
    this.close(SLOW_CONSUMER, "slow consumer");
  }

  #forget(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#newest.clear();
    this.#stall?.[Symbol.dispose]();
    this.#cut?.[Symbol.dispose]();
  }
}
