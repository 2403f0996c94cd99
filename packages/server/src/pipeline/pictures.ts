import { type Micros, wallMs } from "@sensorium/protocol";
import type { EncodeRequest, Moment } from "../capture/messages.ts";
import { RateLimit } from "../capture/rate-limit.ts";
import type { Overlay } from "../codec/annotate.ts";
import { Broadcast } from "../flow/broadcast.ts";
import type { EncodedPicture, PictureRequest } from "./camera-view.ts";

/** Pictures wait for their boxes no longer than the capture thread keeps them. */
const WAITING_LIMIT = 6;

/** What pictures are asked of: a capture. */
export interface PictureSource {
  /** How many pictures a second are kept for `encode`; 0 keeps none. */
  watch(maxFps: number): void;
  /** Null when the picture is no longer kept. */
  encode(request: EncodeRequest): Promise<Uint8Array | null>;
}

/** Boxes, lines and captions for the picture of this moment. */
export type Draw = (moment: { readonly sequence: number; readonly at: Micros }) => Overlay;

interface Channel {
  readonly request: PictureRequest;
  readonly viewers: Broadcast<EncodedPicture>;
  readonly limit: RateLimit;
}

/**
 * Encoded pictures for whoever looks: one encoding per picture and kind of request, however many viewers, and none
 * without. An annotated picture waits until the detector is done with the last frame it was given before it, so that
 * its boxes are its own.
 */
export class Pictures {
  readonly #draw: Draw;
  readonly #channels = new Map<string, Channel>();
  readonly #waiting: Moment[] = [];
  readonly #inferring = new Set<number>();
  #source: PictureSource | undefined;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  /** Pictures come from here from now on. */
  attach(source: PictureSource | undefined): void {
    this.#source = source;
    this.#waiting.length = 0;
    this.#inferring.clear();
    this.#watch();
  }

  view(request: PictureRequest, signal: AbortSignal): AsyncIterable<EncodedPicture> {
    const { annotated, quality, maxWidth, maxFps } = request;
    const key = [annotated, quality, maxWidth, maxFps].join();
    let channel = this.#channels.get(key);
    if (!channel) {
      const viewers = new Broadcast<EncodedPicture>((wanted) => {
        if (!wanted) this.#channels.delete(key);
        this.#watch();
      });
      const limit = new RateLimit();
      limit.perSecond = maxFps;
      channel = { request, viewers, limit };
      this.#channels.set(key, channel);
    }
    return channel.viewers.latest(signal);
  }

  /** The detector was given a frame. */
  inferring(sequence: number): void {
    this.#inferring.add(sequence);
  }

  /** The detector's frame has been analysed, or was lost. */
  inferred(sequence: number): void {
    this.#inferring.delete(sequence);
    this.#flush();
  }

  /** The capture keeps a picture. */
  offer(moment: Moment): void {
    this.#encode(moment, false);
    this.#waiting.push(moment);
    if (this.#waiting.length > WAITING_LIMIT) this.#waiting.shift();
    this.#flush();
  }

  end(): void {
    for (const { viewers } of this.#channels.values()) viewers.end();
  }

  #flush(): void {
    for (let moment = this.#waiting[0]; moment && !this.#boxesPending(moment); moment = this.#waiting[0]) {
      this.#waiting.shift();
      this.#encode(moment, true);
    }
  }

  #boxesPending({ sequence }: Moment): boolean {
    for (const inferring of this.#inferring) if (inferring <= sequence) return true;
    return false;
  }

  #encode(moment: Moment, annotated: boolean): void {
    for (const channel of this.#channels.values()) {
      if (channel.request.annotated !== annotated || !channel.limit.takes(moment.at)) continue;
      const overlay = annotated ? this.#draw({ sequence: moment.sequence, at: moment.at as Micros }) : null;
      void this.#send(channel, moment, overlay);
    }
  }

  async #send(channel: Channel, moment: Moment, overlay: Overlay | null): Promise<void> {
    const { sequence, at, capturedMs } = moment;
    const { maxWidth, quality } = channel.request;
    const jpeg = await this.#source?.encode({ sequence, maxWidth, quality, overlay });
    if (jpeg) channel.viewers.put({ jpeg, sequence, at, capturedMs: wallMs(capturedMs) });
  }

  #watch(): void {
    const rates = [...this.#channels.values()].filter(({ viewers }) => viewers.readers > 0);
    this.#source?.watch(Math.max(0, ...rates.map(({ request }) => request.maxFps)));
  }
}
