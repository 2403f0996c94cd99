import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { reasonOf } from "@sensorium/protocol";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Log } from "../observe/log.ts";
import type { Admission } from "./auth/admissions.ts";
import { chosenProtocol } from "./auth/credentials.ts";
import { Batch } from "./batch.ts";
import type { ServeClock } from "./clock.ts";
import { Outbox, type OutboxLimits, type Outgoing } from "./outbox.ts";
import type { Guest, Handshake } from "./upgrade.ts";

/** One connected client as its protocol sees it. */
export interface Session {
  /** Text messages one at a time, in order; what it throws is logged and answered as an internal error. */
  receive(text: string): void | Promise<void>;
  /** Binary messages in the same way; where it is absent they are refused with a sentence. */
  receiveBytes?(bytes: Uint8Array): void | Promise<void>;
  /** The client is gone. */
  end(): void;
}

/** How a protocol takes its clients. */
export interface ConnectionOptions {
  readonly clock: ServeClock;
  readonly log: Log;
  readonly limits: OutboxLimits;
  readonly maxClients: number;
  /** Those it prefers of the subprotocols that a client offers; it takes any where these are not among them. */
  readonly subprotocols?: readonly string[];
  /** A longer text is refused with a sentence; the connection stays. */
  readonly maxTextBytes: number;
  /** A longer message closes the connection with 1009 before it is held in memory. */
  readonly maxMessageBytes: number;
  /** `guest` is absent where nobody is asked who they are. */
  open(outbox: Outbox, guest: Guest | undefined, request: IncomingMessage): Session;
  /** Whether the session itself sees to it that nobody stays longer than their credential is good. */
  readonly endsGuests?: boolean;
  /** The protocol's error message for a sentence. */
  complain(sentence: string): Outgoing;
}

interface Client {
  readonly socket: WebSocket;
  readonly outbox: Outbox;
  readonly session: Session;
  readonly closed: Promise<void>;
  /** Whether the last ping was answered. */
  answered: boolean;
}

interface Arrival {
  readonly guest: Guest | undefined;
  readonly request: IncomingMessage;
  readonly stream: Duplex;
}

const PING_EVERY_MS = 20_000;
const GOING_AWAY = [1001, "the server is shutting down"] as const;
/** Close code of a client whose credentials ran out or were taken back. */
export const CREDENTIALS_ENDED = 4001;
const INTERNAL = "Internal server error processing request";

/** All clients of one protocol: takes them in, reads their messages within limits, finds the dead, closes them. */
export class Connections implements AsyncDisposable {
  readonly #options: ConnectionOptions;
  readonly #server: WebSocketServer;
  readonly #clients = new Set<Client>();
  readonly #batch = new Batch();
  readonly #pings: Disposable;
  #closing = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxMessageBytes,
      handleProtocols: (offered) => chosenProtocol(offered, options.subprotocols ?? []),
    });
    this.#pings = options.clock.every(PING_EVERY_MS, () => this.#ping());
  }

  /** How many clients are connected. */
  get size(): number {
    return this.#clients.size;
  }

  /** Completes the handshake of a request that may come in; without a `guest` it may stay for ever. */
  upgrade({ request, socket, head }: Handshake, guest?: Guest): void {
    this.#server.handleUpgrade(request, socket, head, (client) =>
      this.#accept(client, { guest, request, stream: socket }),
    );
  }

  /** Says goodbye to everyone and waits until they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#pings[Symbol.dispose]();
    const clients = [...this.#clients];
    for (const { outbox } of clients) outbox.close(...GOING_AWAY);
    await Promise.all(clients.map(({ closed }) => closed));
  }

  #accept(socket: WebSocket, { guest, request, stream }: Arrival): void {
    const { log, maxClients, endsGuests, open } = this.#options;
    socket.on("error", (error) => log.info({ reason: reasonOf(error) }, "a client broke the connection"));
    const outbox = new Outbox(socket, { ...this.#options, stream, batch: this.#batch });
    if (this.#closing) {
      outbox.close(...GOING_AWAY);
      return;
    }
    if (this.size >= maxClients) {
      log.warn({ maxClients }, "a client was turned away: all places are taken");
      outbox.close(1013, `all ${maxClients} places are taken`);
      return;
    }
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const client: Client = { socket, outbox, session: open(outbox, guest, request), closed, answered: true };
    this.#clients.add(client);
    socket.on("pong", () => {
      client.answered = true;
    });
    this.#read(client);
    socket.once("close", (code) => this.#leave(client, code));
    if (guest && !endsGuests) endWith(guest.hold(), client);
    log.info({ clients: this.size }, "a client came");
  }

  #leave(client: Client, code: number): void {
    this.#clients.delete(client);
    client.session.end();
    const { replaced } = client.outbox;
    this.#options.log.info({ code, replaced, clients: this.size }, "a client left");
  }

  #read(client: Client): void {
    let inbox = Promise.resolve();
    let pending = 0;
    client.socket.on("message", (data, isBinary) => {
      // While a request is being answered no more are read, so that a client cannot pile them up.
      pending++;
      client.socket.pause();
      inbox = inbox
        .then(() => this.#receive(client, data, isBinary))
        .then(() => {
          if (--pending === 0) client.socket.resume();
        });
    });
  }

  /** Never rejects. */
  async #receive({ outbox, session }: Client, data: RawData, isBinary: boolean): Promise<void> {
    const { complain, log } = this.#options;
    // With ws's default binaryType every message is one Buffer.
    const bytes = data as Buffer;
    const problem = this.#problem(bytes, isBinary && !session.receiveBytes);
    if (problem) {
      outbox.send(complain(problem));
      return;
    }
    try {
      await (isBinary ? session.receiveBytes?.(bytes) : session.receive(bytes.toString("utf8")));
    } catch (thrown) {
      log.error({ reason: reasonOf(thrown) }, "a request failed");
      outbox.send(complain(INTERNAL));
    }
  }

  #problem({ length }: Buffer, isForeign: boolean): string | null {
    const { maxTextBytes } = this.#options;
    if (isForeign) return "Binary messages are not understood: send JSON as text";
    if (length <= maxTextBytes) return null;
    return `This message is ${length} bytes long; the limit is ${maxTextBytes} bytes`;
  }

  #ping(): void {
    for (const client of this.#clients) {
      if (!client.answered) client.socket.terminate();
      else {
        client.answered = false;
        client.socket.ping();
      }
    }
  }
}

function endWith(admission: Admission, { socket, outbox }: Client): void {
  const end = (): void => outbox.close(CREDENTIALS_ENDED, "these credentials are not valid any more");
  socket.once("close", () => admission[Symbol.dispose]());
  if (admission.ended.aborted) end();
  else admission.ended.addEventListener("abort", end);
}
