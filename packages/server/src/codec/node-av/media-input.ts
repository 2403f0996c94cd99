import { type Micros, micros, SensoriumError } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Codec, CodecContext, Dictionary, FormatContext, Frame, Packet, type Stream } from "node-av/lib";
import type { DecodedPicture, MediaAddress, MediaInfo, MediaInput } from "../codec.ts";
import { sourceError } from "./error.ts";
import { NativePicture } from "./picture.ts";

/** So many pictures in a row that cannot be decoded mean that none will be. */
const UNDECODABLE_LIMIT = 300;

/** One video stream: demuxed on libuv's pool, decoded on the calling thread. */
export class NativeMediaInput implements MediaInput {
  readonly info: MediaInfo;
  undecodable = 0;
  readonly #format: FormatContext;
  readonly #stream: Stream;
  readonly #decoder: CodecContext;
  readonly #address: MediaAddress;
  #closed: Promise<void> | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(address: MediaAddress, format: FormatContext, stream: Stream) {
    this.#address = address;
    this.#format = format;
    this.#stream = stream;
    this.#decoder = openDecoder(stream, address.label);
    this.info = describe(format, stream, address);
  }

  static async open(address: MediaAddress, signal: AbortSignal): Promise<NativeMediaInput> {
    const format = new FormatContext();
    format.allocContext();
    const stop = (): void => format.interrupt();
    signal.addEventListener("abort", stop, { once: true });
    const timer = setTimeout(stop, address.timeoutMs);
    try {
      signal.throwIfAborted();
      await openFormat(format, address);
      return new NativeMediaInput(address, format, videoStream(format, address.label));
    } catch (thrown) {
      await format.closeInput();
      throw thrown;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  interrupt(): void {
    this.#format.interrupt();
  }

  async *pictures(): AsyncGenerator<DecodedPicture, void, undefined> {
    const packet = new Packet();
    packet.alloc();
    try {
      for (;;) {
        const reading = this.#format.readFrame(packet);
        this.#reading = reading;
        const status = await reading;
        if (status < 0 && status !== av.AVERROR_EOF) throw sourceError(status, this.#address);
        if (status < 0) break;
        if (packet.streamIndex === this.#stream.index) yield* this.#decode(packet);
        packet.unref();
      }
      yield* this.#decode(null);
    } finally {
      packet.free();
    }
  }

  *#decode(packet: Packet | null): Generator<DecodedPicture, void, undefined> {
    const sent = this.#decoder.sendPacketSync(packet);
    if (sent < 0) this.#countUndecodable();
    for (;;) {
      const frame = new Frame();
      frame.alloc();
      if (this.#decoder.receiveFrameSync(frame) < 0) {
        frame.free();
        return;
      }
      yield new NativePicture(frame, this.#ptsOf(frame));
    }
  }

  #countUndecodable(): void {
    this.undecodable++;
    if (this.undecodable % UNDECODABLE_LIMIT > 0) return;
    throw new SensoriumError("source-invalid", `${this.#address.label} sends pictures that cannot be decoded`, {
      retryable: this.#address.live,
    });
  }

  #ptsOf(frame: Frame): Micros | null {
    const ticks = frame.pts === av.AV_NOPTS_VALUE ? frame.bestEffortTimestamp : frame.pts;
    if (ticks === av.AV_NOPTS_VALUE) return null;
    const { num, den } = this.#stream.timeBase;
    const start = this.#address.live || this.#stream.startTime === av.AV_NOPTS_VALUE ? 0n : this.#stream.startTime;
    return micros((Number(ticks - start) * num * 1e6) / den);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.interrupt();
    await this.#reading; // closing under a read that is under way would free memory it uses
    this.#decoder.freeContext();
    await this.#format.closeInput();
  }
}

async function openFormat(format: FormatContext, address: MediaAddress): Promise<void> {
  const timeoutMicros = String(address.timeoutMs * 1000);
  using options = Dictionary.fromObject({
    // Enough to see a keyframe's parameters; the default waits for seconds of a slow stream.
    ...(address.live && { timeout: timeoutMicros, analyzeduration: "500000", fflags: "nobuffer" }),
    ...(address.rtspTransport && { rtsp_transport: address.rtspTransport }),
  });
  const opened = await format.openInput(address.url, null, options);
  if (opened < 0) throw sourceError(opened, address);
  // An RTSP description names the codec and its parameters: nothing needs to be probed.
  if (address.rtspTransport && format.streams.some((stream) => hasParameters(stream))) return;
  const found = await format.findStreamInfo(null);
  if (found < 0) throw sourceError(found, address);
}

const hasParameters = (stream: Stream): boolean =>
  stream.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO && stream.codecpar.codecId !== av.AV_CODEC_ID_NONE;

function videoStream(format: FormatContext, label: string): Stream {
  const index = format.findBestStream(av.AVMEDIA_TYPE_VIDEO);
  const stream = index < 0 ? undefined : format.streams[index];
  if (!stream) throw new SensoriumError("source-invalid", `${label} holds no video`);
  return stream;
}

function openDecoder(stream: Stream, label: string): CodecContext {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new SensoriumError("codec-unsupported", `${label} uses a codec that cannot be decoded`);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.parametersToContext(stream.codecpar);
  context.pktTimebase = stream.timeBase;
  // Cameras share the cores by threads of ours; frame threads would only add latency.
  context.threadCount = 1;
  if (context.open2Sync(codec, null) >= 0) return context;
  context.freeContext();
  throw new SensoriumError("codec-unsupported", `${label}: the ${codec.name} decoder did not open`);
}

function describe(format: FormatContext, stream: Stream, address: MediaAddress): MediaInfo {
  const { width, height, codecId } = stream.codecpar;
  const rate = stream.avgFrameRate;
  const duration = Number(format.duration) / 1e6;
  return {
    codec: Codec.findDecoder(codecId)?.name ?? "unknown",
    container: format.iformat?.name ?? "unknown",
    size: width > 0 && height > 0 ? { width, height } : null,
    framesPerSecond: rate.num > 0 && rate.den > 0 ? rate.num / rate.den : null,
    durationSeconds: !address.live && duration > 0 ? duration : null,
  };
}
