import { type Micros, microsFromSeconds, reasonOf, SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { FFmpegError, FormatContext, Packet, Rational, type Stream } from "node-av/lib";

const MICROS = new Rational(1, 1_000_000);

/** Of a single picture. */
const DURATION = microsFromSeconds(1);

/** A video file whose pictures are JPEGs as they are (Motion JPEG); its name's ending says which container. */
export class JpegMovie implements AsyncDisposable {
  readonly #output: FormatContext;
  readonly #stream: Stream;
  #last: Micros | undefined;

  private constructor(output: FormatContext, stream: Stream) {
    this.#output = output;
    this.#stream = stream;
  }

  /**
   * Begins a file for pictures of `size`; one that is there is replaced.
   * @throws SensoriumError "config-invalid" when it cannot be written, or the ending is no container's.
   */
  static async create(path: string, size: Size): Promise<JpegMovie> {
    const output = new FormatContext();
    const check = (status: number): void => {
      if (status < 0) throw new Error(FFmpegError.strerror(status));
    };
    try {
      check(output.allocOutputContext2(null, null, path));
      const stream = output.newStream();
      const { codecpar } = stream;
      codecpar.codecType = av.AVMEDIA_TYPE_VIDEO;
      codecpar.codecId = av.AV_CODEC_ID_MJPEG;
      codecpar.format = av.AV_PIX_FMT_YUVJ420P;
      codecpar.width = size.width;
      codecpar.height = size.height;
      stream.timeBase = new Rational(1, 90_000);
      check(await output.openOutput());
      check(output.writeHeaderSync());
      return new JpegMovie(output, stream);
    } catch (cause) {
      await output[Symbol.asyncDispose]();
      throw new SensoriumError("config-invalid", `${path} cannot be written: ${reasonOf(cause)}`, { cause });
    }
  }

  /** Adds a picture; times grow. */
  add(jpeg: Uint8Array, at: Micros): void {
    using packet = new Packet();
    packet.alloc();
    packet.data = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
    packet.streamIndex = this.#stream.index;
    packet.pts = packet.dts = BigInt(at);
    // Only that of the last one counts: without it, that picture would be left out when the file is played.
    packet.duration = BigInt(this.#last === undefined ? DURATION : at - this.#last);
    packet.isKeyframe = true;
    packet.rescaleTs(MICROS, this.#stream.timeBase);
    const status = this.#output.interleavedWriteFrameSync(packet);
    this.#last = at;
    if (status < 0) throw new SensoriumError("internal", `a video is not written: ${FFmpegError.strerror(status)}`);
  }

  /** Completes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#output.writeTrailerSync();
    await this.#output[Symbol.asyncDispose]();
  }
}
