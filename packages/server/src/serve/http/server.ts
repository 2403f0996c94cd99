import type { AddressInfo } from "node:net";
import type { AsyncApiName } from "@sensorium/protocol/asyncapi";
import { RATE_LIMITS } from "@sensorium/protocol/rest";
import { wifiDensepose } from "@sensorium/protocol/wire";
import { type FastifyInstance, fastify } from "fastify";
import { type Usage, UsageMeter } from "../../observe/usage.ts";
import { openGate } from "../auth/gate.ts";
import type { Need } from "../auth/principal.ts";
import { serveClock } from "../clock.ts";
import { listenError, requireLoopback, warnUnencrypted, webServer } from "../listen.ts";
import { LiveServer } from "../live/server.ts";
import { outboxLimits } from "../outbox.ts";
import { StreamingServer } from "../streaming/server.ts";
import { workerGate } from "../worker/gate.ts";
import { WorkerServer } from "../worker/server.ts";
import { type SocketPlace, serveAsyncApi } from "./asyncapi.ts";
import { allowOrigins } from "./cross-origin.ts";
import { type GuardedRoute, guardRequests, guardRoutes } from "./guard.ts";
import type { HttpOptions } from "./options.ts";
import { servePage } from "./page.ts";
import { limitRequests } from "./rate-limits.ts";
import { answerBadAddress, answerErrors } from "./replies.ts";
import { serveRest } from "./rest.ts";
import { Sockets, WORKER_PATH } from "./sockets.ts";

/** The main port: the page, its live protocol and the REST API. */
export class HttpServer implements AsyncDisposable {
  readonly #app: FastifyInstance;
  readonly #live: LiveServer;
  readonly #worker: WorkerServer | undefined;
  readonly #streaming: StreamingServer | undefined;
  readonly #sockets: Sockets;
  readonly #counterPort: () => number | undefined;
  readonly #routes: () => readonly GuardedRoute[];

  private constructor(options: HttpOptions) {
    const { cameras, log, auth, streaming, clock = serveClock, limits = outboxLimits, maxClients = 64 } = options;
    const gate = auth ?? openGate;
    const access = { host: options.host ?? "127.0.0.1", hosts: options.hosts ?? [] };
    const part = options.worker && { usage: measuring(), ...options.worker };
    const worker = part && { ...part, gate: workerGate(part.tokens) };
    this.#live = new LiveServer({ cameras, log, clock, limits, maxClients });
    this.#worker = worker && new WorkerServer({ ...worker, clock, log, limits, maxClients });
    this.#streaming = streaming && new StreamingServer({ ...streaming, auth, clock, log, limits });
    const protocols = {
      ...{ live: this.#live, streaming: this.#streaming },
      worker: worker && this.#worker && { server: this.#worker, gate: worker.gate },
    };
    this.#counterPort = options.counterPort ?? (() => undefined);
    this.#sockets = new Sockets(protocols, { access, gate, asks: auth !== undefined, log });
    this.#app = fastify({
      logger: false,
      forceCloseConnections: true,
      frameworkErrors: answerBadAddress,
      serverFactory: (handler) => webServer(options.tls, handler),
    });
    this.#app.removeContentTypeParser("text/plain"); // Bodies are JSON.
    answerErrors(this.#app, log);
    guardRequests(this.#app, { access, log });
    allowOrigins(this.#app, { origins: options.origins ?? [], log });
    this.#routes = guardRoutes(this.#app, { gate, log, trail: options.trail });
    limitRequests(this.#app, { limits: options.rateLimits ?? RATE_LIMITS, gate, clock });
    serveRest(this.#app, options, { clock, worker });
    serveAsyncApi(this.#app, (name) => this.#placeOf(name));
    servePage(this.#app, options.pageFolder);
    this.#app.server.on("upgrade", (request, socket, head) => this.#sockets.upgrade({ request, socket, head }));
  }

  /** Starts listening; a port that cannot be had is a `SensoriumError` that says what to do. */
  static async listen(options: HttpOptions): Promise<HttpServer> {
    const { host = "127.0.0.1", port = 8000 } = options;
    const target = { host, port, what: "the page" };
    if (!options.auth) requireLoopback(target);
    warnUnencrypted(options.log, { ...target, tls: options.tls });
    const server = new HttpServer(options);
    try {
      await server.#app.listen({ host, port });
    } catch (thrown) {
      await server[Symbol.asyncDispose]();
      throw listenError(thrown, target);
    }
    return server;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#app.server.address() as AddressInfo).port;
  }

  /** Every route, with what it needs. */
  get routes(): readonly GuardedRoute[] {
    return this.#routes();
  }

  /** The path of every WebSocket protocol, with what it needs. */
  get sockets(): readonly { readonly path: string; readonly needs: Need }[] {
    return this.#sockets.list;
  }

  /** Closes every client and gives the port back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const servers = [this.#live, this.#worker, this.#streaming];
    await Promise.all(servers.map((server) => server?.[Symbol.asyncDispose]()));
    await this.#app.close();
  }

  /** Where a protocol is served; null where it is not. */
  #placeOf(name: AsyncApiName): SocketPlace {
    if (name === "people-counter") {
      const port = this.#counterPort();
      return port === undefined ? null : { port };
    }
    const path = name === "wifi-densepose" ? wifiDensepose.PATH : WORKER_PATH;
    return this.#sockets.has(path) ? { path } : null;
  }
}

function measuring(): () => Usage {
  const meter = new UsageMeter();
  return () => meter.measure();
}
