import type { CameraEvent, Recorded } from "@sensorium/protocol";
import type { live } from "@sensorium/protocol/wire";
import type { Log } from "../../observe/log.ts";
import type { CameraView, EncodedPicture, TrackedFrame } from "../../pipeline/camera-view.ts";
import type { ServeClock } from "../clock.ts";
import { Feed } from "../feed.ts";
import type { Outbox, Outgoing } from "../outbox.ts";
import { countsMessage, eventMessage, pictureMessage, statusMessage, tracksMessage } from "./messages.ts";

/** What a channel needs besides its camera. */
export interface ChannelOptions {
  /** Stands for the camera in binary messages. */
  readonly handle: number;
  readonly clock: ServeClock;
  readonly log: Log;
}

/** How a page watches a camera. */
export interface Watch {
  readonly outbox: Outbox;
  readonly request: live.WatchRequest;
  /** Whether the page may still see the camera. */
  maySee(): boolean;
}

/** One watch; a client that changes how it watches has two for a moment. */
interface Watcher {
  offer(key: string, message: Outgoing): void;
}

const MAX_FPS = 30;
const WIDTHS = [320, 480, 640, 960, 1280, 1920, 2560, 3840];

/** One camera and everyone who watches it: each thing is read once and made into one message for all. */
export class Channel implements AsyncDisposable {
  readonly camera: CameraView;
  readonly handle: number;
  readonly #log: Log;
  readonly #watchers = new Set<Watcher>();
  readonly #tracks: Feed<TrackedFrame, Outgoing>;
  readonly #events: Feed<Recorded<CameraEvent>, Outgoing>;
  readonly #pictures = new Map<string, Feed<EncodedPicture, Outgoing>>();

  constructor(camera: CameraView, { handle, clock, log }: ChannelOptions) {
    this.camera = camera;
    this.handle = handle;
    this.#log = log;
    this.#tracks = new Feed({
      open: (signal) => camera.tracks(signal),
      prepare: (frame) => tracksMessage(camera, frame, clock.now()),
      log,
    });
    this.#events = new Feed({
      open: (signal) => camera.events(signal),
      prepare: (recorded) => {
        // What an event changed is seen together with it, not at the next half second.
        this.tell();
        return eventMessage(recorded);
      },
      log,
    });
  }

  /** Sends everything of this camera to a page until disposed, or until the page may not see it any more. */
  watch({ outbox, request, maySee }: Watch): Disposable {
    const stack = new DisposableStack();
    const seen = (pass: () => void): void => {
      if (maySee()) pass();
      else stack.dispose();
    };
    const offer = (key: string, message: Outgoing): void => seen(() => outbox.offer(`${key}:${this.handle}`, message));
    const watcher = { offer };
    this.#watchers.add(watcher);
    stack.defer(() => this.#watchers.delete(watcher));
    stack.use(this.#tracks.listen((message) => offer("tracks", message)));
    stack.use(this.#events.listen((message) => seen(() => outbox.send(message))));
    if (request.pictures) stack.use(this.#picturesFor(request).listen((message) => offer("picture", message)));
    this.#tellTo([watcher]);
    return stack;
  }

  /** Sends status and counts as they are now to everyone who watches. */
  tell(): void {
    if (this.#watchers.size > 0) this.#tellTo(this.#watchers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const feeds = [this.#tracks, this.#events, ...this.#pictures.values()];
    await Promise.all(feeds.map((feed) => feed[Symbol.asyncDispose]()));
  }

  #tellTo(watchers: Iterable<Watcher>): void {
    const status = statusMessage(this.camera);
    const counts = countsMessage(this.camera);
    for (const { offer } of watchers) {
      offer("counts", counts);
      offer("status", status);
    }
  }

  /** One feed per size and quality; both are rounded so that clients share. */
  #picturesFor({ maxWidth, quality }: live.WatchRequest): Feed<EncodedPicture, Outgoing> {
    const width = WIDTHS.find((step) => step >= maxWidth) ?? Math.max(...WIDTHS);
    const rounded = Math.max(10, Math.round(quality / 10) * 10);
    const key = `${width}@${rounded}`;
    const known = this.#pictures.get(key);
    if (known) return known;
    const request = { annotated: false, quality: rounded, maxWidth: width, maxFps: MAX_FPS };
    const feed = new Feed<EncodedPicture, Outgoing>({
      open: (signal) => this.camera.pictures(request, signal),
      prepare: (picture) => pictureMessage(this.handle, picture),
      log: this.#log,
    });
    this.#pictures.set(key, feed);
    return feed;
  }
}
