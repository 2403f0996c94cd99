import { SensoriumError } from "@sensorium/protocol";
import * as av from "node-av/constants";
import { Codec, CodecContext, Frame, type Packet, type Stream } from "node-av/lib";

/** Turns the packets of one video stream into pictures in system memory. */
export interface VideoDecoder extends Disposable {
  /**
   * Takes a packet, or null at the end, and yields the pictures that are complete with it, in presentation order: each
   * the caller's own, null for one that could not be decoded. To be read to its end, or not used again.
   */
  decode(packet: Packet | null): Iterable<Frame | null>;
}

/** Decodes with one of FFmpeg's decoders, as it has been opened. */
class ContextDecoder implements VideoDecoder {
  readonly #context: CodecContext;

  /** Takes ownership of `context`. */
  constructor(context: CodecContext) {
    this.#context = context;
  }

  *decode(packet: Packet | null): Generator<Frame | null, void, undefined> {
    if (this.#context.sendPacketSync(packet) < 0) yield null;
    for (;;) {
      const frame = new Frame();
      frame.alloc();
      const status = this.#context.receiveFrameSync(frame);
      if (status >= 0) {
        yield frame;
        continue;
      }
      frame.free();
      if (status === av.AVERROR_EAGAIN || status === av.AVERROR_EOF) return;
      yield null;
    }
  }

  [Symbol.dispose](): void {
    this.#context.freeContext();
  }
}

/**
 * A decoder on the CPU for the stream.
 * @throws SensoriumError "codec-unsupported" when there is none.
 */
export function openSoftwareDecoder(stream: Stream, label: string): VideoDecoder {
  const codec = Codec.findDecoder(stream.codecpar.codecId);
  if (!codec) throw new SensoriumError("codec-unsupported", `${label} uses a codec that cannot be decoded`);
  const decoder = openContext(codec, stream);
  if (decoder) return decoder;
  throw new SensoriumError("codec-unsupported", `${label}: the ${codec.name} decoder did not open`);
}

/** Opens a decoder for the stream; `prepare` says what is special about it. Undefined when it does not open. */
export function openContext(
  codec: Codec,
  { codecpar, timeBase }: Stream,
  prepare: (context: CodecContext) => void = () => undefined,
): VideoDecoder | undefined {
  const context = new CodecContext();
  context.allocContext3(codec);
  context.parametersToContext(codecpar);
  context.pktTimebase = timeBase;
  // Cameras share the cores by threads of ours; frame threads would only add latency.
  context.threadCount = 1;
  prepare(context);
  if (context.open2Sync(codec, null) >= 0) return new ContextDecoder(context);
  context.freeContext();
  return undefined;
}
