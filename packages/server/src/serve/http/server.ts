import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { live } from "@sensorium/protocol/wire";
import { type FastifyInstance, fastify } from "fastify";
import type { Log } from "../../observe/log.ts";
import type { CameraDirectory } from "../../pipeline/camera-view.ts";
import { type AccessRules, allowsHost, isSameOrigin } from "../access.ts";
import { type ServeClock, serveClock } from "../clock.ts";
import { listenError } from "../listen.ts";
import { LiveServer } from "../live/server.ts";
import { type OutboxLimits, outboxLimits } from "../outbox.ts";
import { refuseUpgrade } from "../refuse.ts";
import { serveCameras } from "./cameras.ts";
import { guardRequests } from "./guard.ts";
import { noStore, type StoreStatus, serveOperations } from "./operations.ts";
import { servePage } from "./page.ts";
import { answerBadAddress, answerErrors } from "./replies.ts";

/** What the main port serves, and where. */
export interface HttpOptions {
  readonly cameras: CameraDirectory;
  /** Absent where there is no log to watch over. */
  readonly store?: () => StoreStatus;
  readonly log: Log;
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  /** 8000 when absent; 0 takes any free port. */
  readonly port?: number;
  /** Further names of this machine that a `Host` header may hold. */
  readonly hosts?: readonly string[];
  readonly maxClients?: number;
  readonly limits?: OutboxLimits;
  readonly clock?: ServeClock;
}

type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** The main port: the page, its live protocol and the REST API. */
export class HttpServer implements AsyncDisposable {
  readonly #app: FastifyInstance;
  readonly #live: LiveServer;
  readonly #access: AccessRules;
  readonly #log: Log;
  /** Each WebSocket protocol of this port by its path. */
  readonly #upgrades: ReadonlyMap<string, UpgradeHandler>;

  private constructor(options: HttpOptions) {
    const { cameras, log, clock = serveClock, limits = outboxLimits, maxClients = 64 } = options;
    this.#log = log;
    this.#access = { host: options.host ?? "127.0.0.1", hosts: options.hosts ?? [] };
    this.#live = new LiveServer({ cameras, log, clock, limits, maxClients });
    this.#upgrades = new Map([[live.PATH, (request, socket, head) => this.#openLive(request, socket, head)]]);
    this.#app = fastify({ logger: false, forceCloseConnections: true, frameworkErrors: answerBadAddress });
    answerErrors(this.#app, log);
    guardRequests(this.#app, { access: this.#access, log });
    serveCameras(this.#app, { cameras, clock });
    serveOperations(this.#app, { cameras, store: options.store ?? (() => noStore) });
    servePage(this.#app, options.pageFolder);
    this.#app.server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Starts listening; a port that cannot be had is a `SensoriumError` that says what to do. */
  static async listen(options: HttpOptions): Promise<HttpServer> {
    const server = new HttpServer(options);
    const { host } = server.#access;
    const { port = 8000 } = options;
    try {
      await server.#app.listen({ host, port });
    } catch (thrown) {
      await server[Symbol.asyncDispose]();
      throw listenError(thrown, { host, port, what: "the page" });
    }
    return server;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#app.server.address() as AddressInfo).port;
  }

  /** Closes every client and gives the port back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#live[Symbol.asyncDispose]();
    await this.#app.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!allowsHost(request.headers.host, this.#access)) {
      this.#log.warn({ host: request.headers.host, setting: "hosts" }, "a client used an unknown host name");
      refuseUpgrade(socket, 403, "This server has no such host name");
      return;
    }
    const path = request.url?.split("?", 1)[0] ?? "";
    const handler = this.#upgrades.get(path);
    if (handler) handler(request, socket, head);
    else refuseUpgrade(socket, 404, "No WebSocket protocol is served at this path");
  }

  #openLive(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (isSameOrigin(request.headers)) this.#live.upgrade(request, socket, head);
    else refuseUpgrade(socket, 403, "Only the page this server serves may connect here");
  }
}
