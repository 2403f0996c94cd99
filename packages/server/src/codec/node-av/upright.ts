import { SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Filter, type FilterContext, FilterGraph, Frame, type Packet, type Stream } from "node-av/lib";
import type { VideoDecoder } from "./decoder.ts";

/** How pictures are turned until they stand upright. */
export interface Turn {
  /** FFmpeg's filters. */
  readonly filters: string;
  /** Width and height change places. */
  readonly transposes: boolean;
}

/** Nine numbers of 16.16 fixed point, row by row; only those that turn and mirror matter here. */
type DisplayMatrix = readonly number[];

/**
 * What a phone that was held upright writes into its videos: they lie on their side and say so. Undefined where nothing
 * is to be done, and for turns by other than right angles.
 */
export function turnOf({ codecpar }: Stream): Turn | undefined {
  const data = codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX);
  if (!data || data.length < 36) return undefined;
  return turnBy(Array.from({ length: 9 }, (_, index) => data.readInt32LE(4 * index)));
}

/** The turn that a display matrix asks for. */
export function turnBy([a = 0, b = 0, , c = 0, d = 0]: DisplayMatrix): Turn | undefined {
  const turn = (filters: string, transposes: boolean): Turn => ({ filters, transposes });
  if (a === 0 && d === 0 && b !== 0 && c !== 0) {
    const mirrored = b > 0 === c > 0;
    if (b > 0) return turn(mirrored ? "transpose=cclock_flip" : "transpose=clock", true);
    return turn(mirrored ? "transpose=clock_flip" : "transpose=cclock", true);
  }
  if (b !== 0 || c !== 0) return undefined;
  const flips = [...(a < 0 ? ["hflip"] : []), ...(d < 0 ? ["vflip"] : [])];
  return flips.length > 0 ? turn(flips.join(","), false) : undefined;
}

/** The size of pictures once they are turned. */
export const turnedSize = ({ width, height }: Size, turn: Turn | undefined): Size =>
  turn?.transposes ? { width: height, height: width } : { width, height };

/** Turns the pictures of another decoder upright: measured 0.7 ms at 1280×720. */
export class UprightDecoder implements VideoDecoder {
  readonly #inner: VideoDecoder;
  readonly #turn: Turn;
  #turning: Turning | undefined;

  constructor(inner: VideoDecoder, turn: Turn) {
    this.#inner = inner;
    this.#turn = turn;
  }

  *decode(packet: Packet | null): Generator<Frame | null, void, undefined> {
    for (const frame of this.#inner.decode(packet)) yield frame && this.#upright(frame);
  }

  /** Takes ownership of `frame`. */
  #upright(frame: Frame): Frame {
    using lying = frame;
    if (!this.#turning?.fits(lying)) {
      this.#turning?.[Symbol.dispose]();
      this.#turning = new Turning(lying, this.#turn.filters);
    }
    return this.#turning.run(lying);
  }

  [Symbol.dispose](): void {
    this.#turning?.[Symbol.dispose]();
    this.#inner[Symbol.dispose]();
  }
}

/** Filters for frames of one size and format. */
class Turning implements Disposable {
  readonly #graph = new FilterGraph();
  readonly #source: FilterContext;
  readonly #sink: FilterContext;
  readonly #geometry: string;

  constructor(frame: Frame, filters: string) {
    this.#geometry = geometryOf(frame);
    this.#graph.alloc();
    this.#source = this.#add("buffer", this.#geometry);
    let last = this.#source;
    for (const filter of filters.split(",")) {
      const [name = "", options = null] = filter.split("=");
      const next = this.#add(name, options);
      last.link(0, next, 0);
      last = next;
    }
    this.#sink = this.#add("buffersink", null);
    if (last.link(0, this.#sink, 0) < 0 || this.#graph.configSync() < 0) throw this.#failure();
  }

  fits(frame: Frame): boolean {
    return this.#geometry === geometryOf(frame);
  }

  run(frame: Frame): Frame {
    const upright = new Frame();
    upright.alloc();
    const sent = this.#source.buffersrcAddFrameSync(frame, av.AV_BUFFERSRC_FLAG_KEEP_REF);
    if (sent >= 0 && this.#sink.buffersinkGetFrameSync(upright) >= 0 && upright.copyProps(frame) >= 0) return upright;
    upright.free();
    throw this.#failure();
  }

  #add(name: string, options: string | null): FilterContext {
    const filter = Filter.getByName(name);
    const context = filter && this.#graph.createFilter(filter, name, options);
    if (context) return context;
    throw this.#failure();
  }

  #failure(): SensoriumError {
    this[Symbol.dispose]();
    return new SensoriumError("codec-unsupported", `pictures of ${this.#geometry} cannot be turned upright`);
  }

  [Symbol.dispose](): void {
    this.#graph.free();
  }
}

const geometryOf = ({ width, height, format }: Frame): string =>
  `video_size=${width}x${height}:pix_fmt=${format}:time_base=1/1000000`;
