import { live, wifiDensepose } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import { type AccessRules, allowsHost } from "../access.ts";
import { shownBy } from "../auth/credentials.ts";
import type { Gate } from "../auth/gate.ts";
import type { Need } from "../auth/principal.ts";
import type { LiveServer } from "../live/server.ts";
import { refuseUpgrade } from "../refuse.ts";
import type { StreamingServer } from "../streaming/server.ts";
import { NEEDS as STREAMING_NEEDS } from "../streaming/session.ts";
import { admitUpgrade, type Guest, type Handshake, pathOf } from "../upgrade.ts";
import type { WorkerServer } from "../worker/server.ts";

/** A WebSocket protocol of the port, and what it needs of whoever connects. */
interface SocketRoute {
  readonly needs: Need;
  /** Who lets clients in; the port's own gate when absent. */
  readonly gate?: Gate;
  upgrade(handshake: Handshake, guest: Guest): void;
  /** Takes whoever shows no credential yet; when absent they are refused. */
  greet?(handshake: Handshake): void;
}

/** The protocols that the port serves by WebSockets. */
export interface Protocols {
  readonly live: LiveServer;
  readonly streaming: StreamingServer | undefined;
  readonly worker: { readonly server: WorkerServer; readonly gate: Gate } | undefined;
}

export interface SocketsOptions {
  readonly access: AccessRules;
  readonly gate: Gate;
  /** Whether anybody is asked who they are. */
  readonly asks: boolean;
  readonly log: Log;
}

/** Where backends connect. */
export const WORKER_PATH = "/";
const DOOR = { socket: true, page: true };

/** Leads every handshake to its protocol, once whoever comes may come in. */
export class Sockets {
  readonly #options: SocketsOptions;
  /** By path. */
  readonly #routes: ReadonlyMap<string, SocketRoute>;

  constructor({ live: page, streaming, worker }: Protocols, options: SocketsOptions) {
    this.#options = options;
    this.#routes = new Map([
      [live.PATH, liveRoute(page)],
      ...(streaming ? [[wifiDensepose.PATH, streamingRoute(streaming, options.asks)] as const] : []),
      ...(worker ? [[WORKER_PATH, workerRoute(worker.server, worker.gate)] as const] : []),
    ]);
  }

  /** The path of every protocol, with what it needs. */
  get list(): readonly { readonly path: string; readonly needs: Need }[] {
    return Array.from(this.#routes, ([path, { needs }]) => ({ path, needs }));
  }

  has(path: string): boolean {
    return this.#routes.has(path);
  }

  /** Completes a handshake, or refuses it with a sentence. */
  upgrade(handshake: Handshake): void {
    const { request, socket } = handshake;
    const { access, gate, log } = this.#options;
    if (!allowsHost(request.headers.host, access)) {
      log.warn({ host: request.headers.host, setting: "hosts" }, "a client used an unknown host name");
      refuseUpgrade(socket, 403, "This server has no such host name");
      return;
    }
    const route = this.#routes.get(pathOf(request));
    if (!route) {
      refuseUpgrade(socket, 404, "No WebSocket protocol is served at this path");
      return;
    }
    if (route.greet && shownBy(request, DOOR) === null) {
      route.greet(handshake);
      return;
    }
    const entry = { gate: route.gate ?? gate, log, door: DOOR, need: route.needs };
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
