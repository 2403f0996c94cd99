import type { CameraId } from "@sensorium/protocol";
import type { live } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import type { CameraDirectory, CameraView } from "../../pipeline/camera-view.ts";
import type { Admission } from "../auth/admissions.ts";
import type { ServeClock } from "../clock.ts";
import { Connections } from "../connections.ts";
import { jsonMessage, type Outbox, type OutboxLimits } from "../outbox.ts";
import type { Handshake } from "../upgrade.ts";
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
  readonly #telling: Disposable;
  #listed = "";

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#connections = new Connections({
      ...options,
      maxTextBytes: MAX_TEXT_BYTES,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      open: (outbox) => this.#open(outbox),
      complain: (message) => jsonMessage({ type: "error", message } satisfies live.ErrorMessage),
    });
    this.#telling = options.clock.every(TELL_EVERY_MS, () => this.#tell());
  }

  /** Completes the handshake of a request that may come in, and stay as long as `hold` says. */
  upgrade(handshake: Handshake, hold: () => Admission): void {
    this.#connections.upgrade(handshake, hold);
  }

  /** Closes every client with 1001. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#telling[Symbol.dispose]();
    await this.#connections[Symbol.asyncDispose]();
    await Promise.all([...this.#channels.values()].map((channel) => channel[Symbol.asyncDispose]()));
  }

  #open(outbox: Outbox): LiveSession {
    outbox.offer("cameras", jsonMessage(this.#list()));
    return new LiveSession(outbox, (id) => {
      const camera = this.#options.cameras.get(id);
      return camera && this.#channelOf(camera);
    });
  }

  #tell(): void {
    if (this.#connections.size === 0) return;
    for (const channel of this.#channels.values()) channel.tell();
    const list = this.#list();
    const text = JSON.stringify(list);
    if (text !== this.#listed) this.#connections.offer("cameras", jsonMessage(list));
    this.#listed = text;
  }

  #list(): live.CamerasMessage {
    const cameras = this.#options.cameras.list().map((camera) => {
      const { id, name, simulated, state } = camera.status();
      return { handle: this.#channelOf(camera).handle, id, name, simulated, state };
    });
    return { type: "cameras", cameras };
  }

  #channelOf(camera: CameraView): Channel {
    const known = this.#channels.get(camera.id);
    if (known) return known;
    const { clock, log } = this.#options;
    const channel = new Channel(camera, { handle: this.#channels.size, clock, log: log.child({ camera: camera.id }) });
    this.#channels.set(camera.id, channel);
    return channel;
  }
}
