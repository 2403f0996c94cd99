import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CameraEvent, formatLocal, type Recorded } from "@sensorium/protocol";
import { peopleCounter } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import type { CameraView, EncodedPicture } from "../../pipeline/camera-view.ts";
import { type AccessRules, allowsHost, allowsPage } from "../access.ts";
import type { Auth, TokenRule } from "../auth/auth.ts";
import { type Door, shownBy } from "../auth/credentials.ts";
import { type Need, NOT_ALLOWED, sees } from "../auth/principal.ts";
import { type ServeClock, serveClock } from "../clock.ts";
import { Connections, CREDENTIALS_ENDED, type Session } from "../connections.ts";
import { Feed } from "../feed.ts";
import { listenError, requireLoopback, type TlsFiles, warnUnencrypted, webServer } from "../listen.ts";
import { jsonMessage, type Outbox, type OutboxLimits, type Outgoing, outboxLimits } from "../outbox.ts";
import { refuseUpgrade } from "../refuse.ts";
import { admitUpgrade, type Guest, type Handshake } from "../upgrade.ts";
import type { FaceStore } from "./faces.ts";
import { eventMessage, frameMessage, type Stamp, statsMessage } from "./messages.ts";
import { answer } from "./requests.ts";

/** What a people-counter server serves, and where. */
export interface CounterOptions {
  readonly camera: CameraView;
  /** IANA name of the zone of the daily reset, in which all times are written. */
  readonly zone: string;
  readonly log: Log;
  /** JPEG quality of the pictures, 1..100; 75 when absent. */
  readonly quality?: number;
  /** Null or absent: faces are not saved. */
  readonly faces?: FaceStore | null;
  /** When absent, the port is for programs on this machine, which need no token. */
  readonly tokens?: TokenRule;
  /** With it, clients connect by `wss://`. */
  readonly tls?: TlsFiles | undefined;
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  /** 8765 when absent; 0 takes any free port. */
  readonly port?: number;
  /** Further names of this machine that a `Host` header may hold. */
  readonly hosts?: readonly string[];
  /** Origins of pages on other machines that may connect. */
  readonly origins?: readonly string[];
  readonly maxClients?: number;
  readonly limits?: OutboxLimits;
  readonly clock?: ServeClock;
}

const STATS_EVERY_MS = 500;
const MAX_FPS = 30;
const MAX_WIDTH = 1280;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Its clients are pages of others: the cookie of ours counts for nothing here. */
const DOOR: Door = { socket: true, page: false };

/** The people-counter protocol on a port of its own, for one camera. */
export class CounterServer implements AsyncDisposable {
  readonly #options: CounterOptions;
  readonly #clock: ServeClock;
  readonly #connections: Connections;
  readonly #frames: Feed<EncodedPicture, Outgoing>;
  readonly #events: Feed<Recorded<CameraEvent>, Outgoing | null>;
  readonly #viewers = new Set<(message: Outgoing) => void>();
  readonly #stats: Disposable;
  readonly #http: Server;
  readonly #access: AccessRules;
  readonly #auth: Auth | undefined;

  private constructor(options: CounterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? serveClock;
    this.#access = { host: options.host ?? "127.0.0.1", hosts: options.hosts ?? [] };
    this.#auth = typeof options.tokens === "object" ? options.tokens.auth : undefined;
    this.#connections = new Connections({
      clock: this.#clock,
      log: options.log,
      limits: options.limits ?? outboxLimits,
      maxClients: options.maxClients ?? 64,
      maxTextBytes: peopleCounter.MAX_REQUEST_BYTES,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      open: (outbox, guest) => this.#open(outbox, guest),
      complain: (error) => jsonMessage({ error }),
    });
    const { camera, log, quality = 75 } = options;
    this.#frames = new Feed({
      open: (signal) => camera.pictures({ annotated: true, quality, maxWidth: MAX_WIDTH, maxFps: MAX_FPS }, signal),
      prepare: (picture) => frameMessage(picture, this.#stamp()),
      log,
    });
    this.#events = new Feed({
      open: (signal) => camera.events(signal),
      prepare: ({ event }) => eventMessage(event, this.#stamp()),
      log,
    });
    this.#stats = this.#clock.every(STATS_EVERY_MS, () => this.#sendStats());
    this.#http = webServer(options.tls, (_, reply) => {
      reply.writeHead(426, { "content-type": "text/plain; charset=utf-8", connection: "close", upgrade: "websocket" });
      reply.end("This port speaks the people-counter protocol: connect with a WebSocket.\n");
    });
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade({ request, socket, head }));
  }

  /** Starts listening; an unknown zone or a port that cannot be had is a `SensoriumError` that says what to do. */
  static async listen(options: CounterOptions): Promise<CounterServer> {
    formatLocal(0, options.zone);
    const { tokens, host = "127.0.0.1", port = 8765 } = options;
    const target = { host, port, what: "the people counter" };
    if (!tokens) requireLoopback(target);
    warnUnencrypted(options.log, { ...target, tls: options.tls });
    const server = new CounterServer(options);
    try {
      await listening(server.#http, target);
    } catch (thrown) {
      await server[Symbol.asyncDispose]();
      throw listenError(thrown, target);
    }
    return server;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#connections.size;
  }

  /** Closes every client with 1001 and gives the port back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stats[Symbol.dispose]();
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    await this.#connections[Symbol.asyncDispose]();
    await Promise.all([this.#frames[Symbol.asyncDispose](), this.#events[Symbol.asyncDispose](), closed]);
  }

  #upgrade(handshake: Handshake): void {
    const { log } = this.#options;
    const { request, socket } = handshake;
    const shown = this.#auth !== undefined && shownBy(request, DOOR) !== null;
    const refusal = this.#refusal(request, shown);
    if (refusal) {
      log.warn(refusal.fields, refusal.sentence);
      refuseUpgrade(socket, 403, refusal.sentence);
    } else if (this.#auth && (shown || this.#needsToken(this.#auth, request))) {
      const entry = { gate: this.#auth, log: log.child({ setting: "counter.auth" }), door: DOOR, need: this.#need };
      void admitUpgrade(handshake, entry, (guest) => this.#connections.upgrade(handshake, guest));
    } else this.#connections.upgrade(handshake);
  }

  get #need(): Need {
    return { scope: "read", environment: this.#options.camera.environment };
  }

  #needsToken(auth: Auth, request: IncomingMessage): boolean {
    const { tokens } = this.#options;
    return (typeof tokens === "object" && tokens.onLoopback) || !auth.peerOf(request).loopback;
  }

  /** A page that shows a token has it from somebody: then it does not matter where the page is from. */
  #refusal(
    { headers }: IncomingMessage,
    shown: boolean,
  ): { readonly sentence: string; readonly fields: object } | null {
    const { host, origin } = headers;
    if (!allowsHost(host, this.#access)) {
      return { sentence: "The people counter has no such host name", fields: { host, setting: "counter.hosts" } };
    }
    if (!shown && !allowsPage(headers, this.#options.origins ?? [])) {
      const sentence = "Pages of this origin may not use the people counter";
      return { sentence, fields: { origin, setting: "counter.origins" } };
    }
    return null;
  }

  #open(outbox: Outbox, guest: Guest | undefined): Session {
    const { camera, faces = null } = this.#options;
    // A camera may be moved to an environment that a client does not see.
    const toViewer = (send: (message: Outgoing) => void) => (message: Outgoing | null) => {
      if (!sees(guest?.principal ?? null, camera.environment)) outbox.close(CREDENTIALS_ENDED, NOT_ALLOWED);
      else if (message) send(message);
    };
    const tell = toViewer((message) => outbox.send(message));
    const frames = this.#frames.listen(toViewer((message) => outbox.offer("frame", message)));
    const events = this.#events.listen(tell);
    this.#viewers.add(tell);
    tell(this.#currentStats());
    return {
      receive: async (text) => tell(jsonMessage(await answer(text, faces))),
      end: () => {
        this.#viewers.delete(tell);
        frames[Symbol.dispose]();
        events[Symbol.dispose]();
      },
    };
  }

  #sendStats(): void {
    if (this.#viewers.size === 0) return;
    const stats = this.#currentStats();
    for (const tell of this.#viewers) tell(stats);
  }

  #currentStats(): Outgoing {
    const { camera, faces } = this.#options;
    return statsMessage(camera.counts(), faces?.count() ?? 0, this.#stamp());
  }

  #stamp(): Stamp {
    return { now: this.#clock.now(), zone: this.#options.zone };
  }
}

function listening(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
