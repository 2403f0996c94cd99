import type { IncomingMessage } from "node:http";
import { wifiDensepose as wire } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import type { Auth } from "../auth/auth.ts";
import { chosenProtocolOf } from "../auth/credentials.ts";
import { type Gate, openGate } from "../auth/gate.ts";
import { throttleKey } from "../auth/peer.ts";
import { NOT_ALLOWED, sees } from "../auth/principal.ts";
import type { ServeClock } from "../clock.ts";
import { Connections, type Session } from "../connections.ts";
import type { Outbox, OutboxLimits } from "../outbox.ts";
import { refuseUpgrade } from "../refuse.ts";
import type { Guest, Handshake } from "../upgrade.ts";
import { Body, type Ink, SentTimes } from "./body.ts";
import { type Encoding, json, messagePack } from "./encoding.ts";
import { Hub } from "./hub.ts";
import { Places } from "./places.ts";
import { type Arrival, type SessionContext, StreamSession } from "./session.ts";
import type { SensingSource } from "./source.ts";

/** How many may connect; what is absent is as the protocol's README says. */
export interface Crowd {
  readonly maxClients?: number;
  readonly maxPerAddress?: number;
  readonly maxPerAccount?: number;
}

/** What the streaming API's socket needs. */
export interface StreamingOptions {
  readonly source: SensingSource;
  /** Who may connect; when absent, everybody on this machine. */
  readonly auth: Auth | undefined;
  readonly clock: ServeClock;
  readonly log: Log;
  readonly limits: OutboxLimits;
  readonly crowd?: Crowd | undefined;
}

/** The streaming API's socket; whoever owns the port hands it the handshakes. */
export class StreamingServer implements AsyncDisposable {
  readonly #options: StreamingOptions;
  readonly #gate: Gate;
  readonly #connections: Connections;
  readonly #context: SessionContext;
  readonly #addresses: Places;
  readonly #hubs = new Map<string, Hub>();
  readonly #sessions = new Set<StreamSession>();
  readonly #beating: Disposable;
  readonly #news: Disposable;

  constructor(options: StreamingOptions) {
    const { source, auth, clock, log, crowd = {} } = options;
    this.#options = options;
    this.#gate = auth ?? openGate;
    this.#addresses = new Places(crowd.maxPerAddress ?? wire.MAX_PER_ADDRESS);
    this.#context = {
      ...{ source, clock, log, gate: this.#gate },
      inks: { json: inkOf(json, clock), msgpack: inkOf(messagePack, clock) },
      recognize: auth && ((secret) => auth.recognize(secret)),
      places: new Places(crowd.maxPerAccount ?? wire.MAX_PER_ACCOUNT),
      hubOf: (environment) => this.#hubOf(environment),
    };
    this.#connections = new Connections({
      ...options,
      maxClients: crowd.maxClients ?? 10_000,
      subprotocols: SUBPROTOCOLS,
      maxTextBytes: wire.MAX_MESSAGE_BYTES,
      maxMessageBytes: wire.MAX_MESSAGE_BYTES,
      endsGuests: true,
      open: (outbox, guest, request) => this.#open(outbox, guest, request),
      complain: (message) => this.#complaint(message),
    });
    this.#beating = clock.every(wire.HEARTBEAT_MS, () => {
      for (const session of this.#sessions) session.heartbeat();
    });
    this.#news = source.onNewEnvironments((came) => {
      for (const session of this.#sessions) session.takeUp(came);
    });
  }

  /**
   * Completes the handshake of a request that may come in, or of one that has yet to say whose it is; refuses whoever
   * may see none of the environments.
   */
  upgrade(handshake: Handshake, guest?: Guest): void {
    const { principal } = guest ?? {};
    const visible = this.#options.source.environments().some((environment) => sees(principal ?? null, environment));
    if (principal?.environments && !visible) refuseUpgrade(handshake.socket, 403, NOT_ALLOWED);
    else this.#connections.upgrade(handshake, guest);
  }

  /** Closes every client with 1001. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#beating[Symbol.dispose]();
    this.#news[Symbol.dispose]();
    for (const session of this.#sessions) session.farewell();
    await this.#connections[Symbol.asyncDispose]();
    await Promise.all([...this.#hubs.values()].map((hub) => hub[Symbol.asyncDispose]()));
  }

  #open(outbox: Outbox, guest: Guest | undefined, request: IncomingMessage): Session {
    const place = this.#addresses.take(throttleKey(this.#gate.peerOf(request)));
    if (!place) {
      const { code, reason } = wire.CLOSE.tooManyConnections;
      outbox.close(code, reason);
      return { receive: () => undefined, end: () => undefined };
    }
    const arrival: Arrival = {
      principal: guest?.principal ?? null,
      query: queryOf(request),
      encoding: encodingOf(request),
    };
    const session = new StreamSession(outbox, this.#context, arrival);
    this.#sessions.add(session);
    return {
      receive: (text) => session.receive(text),
      receiveBytes: (bytes) => session.receiveBytes(bytes),
      end: () => {
        this.#sessions.delete(session);
        place[Symbol.dispose]();
        session.end();
      },
    };
  }

  #complaint(message: string): Body {
    const data: wire.ErrorData = { error_code: "VALIDATION_ERROR", message, details: null };
    return new Body({ type: "error", atMs: this.#options.clock.now(), data });
  }

  #hubOf(environment: string): Hub {
    const known = this.#hubs.get(environment);
    if (known) return known;
    const { source, clock, log } = this.#options;
    const hub = new Hub(environment, { source, clock, log: log.child({ environment }) });
    this.#hubs.set(environment, hub);
    return hub;
  }
}

const queryOf = ({ url = "" }: IncomingMessage): wire.ConnectQuery =>
  wire.ConnectQuery.parse(Object.fromEntries(new URLSearchParams(url.split("?", 2)[1] ?? "")));

const SUBPROTOCOLS = [wire.SUBPROTOCOL, wire.MESSAGE_PACK_SUBPROTOCOL];

const encodingOf = (request: IncomingMessage): Encoding =>
  chosenProtocolOf(request, SUBPROTOCOLS) === wire.MESSAGE_PACK_SUBPROTOCOL ? messagePack : json;

const inkOf = (encoding: Encoding, clock: ServeClock): Ink => ({
  encoding,
  sent: new SentTimes(clock, encoding),
});
