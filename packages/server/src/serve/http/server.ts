import type { AddressInfo } from "node:net";
import { type LimitGroup, RATE_LIMITS, type RateLimit } from "@sensorium/protocol/rest";
import { live, wifiDensepose } from "@sensorium/protocol/wire";
import { type FastifyInstance, fastify } from "fastify";
import type { Log } from "../../observe/log.ts";
import { type Usage, UsageMeter } from "../../observe/usage.ts";
import type { CameraDirectory } from "../../pipeline/camera-view.ts";
import type { RefusedAction } from "../../storage/actions.ts";
import type { DetectorWorker } from "../../worker/worker.ts";
import { type AccessRules, allowsHost } from "../access.ts";
import { type AuditTrail, serveAudit } from "../auth/audit.ts";
import type { Auth, TokenRule } from "../auth/auth.ts";
import { shownBy } from "../auth/credentials.ts";
import { type Gate, openGate } from "../auth/gate.ts";
import type { Need } from "../auth/principal.ts";
import { serveAuth, serveMe } from "../auth/routes.ts";
import { type ServeClock, serveClock } from "../clock.ts";
import { listenError, requireLoopback, type TlsFiles, warnUnencrypted, webServer } from "../listen.ts";
import { LiveServer } from "../live/server.ts";
import { type OutboxLimits, outboxLimits } from "../outbox.ts";
import { refuseUpgrade } from "../refuse.ts";
import { type Crowd, StreamingServer } from "../streaming/server.ts";
import { NEEDS as STREAMING_NEEDS } from "../streaming/session.ts";
import type { SensingSource } from "../streaming/source.ts";
import { admitUpgrade, type Guest, type Handshake, pathOf } from "../upgrade.ts";
import { workerGate } from "../worker/gate.ts";
import { serveImages } from "../worker/image.ts";
import { WorkerServer } from "../worker/server.ts";
import { serveApi } from "./api/serve.ts";
import type { ApiSources } from "./api/sources.ts";
import { type SocketPlace, serveAsyncApi } from "./asyncapi.ts";
import { serveCameras } from "./cameras.ts";
import { type ConfigControl, serveConfiguration } from "./configuration.ts";
import { allowOrigins } from "./cross-origin.ts";
import { type GuardedRoute, guardRequests, guardRoutes } from "./guard.ts";
import { serveOpenApi } from "./openapi.ts";
import { serveOperations } from "./operations.ts";
import { servePage } from "./page.ts";
import { limitRequests } from "./rate-limits.ts";
import { answerBadAddress, answerErrors } from "./replies.ts";
import { type ActionsStatus, type InferenceStatus, noActions, noStore, type StoreStatus } from "./statuses.ts";

/** What the main port serves, and where. */
export interface HttpOptions {
  readonly cameras: CameraDirectory;
  /** Absent where there is no log to watch over. */
  readonly store?: () => StoreStatus;
  /** Absent where no bundle acts. */
  readonly actions?: () => ActionsStatus;
  /** The newest actions that their sinks will never take. */
  readonly refusedActions?: (limit: number) => Promise<readonly RefusedAction[]>;
  /** Absent where no models run. */
  readonly inference?: InferenceStatus;
  readonly log: Log;
  /** Folder of the built page. */
  readonly pageFolder: string;
  /** Whom backends give their cameras to; when absent there is no worker protocol. */
  readonly worker?: WorkerPart | undefined;
  /** What the streaming API shows; when absent there is none. */
  readonly streaming?: StreamingPart | undefined;
  /** What the REST API shows besides cameras; when absent there is nothing else. */
  readonly api?: ApiSources | undefined;
  /** How many requests each token may make; the protocol's own when absent. */
  readonly rateLimits?: Readonly<Record<LimitGroup, RateLimit>>;
  /** Who may connect; when absent, everybody on this machine. */
  readonly auth?: Auth;
  /** Where it is written down who did what; nowhere when absent. */
  readonly trail?: AuditTrail | undefined;
  /** With it, everything is served by `https://` and `wss://`. */
  readonly tls?: TlsFiles | undefined;
  /** 127.0.0.1 when absent. */
  readonly host?: string;
  /** 8000 when absent; 0 takes any free port. */
  readonly port?: number;
  /** Further names of this machine that a `Host` header may hold. */
  readonly hosts?: readonly string[];
  /** Origins of pages elsewhere that may call the REST API with a token; none when absent. */
  readonly origins?: readonly string[];
  /** By which clients change the configuration; when absent they cannot. */
  readonly control?: ConfigControl | undefined;
  /** The people counter's port; undefined while it serves nothing. */
  readonly counterPort?: () => number | undefined;
  readonly maxClients?: number;
  readonly limits?: OutboxLimits;
  readonly clock?: ServeClock;
}

/** The detector worker, and who may be its backend. */
export interface WorkerPart {
  readonly worker: DetectorWorker;
  readonly tokens: TokenRule;
  /** How busy the machine is; measured when absent. */
  readonly usage?: () => Usage;
}

/** What the streaming API shows, and to how many. */
export interface StreamingPart {
  readonly source: SensingSource;
  readonly crowd?: Crowd;
}

/** A WebSocket protocol of the port, and what it needs of whoever connects. */
interface SocketRoute {
  readonly needs: Need;
  /** Who lets clients in; the port's own gate when absent. */
  readonly gate?: Gate;
  upgrade(handshake: Handshake, guest: Guest): void;
  /** Takes whoever shows no credential yet; when absent they are refused. */
  greet?(handshake: Handshake): void;
}

/** Where backends connect. */
const WORKER_PATH = "/";
const DOOR = { socket: true, page: true };

/** The main port: the page, its live protocol and the REST API. */
export class HttpServer implements AsyncDisposable {
  readonly #app: FastifyInstance;
  readonly #live: LiveServer;
  readonly #worker: WorkerServer | undefined;
  readonly #streaming: StreamingServer | undefined;
  readonly #access: AccessRules;
  readonly #log: Log;
  readonly #gate: Gate;
  readonly #routes: () => readonly GuardedRoute[];
  /** By path. */
  readonly #sockets: ReadonlyMap<string, SocketRoute>;

  private constructor(options: HttpOptions) {
    const { cameras, log, clock = serveClock, limits = outboxLimits, maxClients = 64 } = options;
    this.#log = log;
    this.#access = { host: options.host ?? "127.0.0.1", hosts: options.hosts ?? [] };
    this.#live = new LiveServer({ cameras, log, clock, limits, maxClients });
    this.#gate = options.auth ?? openGate;
    const part = options.worker && { usage: measuring(), ...options.worker };
    this.#worker = part && new WorkerServer({ ...part, clock, log, limits, maxClients });
    const workers = part && { ...part, gate: workerGate(part.tokens) };
    const { auth, streaming } = options;
    this.#streaming = streaming && new StreamingServer({ ...streaming, auth, clock, log, limits });
    this.#sockets = new Map([
      [live.PATH, liveRoute(this.#live)],
      ...(this.#streaming ? [[wifiDensepose.PATH, streamingRoute(this.#streaming, auth !== undefined)] as const] : []),
      ...(workers && this.#worker ? [[WORKER_PATH, workerRoute(this.#worker, workers.gate)] as const] : []),
    ]);
    this.#app = fastify({
      logger: false,
      forceCloseConnections: true,
      frameworkErrors: answerBadAddress,
      serverFactory: (handler) => webServer(options.tls, handler),
    });
    answerErrors(this.#app, log);
    guardRequests(this.#app, { access: this.#access, log });
    allowOrigins(this.#app, { origins: options.origins ?? [], log });
    this.#routes = guardRoutes(this.#app, { gate: this.#gate, log, trail: options.trail });
    const rateLimits = options.rateLimits ?? RATE_LIMITS;
    limitRequests(this.#app, { limits: rateLimits, gate: this.#gate, clock });
    serveMe(this.#app);
    if (options.auth) serveAuth(this.#app, options.auth);
    if (options.trail) serveAudit(this.#app, options.trail);
    serveCameras(this.#app, { cameras, clock });
    if (workers) serveImages(this.#app, workers);
    serveConfiguration(this.#app, { control: options.control, cameras });
    const store = options.store ?? (() => noStore);
    if (options.api) serveApi(this.#app, { ...options.api, cameras, control: options.control, clock, store });
    serveOperations(this.#app, {
      cameras,
      store,
      actions: options.actions ?? (() => noActions),
      refusedActions: options.refusedActions,
      inference: options.inference,
      worker: part && (() => part.worker.counters),
    });
    serveAsyncApi(this.#app, (name) => {
      if (name !== "people-counter") return this.#placeAt(name === "wifi-densepose" ? wifiDensepose.PATH : WORKER_PATH);
      const port = options.counterPort?.();
      return port === undefined ? null : { port };
    });
    serveOpenApi(this.#app, rateLimits);
    servePage(this.#app, options.pageFolder);
    this.#app.server.on("upgrade", (request, socket, head) => this.#upgrade({ request, socket, head }));
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
    return Array.from(this.#sockets, ([path, { needs }]) => ({ path, needs }));
  }

  /** Closes every client and gives the port back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const servers = [this.#live, this.#worker, this.#streaming];
    await Promise.all(servers.map((server) => server?.[Symbol.asyncDispose]()));
    await this.#app.close();
  }

  #placeAt(path: string): SocketPlace {
    return this.#sockets.has(path) ? { path } : null;
  }

  #upgrade(handshake: Handshake): void {
    const { request, socket } = handshake;
    if (!allowsHost(request.headers.host, this.#access)) {
      this.#log.warn({ host: request.headers.host, setting: "hosts" }, "a client used an unknown host name");
      refuseUpgrade(socket, 403, "This server has no such host name");
      return;
    }
    const route = this.#sockets.get(pathOf(request));
    if (!route) {
      refuseUpgrade(socket, 404, "No WebSocket protocol is served at this path");
      return;
    }
    if (route.greet && shownBy(request, DOOR) === null) {
      route.greet(handshake);
      return;
    }
    const entry = { gate: route.gate ?? this.#gate, log: this.#log, door: DOOR, need: route.needs };
    void admitUpgrade(handshake, entry, (guest) => route.upgrade(handshake, guest));
  }
}

const liveRoute = (server: LiveServer): SocketRoute => ({
  needs: { scope: "read", environments: "own" },
  upgrade: (handshake, guest) => server.upgrade(handshake, guest),
});

const streamingRoute = (server: StreamingServer, asks: boolean): SocketRoute => ({
  needs: STREAMING_NEEDS,
  upgrade: (handshake, guest) => server.upgrade(handshake, guest),
  ...(asks && { greet: (handshake: Handshake) => server.upgrade(handshake) }),
});

const workerRoute = (server: WorkerServer, gate: Gate): SocketRoute => ({
  needs: { scope: "operate", environments: "all" },
  gate,
  upgrade: (handshake, guest) => server.upgrade(handshake, guest),
});

function measuring(): () => Usage {
  const meter = new UsageMeter();
  return () => meter.measure();
}
