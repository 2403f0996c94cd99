import type { Frame, Packet } from "node-av/lib";
import type { VideoDecoder } from "./decoder.ts";
import { RecentPackets } from "./recent-packets.ts";

export interface FallingDecoderOptions {
  readonly device: VideoDecoder;
  openSoftware(): VideoDecoder;
  /** The device has failed. */
  onFall(): void;
}

/** Decodes on a device until that fails at a picture; from that very picture on, the CPU does. */
export class FallingDecoder implements VideoDecoder {
  readonly #options: FallingDecoderOptions;
  readonly #recent = new RecentPackets();
  #device: VideoDecoder | undefined;
  #software: VideoDecoder | undefined;

  constructor(options: FallingDecoderOptions) {
    this.#options = options;
    this.#device = options.device;
  }

  *decode(packet: Packet | null): Generator<Frame | null, void, undefined> {
    if (this.#software) yield* this.#software.decode(packet);
    else if (!(yield* this.#decodeOnDevice(packet))) yield* this.#fall(packet === null);
  }

  /** False when it failed. */
  *#decodeOnDevice(packet: Packet | null): Generator<Frame, boolean, undefined> {
    if (packet) this.#recent.add(packet);
    for (const frame of this.#device?.decode(packet) ?? []) {
      if (!frame) return false;
      this.#recent.show(frame);
      yield frame;
    }
    return true;
  }

  /** The CPU decodes once more what the device had, and leaves out the pictures that there have been. */
  *#fall(ended: boolean): Generator<Frame | null, void, undefined> {
    this.#options.onFall();
    this.#device?.[Symbol.dispose]();
    this.#device = undefined;
    const software = this.#options.openSoftware();
    this.#software = software;
    let before = this.#recent.shown;
    for (const packet of [...this.#recent.packets(), ...(ended ? [null] : [])]) {
      for (const frame of software.decode(packet)) {
        if (before === 0 || !frame) yield frame;
        else {
          before--;
          frame.free();
        }
      }
    }
    this.#recent[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#device?.[Symbol.dispose]();
    this.#software?.[Symbol.dispose]();
    this.#recent[Symbol.dispose]();
  }
}
