import { SensoriumError } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Codec, CodecContext, Frame, Packet } from "node-av/lib";
import type { JpegDecoder } from "../codec.ts";
import { NativePicture } from "./picture.ts";

/** JPEG to pixels as FFmpeg's Motion JPEG decoder has them; measured 3.6 ms for 200 KB at 1280×720 on one core. */
export class MjpegDecoder implements JpegDecoder {
  readonly #decoder = openDecoder();
  readonly #packet = new Packet();

  decode(jpeg: Uint8Array, arrivedMs: number): NativePicture | null {
    const frame = this.#receive(jpeg);
    return frame && new NativePicture(frame, { pts: null, arrivedMs });
  }

  #receive(jpeg: Uint8Array): Frame | null {
    this.#packet.alloc();
    this.#packet.data = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
    const frame = new Frame();
    frame.alloc();
    const sent = this.#decoder.sendPacketSync(this.#packet);
    this.#packet.free();
    if (sent >= 0 && this.#decoder.receiveFrameSync(frame) >= 0) return frame;
    frame.free();
    return null;
  }

  [Symbol.dispose](): void {
    this.#decoder.freeContext();
  }
}

function openDecoder(): CodecContext {
  const codec = Codec.findDecoder(av.AV_CODEC_ID_MJPEG);
  if (!codec) throw new SensoriumError("codec-unsupported", "this FFmpeg build has no JPEG decoder");
  const context = new CodecContext();
  context.allocContext3(codec);
  context.threadCount = 1;
  if (context.open2Sync(codec, null) >= 0) return context;
  context.freeContext();
  throw new SensoriumError("internal", "the JPEG decoder did not open");
}
