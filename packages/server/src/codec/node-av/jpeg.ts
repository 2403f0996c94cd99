import { SensoriumError, type Size } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Codec, CodecContext, Packet, Rational } from "node-av/lib";
import type { DecodedPicture, JpegEncoder, JpegRequest } from "../codec.ts";
import { canvasOf, nativeFrame } from "./picture.ts";
import { Scaling } from "./scaler.ts";

/** FFmpeg's quantiser scale runs from 2 (best) to 31; lambda is 118 times that. */
const LAMBDA = 118;

/** JPEG quality 1..100 on FFmpeg's quantiser scale. */
export function quantiserOf(quality: number): number {
  return Math.round(2 + ((100 - quality) / 99) * 29);
}

/**
 * Pictures to JPEG straight from YUV 4:2:0: measured 0.8 ms at 768×432 and 2.6 ms at 1280×720 on one core, without
 * the detour over RGB that other encoders need.
 */
export class MjpegEncoder implements JpegEncoder {
  #scaling: Scaling | undefined;
  #encoder: { readonly context: CodecContext; readonly size: Size; readonly quantiser: number } | undefined;
  readonly #packet = new Packet();
  /** The encoder refuses times that do not grow. */
  #pts = 0n;

  constructor() {
    this.#packet.alloc();
  }

  encode(picture: DecodedPicture, { size, quality, draw }: JpegRequest): Uint8Array<ArrayBuffer> {
    const source = nativeFrame(picture);
    if (!this.#scaling?.fits(source, size)) {
      this.#scaling?.[Symbol.dispose]();
      this.#scaling = new Scaling(source, size, av.AV_PIX_FMT_YUVJ420P);
    }
    this.#scaling.target.makeWritable();
    const frame = this.#scaling.run(source);
    draw?.(canvasOf(frame));
    const quantiser = quantiserOf(quality);
    frame.quality = LAMBDA * quantiser;
    frame.pts = this.#pts++;
    return this.#compress(frame, this.#contextFor(size, quantiser));
  }

  #compress(frame: Scaling["target"], context: CodecContext): Uint8Array<ArrayBuffer> {
    const sent = context.sendFrameSync(frame);
    const status = sent < 0 ? sent : context.receivePacketSync(this.#packet);
    const data = this.#packet.data;
    if (status < 0 || !data) throw new SensoriumError("internal", "a picture could not be encoded");
    const jpeg = new Uint8Array(data);
    this.#packet.unref();
    return jpeg;
  }

  #contextFor(size: Size, quantiser: number): CodecContext {
    const open = this.#encoder;
    if (open && open.quantiser === quantiser && open.size.width === size.width && open.size.height === size.height) {
      return open.context;
    }
    open?.context.freeContext();
    const context = openEncoder(size, quantiser);
    this.#encoder = { context, size, quantiser };
    return context;
  }

  [Symbol.dispose](): void {
    this.#scaling?.[Symbol.dispose]();
    this.#encoder?.context.freeContext();
    this.#packet.free();
    this.#scaling = undefined;
    this.#encoder = undefined;
  }
}

function openEncoder(size: Size, quantiser: number): CodecContext {
  const codec = Codec.findEncoder(av.AV_CODEC_ID_MJPEG);
  if (!codec) throw new SensoriumError("codec-unsupported", "this FFmpeg build has no JPEG encoder");
  const context = new CodecContext();
  context.allocContext3(codec);
  context.width = size.width;
  context.height = size.height;
  context.pixelFormat = av.AV_PIX_FMT_YUVJ420P;
  context.colorRange = av.AVCOL_RANGE_JPEG;
  context.timeBase = new Rational(1, 30);
  context.flags = av.AV_CODEC_FLAG_QSCALE;
  context.globalQuality = LAMBDA * quantiser;
  context.threadCount = 1;
  // Standard Huffman tables: 8 % larger pictures for 20 % less time. Set on the context, because a dictionary given to
  // open2 is freed by FFmpeg and then again by its wrapper (node-av 6.1.1).
  context.setOption("huffman", "default", av.AV_OPT_TYPE_STRING, av.AV_OPT_SEARCH_CHILDREN);
  if (context.open2Sync(codec, null) < 0) throw new SensoriumError("internal", "the JPEG encoder did not open");
  return context;
}
