import { existsSync } from "node:fs";
import * as av from "node-av/constants";
import { Codec, Frame, HardwareDeviceContext, type Packet, type Stream } from "node-av/lib";
import { openContext, type VideoDecoder } from "./decoder.ts";

/** Something of the machine's, beside its CPU, that decodes videos. */
export interface DecodingDevice {
  /** As FFmpeg calls it: cuda, vaapi, videotoolbox, d3d11va. */
  readonly name: string;
  /** A decoder for the stream. Undefined when the device has none for its codec, or it did not open. */
  open(stream: Stream): VideoDecoder | undefined;
}

interface Candidate {
  readonly type: av.AVHWDeviceType;
  /** What is there wherever the device is. */
  readonly path?: string;
}

/**
 * What is tried, by system. Trying everything that FFmpeg knows costs 0.3 s where there is nothing: its Vulkan then
 * brings up a renderer on the CPU.
 */
const CANDIDATES: Readonly<Partial<Record<NodeJS.Platform, readonly Candidate[]>>> = {
  linux: [
    { type: av.AV_HWDEVICE_TYPE_CUDA, path: "/dev/nvidiactl" },
    { type: av.AV_HWDEVICE_TYPE_VAAPI, path: "/dev/dri/renderD128" },
  ],
  darwin: [{ type: av.AV_HWDEVICE_TYPE_VIDEOTOOLBOX }],
  win32: [{ type: av.AV_HWDEVICE_TYPE_D3D11VA }],
};

/** The first device that is there and comes up; undefined without one. */
export function findDecodingDevice(): DecodingDevice | undefined {
  for (const { type, path } of CANDIDATES[process.platform] ?? []) {
    if (path !== undefined && !existsSync(path)) continue;
    const context = new HardwareDeviceContext();
    if (context.create(type, type === av.AV_HWDEVICE_TYPE_VAAPI ? (path ?? null) : null) >= 0)
      return new NativeDevice(type, context);
    context.free();
  }
  return undefined;
}

/** A device as FFmpeg drives it. Lives as long as its thread. */
class NativeDevice implements DecodingDevice {
  readonly name: string;
  readonly #type: av.AVHWDeviceType;
  readonly #context: HardwareDeviceContext;

  constructor(type: av.AVHWDeviceType, context: HardwareDeviceContext) {
    this.name = HardwareDeviceContext.getTypeName(type) ?? "unknown";
    this.#type = type;
    this.#context = context;
  }

  open(stream: Stream): VideoDecoder | undefined {
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    const format = codec ? this.#formatOf(codec) : undefined;
    if (!codec || format === undefined) return undefined;
    const decoder = openContext(codec, stream, (context) => {
      context.hwDeviceCtx = this.#context;
      context.setHardwarePixelFormat(format);
    });
    return decoder && new FetchingDecoder(decoder);
  }

  /** In which its pictures come out of the codec; undefined when it has nothing to do with that. */
  #formatOf(codec: Codec): av.AVPixelFormat | undefined {
    for (let index = 0; ; index++) {
      const config = codec.getHwConfig(index);
      if (!config) return undefined;
      if (config.deviceType === this.#type && config.methods & av.AV_CODEC_HW_CONFIG_METHOD_HW_DEVICE_CTX)
        return config.pixFmt ?? undefined;
    }
  }
}

/** Fetches the pictures from the device's memory: everybody else reads them in the system's. */
class FetchingDecoder implements VideoDecoder {
  readonly #inner: VideoDecoder;

  constructor(inner: VideoDecoder) {
    this.#inner = inner;
  }

  *decode(packet: Packet | null): Generator<Frame | null, void, undefined> {
    for (const frame of this.#inner.decode(packet)) yield frame && fetched(frame);
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}

/** Takes ownership of `frame`. */
function fetched(frame: Frame): Frame | null {
  if (!frame.isHwFrame()) return frame;
  using distant = frame;
  const near = new Frame();
  near.alloc();
  if (distant.hwframeTransferDataSync(near) >= 0 && near.copyProps(distant) >= 0) return near;
  near.free();
  return null;
}
