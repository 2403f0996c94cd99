import { live } from "@sensorium/protocol/wire";
import { Connection, type ConnectionState } from "./connection.ts";
import type { ReceivedStatus } from "./freshness.ts";
import type { Player } from "./player.ts";
import { type Stay, staysAfter } from "./stays.ts";
import { type Readable, Store } from "./store.ts";

/** A message about one camera. */
type CameraMessage = Exclude<live.ServerMessage, live.CamerasMessage | live.ErrorMessage>;
/** A completed crossing of a counting line. */
export type Crossing = Extract<live.EventMessage["event"], { type: "crossing" }>;

/** How long the steps of the newest tracked frame took, in milliseconds. */
export interface Timing {
  /** From decoded to inferred. */
  readonly inference: number;
  /** From captured to sent. */
  readonly total: number;
}

const KEPT_CROSSINGS = 30;
/** Status comes twice a second; silence this long means the connection is dead. */
const SILENCE_MS = 8_000;
const WIDTH_STEP = 320;

/** One camera as the page shows it, over a connection that comes back by itself. */
export class LiveView {
  readonly connection: Readable<ConnectionState>;
  readonly cameras: Readable<readonly live.CameraSummary[] | null>;
  readonly selected: Readable<string | null>;
  readonly status: Readable<ReceivedStatus | null>;
  readonly counts: Readable<live.CountsMessage | null>;
  readonly crossings: Readable<readonly Crossing[]>;
  readonly stays: Readable<readonly Stay[]>;
  readonly timing: Readable<Timing | null>;

  readonly #cameras = new Store<readonly live.CameraSummary[] | null>(null);
  readonly #selected = new Store<string | null>(null);
  readonly #status = new Store<ReceivedStatus | null>(null);
  readonly #counts = new Store<live.CountsMessage | null>(null);
  readonly #crossings = new Store<readonly Crossing[]>([]);
  readonly #stays = new Store<readonly Stay[]>([]);
  readonly #timing = new Store<Timing | null>(null);
  readonly #connection: Connection;
  readonly #watchdog: ReturnType<typeof setInterval>;
  #player: Player | undefined;
  #wanted: string | null;
  #visible = true;
  #maxWidth = 1280;
  #newestTracks: live.TracksMessage | undefined;
  #heardMs = Date.now();

  /** `wanted` is shown when there is such a camera, otherwise the first. */
  constructor(url: string, wanted: string | null) {
    this.#wanted = wanted;
    this.cameras = this.#cameras;
    this.selected = this.#selected;
    this.status = this.#status;
    this.counts = this.#counts;
    this.crossings = this.#crossings;
    this.stays = this.#stays;
    this.timing = this.#timing;
    this.#connection = new Connection(url, {
      onOpen: () => this.#watch(),
      onText: (text) => this.#hear(text),
      onBinary: (bytes) => this.#see(bytes),
    });
    this.connection = this.#connection.state;
    this.#watchdog = setInterval(() => this.#checkSilence(), 1_000);
  }

  /** Pictures and tracks go to `player` from now on. */
  attach(player: Player): void {
    this.#player = player;
    const received = this.#status.get();
    if (received) player.describe(received.status);
  }

  /** Shows another camera; one that there is not yet, as soon as it comes. */
  select(id: string): void {
    this.#wanted = id;
    if (this.#cameras.get()?.some((camera) => camera.id === id)) this.#show(id);
  }

  /** While the page cannot be seen, nothing is asked for, so that nothing is computed for it. */
  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (visible) this.#watch();
    else this.#unwatch();
  }

  /** Pictures need not be wider than this many pixels. */
  setWidth(pixels: number): void {
    const maxWidth = Math.max(WIDTH_STEP, Math.ceil(pixels / WIDTH_STEP) * WIDTH_STEP);
    if (maxWidth === this.#maxWidth) return;
    this.#maxWidth = maxWidth;
    this.#watch();
  }

  close(): void {
    clearInterval(this.#watchdog);
    this.#connection.close();
  }

  #watch(): void {
    const camera = this.#selected.get();
    if (camera === null || !this.#visible) return;
    this.#heardMs = Date.now();
    this.#connection.send({
      type: "watch",
      camera,
      pictures: true,
      maxWidth: this.#maxWidth,
      quality: 70,
    } satisfies live.WatchRequest);
  }

  #unwatch(): void {
    const camera = this.#selected.get();
    if (camera !== null) this.#connection.send({ type: "unwatch", camera } satisfies live.UnwatchRequest);
  }

  #forget(): void {
    this.#status.set(null);
    this.#counts.set(null);
    this.#crossings.set([]);
    this.#stays.set([]);
    this.#timing.set(null);
    this.#newestTracks = undefined;
    this.#player?.clear();
  }

  #hear(text: string): void {
    this.#heardMs = Date.now();
    const message = parse(text);
    if (message?.type === "cameras") this.#list(message.cameras);
    else if (message?.type === "error") console.warn(message.message);
    else if (message?.camera === this.#selected.get()) this.#update(message);
  }

  #update(message: CameraMessage): void {
    switch (message.type) {
      case "status":
        this.#status.set({ status: message.status, receivedMs: Date.now() });
        this.#player?.describe(message.status);
        this.#timing.set(timingOf(this.#newestTracks));
        break;
      case "counts":
        this.#counts.set(message);
        break;
      case "tracks":
        this.#newestTracks = message;
        this.#player?.tracks(message);
        break;
      case "event":
        this.#note(message.event);
        break;
    }
  }

  #note(event: live.EventMessage["event"]): void {
    if (event.type === "crossing") this.#crossings.set([event, ...this.#crossings.get()].slice(0, KEPT_CROSSINGS));
    else if (event.type === "zone-entered" || event.type === "zone-left") {
      this.#stays.set(staysAfter(this.#stays.get(), event));
    }
  }

  #list(cameras: readonly live.CameraSummary[]): void {
    this.#cameras.set(cameras);
    const is = (wanted: string | null) => cameras.some(({ id }) => id === wanted);
    const current = this.#selected.get();
    if (is(this.#wanted)) this.#show(this.#wanted);
    else if (!is(current)) this.#show(cameras[0]?.id ?? null);
  }

  #show(id: string | null): void {
    if (id === this.#selected.get()) return;
    this.#unwatch();
    this.#selected.set(id);
    this.#forget();
    this.#watch();
  }

  #see(bytes: Uint8Array): void {
    this.#heardMs = Date.now();
    const picture = live.decodePicture(bytes);
    const camera = this.#cameras.get()?.find(({ handle }) => handle === picture.handle);
    if (camera && camera.id === this.#selected.get()) this.#player?.picture(picture);
  }

  #checkSilence(): void {
    const watching = this.#visible && this.connection.get().phase === "open" && this.#selected.get() !== null;
    if (watching && Date.now() - this.#heardMs > SILENCE_MS) this.#connection.restart();
  }
}

/** Null for what this page does not understand: it goes on with the rest. */
function parse(text: string): live.ServerMessage | null {
  try {
    return live.ServerMessage.parse(JSON.parse(text));
  } catch (thrown) {
    console.warn("A message of the server was not understood", thrown);
    return null;
  }
}

function timingOf(tracks: live.TracksMessage | undefined): Timing | null {
  if (!tracks) return null;
  const { capturedMs, decodedMs, inferredMs, sentMs } = tracks.times;
  return { inference: inferredMs - decodedMs, total: sentMs - capturedMs };
}
