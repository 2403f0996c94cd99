import { SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Codec, CodecContext, type Frame, Packet, Rational } from "node-av/lib";
import type { DecodedPicture, JpegEncoder, JpegRequest } from "../codec.ts";
import { canvasOf, nativeFrame } from "./picture.ts";
import { Scaling } from "./scaler.ts";

/** FFmpeg's quantiser scale runs from 2 (best) to 31; lambda is 118 times that. */
const LAMBDA = 118;
/** Viewers of one camera rarely want more sizes than this at a time. */
const SIZES_KEPT = 3;

/** JPEG quality 1..100 on FFmpeg's quantiser scale. */
export function quantiserOf(quality: number): number {
  return Math.round(2 + ((100 - quality) / 99) * 29);
}

/**
 * Pictures to JPEG straight from YUV 4:2:0: measured 0.8 ms at 768×432 and 2.6 ms at 1280×720 on one core, without
 * the detour over RGB that other encoders need.
 */
export class MjpegEncoder implements JpegEncoder {
  /** By size, the one used last at the end. */
  readonly #encodings = new Map<string, Encoding>();

  encode(picture: DecodedPicture, { size, quality, draw }: JpegRequest): Uint8Array<ArrayBuffer> {
    const encoding = this.#encodingFor(size);
    const frame = encoding.scale(nativeFrame(picture));
    draw?.(canvasOf(frame));
    return encoding.compress(frame, quantiserOf(quality));
  }

  #encodingFor(size: Size): Encoding {
    const key = `${size.width}×${size.height}`;
    const encoding = this.#encodings.get(key) ?? new Encoding(size);
    this.#encodings.delete(key);
    this.#encodings.set(key, encoding);
    const [[oldest, unused] = []] = this.#encodings;
    if (this.#encodings.size > SIZES_KEPT && oldest) {
      this.#encodings.delete(oldest);
      unused?.[Symbol.dispose]();
    }
    return encoding;
  }

  [Symbol.dispose](): void {
    for (const encoding of this.#encodings.values()) encoding[Symbol.dispose]();
    this.#encodings.clear();
  }
}

/** A scaler and an encoder for pictures of one size. */
class Encoding implements Disposable {
  readonly #scaling: Scaling;
  readonly #encoder: CodecContext;
  readonly #packet = new Packet();
  /** The encoder refuses times that do not grow. */
  #pts = 0n;

  constructor(size: Size) {
    this.#encoder = openEncoder(size);
    this.#scaling = new Scaling(size, av.AV_PIX_FMT_YUVJ420P);
    this.#scaling.target.colorRange = av.AVCOL_RANGE_JPEG;
    this.#packet.alloc();
  }

  scale(from: Frame): Frame {
    const { target } = this.#scaling;
    target.makeWritable();
    // JPEG is BT.601. Its colours are not converted where the source's are BT.709: the hues differ little, and
    // converting quadruples the cost of scaling.
    target.colorSpace = from.colorSpace;
    return this.#scaling.run(from);
  }

  compress(frame: Frame, quantiser: number): Uint8Array<ArrayBuffer> {
    frame.quality = LAMBDA * quantiser;
    frame.pts = this.#pts++;
    const sent = this.#encoder.sendFrameSync(frame);
    const status = sent < 0 ? sent : this.#encoder.receivePacketSync(this.#packet);
    const data = this.#packet.data;
    if (status < 0 || !data) throw new SensoriumError("internal", "a picture could not be encoded");
    const jpeg = new Uint8Array(data);
    this.#packet.unref();
    return jpeg;
  }

  [Symbol.dispose](): void {
    this.#scaling[Symbol.dispose]();
    this.#encoder.freeContext();
    this.#packet.free();
  }
}

function openEncoder(size: Size): CodecContext {
  const codec = Codec.findEncoder(av.AV_CODEC_ID_MJPEG);
  if (!codec) throw new SensoriumError("codec-unsupported", "this FFmpeg build has no JPEG encoder");
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = size.width;
  context.height = size.height;
  context.pixelFormat = av.AV_PIX_FMT_YUVJ420P;
  context.colorRange = av.AVCOL_RANGE_JPEG;
  context.timeBase = new Rational(1, 30);
  // The quality is each frame's own.
  context.flags = av.AV_CODEC_FLAG_QSCALE;
  context.threadCount = 1;
  // Standard Huffman tables: 8 % larger pictures for 20 % less time. Set on the context, because a dictionary given to
  // open2 is freed by FFmpeg and then again by its wrapper (node-av 6.1.1).
  context.setOption("huffman", "default", av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN);
  if (context.open2Sync(codec, null) >= 0) return context;
  context.freeContext();
  throw new SensoriumError("internal", "the JPEG encoder did not open");
}
