import { PATH } from "@sensorium/protocol/streaming";
import type { wifiDensepose as wire } from "@sensorium/protocol/wire";
import { Api } from "./api.ts";
import { type ClientClock, systemClock } from "./clock.ts";
import { codecOf, type Encoding } from "./codec.ts";
import type { ConnectionContext, Notice } from "./connection.ts";
import { type CredentialOptions, Credentials } from "./credentials.ts";
import { ClientError } from "./error.ts";
import { EventStream, type EventsRequest, type EventType } from "./events.ts";
import { Newest } from "./inbox.ts";
import { PoseStream, type PosesRequest } from "./poses.ts";
import { type Fetch, platformFetch } from "./requests.ts";
import { type OpenSocket, openWebSocket } from "./socket.ts";

/** How to connect. */
export interface ConnectOptions extends CredentialOptions {
  /** What the server calls this client: up to 100 letters, digits and `_ . : @ -`. */
  readonly clientId?: string;
  /** `json` when absent. */
  readonly encoding?: Encoding;
  /** Compresses frames and events; only for `json`. */
  readonly compression?: wire.Compression;
  /** Ends everything when it aborts. */
  readonly signal?: AbortSignal;
  /** Opens sockets in another way than by the platform's WebSocket. */
  readonly openSocket?: OpenSocket;
  /** Sends requests in another way than by the platform's `fetch`. */
  readonly fetch?: Fetch;
  /** Another clock than the machine's, for tests. */
  readonly clock?: ClientClock;
}

/**
 * A client of the server at `url`: `http://host:8000`, or the address of the socket itself. Nothing is connected before
 * a stream is read; each stream has a connection of its own, so that none waits for another.
 */
export const connect = (url: string | URL, options: ConnectOptions = {}): Client => new Client(url, options);

/** The streams and the REST API of one server, and the credential they share. */
export class Client implements Disposable {
  /** What else the server can be asked. */
  readonly api: Api;
  readonly #init: { readonly context: ConnectionContext; readonly signal: AbortSignal };
  readonly #stop = new AbortController();
  readonly #listeners = new Set<Newest<Notice>>();
  #count = 0;

  constructor(url: string | URL, options: ConnectOptions) {
    const { encoding = "json", compression, signal } = options;
    const { clock = systemClock, openSocket = openWebSocket, fetch = platformFetch } = options;
    const context: ConnectionContext = {
      url: socketAddress(url, options),
      codec: codecOf(encoding, compression),
      clock,
      credentials: new Credentials(options),
      open: openSocket,
      notice: (notice) => this.#tell(notice),
    };
    const { signal: own } = this.#stop;
    this.#init = { context, signal: signal ? AbortSignal.any([signal, own]) : own };
    this.api = new Api({ ...context, url: context.url.replace(/^ws/, "http"), fetch }, this.#init.signal);
  }

  /** People and their poses, live: the newest frames. */
  poses(request: PosesRequest = {}): PoseStream {
    return new PoseStream("pose_data", request, this.#init);
  }

  /** Where people were and are going, live: the newest path of each. */
  trajectories(request: PosesRequest = {}): PoseStream<wire.PoseTrajectoryMessage> {
    return new PoseStream<wire.PoseTrajectoryMessage>("pose_data_trajectory", request, this.#init);
  }

  /** What happened, every event exactly once. */
  events<T extends EventType = EventType>(request: EventsRequest<T> = {}): EventStream<T> {
    return new EventStream(request, this.#init);
  }

  /**
   * How the connections are and what goes wrong with them, from now on: `connection_status` when one stands, an `error`
   * of code `CONNECTION_ERROR` with the seconds until the next attempt when one was lost. The newest 100 wait.
   */
  async *notices(): AsyncGenerator<Notice, void, undefined> {
    const { signal } = this.#init;
    const inbox = new Newest<Notice>();
    const end = (): void => inbox.end();
    this.#listeners.add(inbox);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    try {
      yield* inbox.read();
    } finally {
      this.#listeners.delete(inbox);
      signal.removeEventListener("abort", end);
    }
  }

  /** Ends all streams and requests: loops finish, requests throw an `AbortError`. */
  close(): void {
    this.#stop.abort();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #tell(notice: Notice): void {
    this.#count++;
    for (const inbox of this.#listeners) inbox.put(String(this.#count % KEPT_NOTICES), notice);
  }
}

const KEPT_NOTICES = 100;

function socketAddress(given: string | URL, { clientId, compression, encoding }: ConnectOptions): string {
  if (!URL.canParse(given)) throw new ClientError("address-invalid", "This is not the address of a server");
  const url = new URL(given);
  url.protocol = url.protocol.replace("http", "ws");
  if (!/^wss?:$/.test(url.protocol)) {
    throw new ClientError("address-invalid", "An address begins with http, https, ws or wss");
  }
  if (url.pathname === "/") url.pathname = PATH;
  if (clientId !== undefined) url.searchParams.set("client_id", clientId);
  if (compression !== undefined && encoding !== "msgpack") url.searchParams.set("compression", compression);
  return url.href;
}
