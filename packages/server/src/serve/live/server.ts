import type { CameraId } from "@sensorium/protocol";
import type { live } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import type { CameraDirectory, CameraView } from "../../pipeline/camera-view.ts";
import { NOT_ALLOWED, type Principal, sees } from "../auth/principal.ts";
import type { ServeClock } from "../clock.ts";
import { Connections, type Session } from "../connections.ts";
import { jsonMessage, type Outbox, type OutboxLimits } from "../outbox.ts";
import { refuseUpgrade } from "../refuse.ts";
import type { Guest, Handshake } from "../upgrade.ts";
import { Channel } from "./channel.ts";
import { LiveSession } from "./session.ts";

/** What the page's own protocol needs. */
export interface LiveOptions {
  readonly cameras: CameraDirectory;
  readonly clock: ServeClock;
  readonly log: Log;
  readonly limits: OutboxLimits;
  readonly maxClients: number;
}

const TELL_EVERY_MS = 500;
const MAX_TEXT_BYTES = 16 * 1024;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** The page's own protocol over all cameras; whoever owns the port hands it the handshakes. */
export class LiveServer implements AsyncDisposable {
  readonly #options: LiveOptions;
  readonly #connections: Connections;
  readonly #channels = new Map<CameraId, Channel>();
  readonly #pages = new Set<LiveSession>();
  readonly #telling: Disposable;
  #handles = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#connections = new Connections({
      ...options,
      maxTextBytes: MAX_TEXT_BYTES,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      open: (outbox, guest) => this.#open(outbox, guest?.principal ?? null),
      complain: (message) => jsonMessage({ type: "error", message } satisfies live.ErrorMessage),
    });
    this.#telling = options.clock.every(TELL_EVERY_MS, () => this.#tell());
  }

  /** Completes the handshake of a request that may come in, or refuses whoever may see none of the cameras. */
  upgrade(handshake: Handshake, guest: Guest): void {
    const { principal } = guest;
    if (principal.environments && this.#camerasFor(principal).length === 0) {
      refuseUpgrade(handshake.socket, 403, NOT_ALLOWED);
    } else this.#connections.upgrade(handshake, guest);
  }

  /** Closes every client with 1001. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#telling[Symbol.dispose]();
    await this.#connections[Symbol.asyncDispose]();
    await Promise.all([...this.#channels.values()].map((channel) => channel[Symbol.asyncDispose]()));
  }

  #open(outbox: Outbox, principal: Principal | null): Session {
    const page = new LiveSession(outbox, {
      list: () => this.#list(principal),
      watch: (request) => {
        const camera = this.#options.cameras.get(request.camera);
        const maySee = (): boolean => camera !== undefined && sees(principal, camera.environment);
        return camera && maySee() ? this.#channelOf(camera).watch({ outbox, request, maySee }) : null;
      },
    });
    this.#pages.add(page);
    return {
      receive: (text) => page.receive(text),
      end: () => {
        this.#pages.delete(page);
        page.end();
      },
    };
  }

  #tell(): void {
    this.#forgetRemoved();
    for (const channel of this.#channels.values()) channel.tell();
    for (const page of this.#pages) page.tellCameras();
  }

  /** Whoever watches a camera that was taken out of the configuration gets no more of it. */
  #forgetRemoved(): void {
    for (const [id, channel] of this.#channels) {
      if (this.#options.cameras.get(id) === channel.camera) continue;
      this.#channels.delete(id);
      void channel[Symbol.asyncDispose]();
    }
  }

  #list(principal: Principal | null): live.CamerasMessage {
    const cameras = this.#camerasFor(principal).map((camera) => {
      const { id, name, simulated, state } = camera.status();
      return { handle: this.#channelOf(camera).handle, id, name, simulated, state };
    });
    return { type: "cameras", cameras };
  }

  #camerasFor(principal: Principal | null): readonly CameraView[] {
    return this.#options.cameras.list().filter(({ environment }) => sees(principal, environment));
  }

  #channelOf(camera: CameraView): Channel {
    const known = this.#channels.get(camera.id);
    if (known) return known;
    const { clock, log } = this.#options;
    const channel = new Channel(camera, { handle: this.#handles++, clock, log: log.child({ camera: camera.id }) });
    this.#channels.set(camera.id, channel);
    return channel;
  }
}
