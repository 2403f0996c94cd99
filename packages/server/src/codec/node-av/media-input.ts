import { type Micros, micros, SensoriumError } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { type FormatContext, type Frame, Packet, type Stream } from "node-av/lib";
import { Deadline } from "../../sources/http/deadline.ts";
import type { DecodedPicture, MediaAddress, MediaInfo, MediaInput, OpenMediaOptions } from "../codec.ts";
import { type ChooseOptions, type Chosen, chooseDecoder } from "./choose-decoder.ts";
import type { VideoDecoder } from "./decoder.ts";
import { sourceError } from "./error.ts";
import { describe, openFormat, videoStream } from "./open.ts";
import { NativePicture } from "./picture.ts";
import { turnedSize, turnOf, UprightDecoder } from "./upright.ts";

/** So many failures without one good picture between them mean that none will come. */
const FAILURES_LIMIT = 300;

/** Some cameras have no key frames, and renew their pictures part by part. */
const PACKETS_BEFORE_KEY = 300;

/** One video stream: a live one is demuxed on libuv's pool; everything else happens on the calling thread. */
export class NativeMediaInput implements MediaInput {
  readonly info: MediaInfo;
  readonly #format: FormatContext;
  readonly #stream: Stream;
  readonly #decoder: VideoDecoder;
  /** Of what the decoder decodes; that of the stream may change. */
  readonly #codecId: av.AVCodecID;
  /** Of every stream, by its index. */
  readonly #clocks: readonly StreamClock[];
  readonly #address: MediaAddress;
  #begun: boolean;
  #undecodable = 0;
  #failuresInARow = 0;
  #reached = 0;
  #closed: Promise<void> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(address: MediaAddress, format: FormatContext, { stream, chosen }: Choice) {
    this.#address = address;
    this.#format = format;
    this.#stream = stream;
    this.#clocks = format.streams.map((each) => streamClock(each, address.live));
    this.#begun = !address.live;
    this.#codecId = stream.codecpar.codecId;
    const turn = turnOf(stream);
    this.#decoder = turn ? new UprightDecoder(chosen.decoder, turn) : chosen.decoder;
    const said = describe(format, stream, address);
    this.info = { ...said, size: said.size && turnedSize(said.size, turn), decoder: chosen.choice };
  }

  static async open(
    address: MediaAddress,
    { signal, onWarning, device }: OpenMediaOptions & Pick<ChooseOptions, "device">,
  ): Promise<NativeMediaInput> {
    const format = await openFormat(address, signal);
    try {
      const stream = videoStream(format, address.label);
      const chosen = chooseDecoder(stream, { address, device, onWarning });
      return new NativeMediaInput(address, format, { stream, chosen });
    } catch (thrown) {
      await format.closeInput();
      throw thrown;
    }
  }

  get undecodable(): number {
    return this.#undecodable;
  }

  get reachedSeconds(): number {
    return this.#reached;
  }

  interrupt(): void {
    this.#format.interrupt();
  }

  async *pictures(): AsyncGenerator<DecodedPicture, void, undefined> {
    using packet = new Packet();
    packet.alloc();
    while (await this.#read(packet)) {
      if (packet.streamIndex === this.#stream.index && this.#hasBegun(packet)) yield* this.#decode(packet, Date.now());
      packet.unref();
    }
    yield* this.#decode(null, Date.now());
  }

  /** What a stream gives before its first key frame refers to pictures that have gone by: it would be shown as grey. */
  #hasBegun({ flags }: Packet): boolean {
    if (this.#begun) return true;
    this.#begun = (flags & av.AV_PKT_FLAG_KEY) !== 0 || this.#undecodable === PACKETS_BEFORE_KEY;
    if (!this.#begun) this.#undecodable++;
    return this.#begun;
  }

  /** False at the end. */
  async #read(packet: Packet): Promise<boolean> {
    const status = this.#address.live ? await this.#wait(packet) : this.#format.readFrameSync(packet);
    if (status === av.AVERROR_EOF) return false;
    if (status < 0) throw sourceError(status, this.#address);
    this.#noteReached(packet);
    return true;
  }

  /**
   * A network can keep a read waiting; a disk hardly does, and there the way over another thread costs 0.2 ms. FFmpeg's
   * own timeout begins anew with every byte.
   */
  async #wait(packet: Packet): Promise<number> {
    const reading = this.#format.readFrame(packet);
    this.#reading = reading;
    let late = false;
    using _deadline = new Deadline(this.#address.timeoutMs, () => {
      late = true;
      this.interrupt();
    });
    const status = await reading;
    return late ? av.AVERROR_EXIT : status;
  }

  #noteReached({ streamIndex, pts, duration }: Packet): void {
    if (pts === av.AV_NOPTS_VALUE) return;
    this.#reached = Math.max(this.#reached, this.#clocks[streamIndex]?.(pts + duration) ?? 0);
  }

  *#decode(packet: Packet | null, arrivedMs: number): Generator<DecodedPicture, void, undefined> {
    for (const frame of this.#decoder.decode(packet)) {
      if (!frame) {
        this.#failed();
        continue;
      }
      this.#failuresInARow = 0;
      yield new NativePicture(frame, { pts: this.#ptsOf(frame), arrivedMs });
    }
  }

  #failed(): void {
    this.#undecodable++;
    const { label, live } = this.#address;
    if (this.#stream.codecpar.codecId !== this.#codecId)
      throw new SensoriumError("source-ended", `${label} changed to another codec`, { retryable: live });
    if (++this.#failuresInARow < FAILURES_LIMIT) return;
    throw new SensoriumError("source-invalid", `${label} sends pictures that cannot be decoded`, { retryable: live });
  }

  #ptsOf(frame: Frame): Micros | null {
    const ticks = frame.pts === av.AV_NOPTS_VALUE ? frame.bestEffortTimestamp : frame.pts;
    if (ticks === av.AV_NOPTS_VALUE) return null;
    return micros(1e6 * (this.#clocks[this.#stream.index]?.(ticks) ?? 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.interrupt();
    await this.#reading; // closing under a read that is under way would free memory it uses
    this.#decoder[Symbol.dispose]();
    await this.#format.closeInput();
  }
}

interface Choice {
  readonly stream: Stream;
  readonly chosen: Chosen;
}

/** Seconds from ticks. */
type StreamClock = (ticks: bigint) => number;

/** The clock of a stream; a recording's begins at zero. */
function streamClock({ timeBase: { num, den }, startTime }: Stream, live: boolean): StreamClock {
  const start = live || startTime === av.AV_NOPTS_VALUE ? 0n : startTime;
  return (ticks) => (Number(ticks - start) * num) / den;
}
