import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Batch, Recipient, Scratch } from "./batch.ts";
import type { ServeClock } from "./clock.ts";

/** One message ready for the wire. The bytes may be shared by many clients: nobody writes to them. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly binary: boolean;
}

/** `value` as a JSON text message. */
export const jsonMessage = (value: unknown): Outgoing => ({ bytes: Buffer.from(JSON.stringify(value)), binary: false });

/** Completes messages with what is known only when they go, such as their number. */
export interface Finisher {
  /** The whole message as a frame of the socket's protocol, made in `scratch`; null for one that is whole already. */
  finish(message: Outgoing, scratch: Scratch): Uint8Array | null;
}

/** When a client counts as too slow. */
export interface OutboxLimits {
  /** Reliable bytes that may wait before another message is one too many, and as many that were offered. */
  readonly maxBytes: number;
  /** One message has to reach the network within this time. */
  readonly stallMs: number;
  /** How long a closed client may take to answer before it is cut. */
  readonly graceMs: number;
}

/** The limits the protocols' READMEs state. */
export const outboxLimits: OutboxLimits = { maxBytes: 8 * 1024 * 1024, stallMs: 15_000, graceMs: 2_000 };

/** Its callback comes when everything before it has been taken. */
const NOTHING = new Uint8Array(0);

/** What an outbox needs besides its socket. */
export interface OutboxOptions {
  readonly stream: Duplex;
  /** Shared by the clients of one protocol. */
  readonly batch: Batch;
  readonly clock: ServeClock;
  readonly limits: OutboxLimits;
}

/** Close code of a client that read too slowly for too long. */
export const SLOW_CONSUMER = 4008;

/**
 * What waits to be sent to one client. Reliable messages keep their order and are never dropped: a client that lets
 * too many wait, or takes none for too long, is closed with 4008. Of offered messages the newest wait, one or a few per
 * key; the oldest goes. One message at a time is with the socket, so nothing piles up out of sight and a slow client
 * holds no more than these bounds.
 */
export class Outbox implements Recipient {
  // What every message needs stands first, side by side in memory, and close together for many clients.
  #closed = false;
  /** Of the batch, when it was given a message last. */
  #turn = -1;
  /** When the message that is with the socket was given to it. */
  #givenMs: number | undefined;
  readonly #batch: Batch;
  /** Completes messages when their turn has come; they go as they are when absent. */
  finisher: Finisher | undefined;
  /** What the socket writes to. */
  readonly stream: Duplex;
  readonly #socket: WebSocket;
  readonly #clock: ServeClock;
  readonly #limits: OutboxLimits;
  #waiting: Outgoing[] = [];
  #waitingBytes = 0;
  readonly #newest = new Map<string, Outgoing[]>();
  #newestBytes = 0;
  #drained: (() => void)[] = [];
  #replaced = 0;
  #watch: Disposable | undefined;
  #cut: Disposable | undefined;

  /** `stream` is what the socket was made of. */
  constructor(socket: WebSocket, options: OutboxOptions) {
    this.#socket = socket;
    this.stream = options.stream;
    this.#batch = options.batch;
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
    if (this.#free) {
      this.#give(message);
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.bytes.length;
  }

  /** Takes the place of the oldest that waits under `key` when `keep` wait already: one, unless it is said. */
  offer(key: string, message: Outgoing, keep = 1): void {
    if (this.#closed) return;
    if (this.#free) {
      this.#give(message);
      return;
    }
    const waiting = this.#newest.get(key) ?? [];
    waiting.push(message);
    this.#newest.set(key, waiting);
    this.#newestBytes += message.bytes.length;
    while (waiting.length > keep) {
      this.#newestBytes -= waiting.shift()?.bytes.length ?? 0;
      this.#replaced++;
    }
    if (this.#newestBytes > this.#limits.maxBytes) this.#makeRoom();
  }

  /** Gives up the oldest, but for the newest of each key. */
  #makeRoom(): void {
    for (const messages of this.#newest.values()) {
      while (messages.length > 1 && this.#newestBytes > this.#limits.maxBytes) {
        this.#newestBytes -= messages.shift()?.bytes.length ?? 0;
        this.#replaced++;
      }
    }
  }

  /** Resolves when no reliable message waits, or the client is gone. */
  drained(): Promise<void> {
    if (this.#closed || this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Sends the reliable messages that wait, then the close; cuts the connection when no answer comes. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#batch.flush();
    for (const message of this.#waiting) {
      this.#give(message);
      this.#batch.flush();
    }
    this.#socket.close(code, reason);
    this.#forget();
    this.#cut = this.#clock.after(this.#limits.graceMs, () => this.#socket.terminate());
    if (this.#socket.readyState === this.#socket.CLOSED) this.#forget();
  }

  /** Whether the socket has none, so that it may be given one. */
  get #free(): boolean {
    if (this.#turn === this.#batch.turn) this.#batch.flush();
    return this.#givenMs === undefined;
  }

  /**
   * A frame goes straight to the stream: one write and no object for it, where a socket needs two and several. Between
   * the socket's own frames it is safe, which are written whole as well.
   */
  #give(message: Outgoing): void {
    const frame = this.finisher?.finish(message, this.#batch.scratch);
    if (!frame) {
      this.#socket.send(message.bytes, { binary: message.binary });
      if (this.stream.writableLength > 0) this.wait();
    } else if (this.stream.writable) {
      this.#turn = this.#batch.turn;
      this.#batch.add(this, frame);
    }
  }

  /** The others wait until the network has taken what the socket has. */
  wait(): void {
    this.#givenMs = this.#clock.now();
    this.#watch ??= this.#clock.after(this.#limits.stallMs, () => this.#look());
    this.stream.write(NOTHING, this.#sent);
  }

  readonly #sent = (error?: Error | null): void => {
    if (this.#closed) return;
    this.#givenMs = undefined;
    // A failed write is followed by the socket's own close.
    while (!error && this.#free) {
      const next = this.#take();
      if (!next) return;
      this.#give(next);
    }
  };

  /** One timer serves for many messages: it looks whether the present one is overdue, and when it would be. */
  #look(): void {
    this.#watch = undefined;
    if (this.#givenMs === undefined) return;
    const leftMs = this.#givenMs + this.#limits.stallMs - this.#clock.now();
    if (leftMs <= 0) this.#giveUp();
    else this.#watch = this.#clock.after(leftMs, () => this.#look());
  }

  /** Reliable messages first: they are small, and what they say ages too. */
  #take(): Outgoing | undefined {
    const reliable = this.#waiting.shift();
    if (reliable) {
      this.#waitingBytes -= reliable.bytes.length;
      if (this.#waiting.length === 0) this.#tellDrained();
      return reliable;
    }
    return this.#takeOffered();
  }

  /** Behind the others with what is left of a key, so that every one has its turn. */
  #takeOffered(): Outgoing | undefined {
    for (const [key, messages] of this.#newest) {
      const message = messages.shift();
      this.#newest.delete(key);
      if (messages.length > 0) this.#newest.set(key, messages);
      this.#newestBytes -= message?.bytes.length ?? 0;
      return message;
    }
    return undefined;
  }

  #tellDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #giveUp(): void {
    this.close(SLOW_CONSUMER, "slow consumer");
  }

  #forget(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#newest.clear();
    this.#newestBytes = 0;
    this.#tellDrained();
    this.#watch?.[Symbol.dispose]();
    this.#cut?.[Symbol.dispose]();
  }
}
