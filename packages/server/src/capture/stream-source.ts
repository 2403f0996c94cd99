import { SensoriumError } from "@sensorium/protocol";
import type { MediaInfo, MediaInput } from "../codec/codec.ts";
import type { OpenedSource, SourcePicture } from "./opened-source.ts";

export interface StreamOptions {
  /** The address without credentials. */
  readonly label: string;
  /** Its pictures come sooner than they are due. */
  readonly ahead: boolean;
}

/** A stream that a demuxer reads over a network or from a device. */
export class StreamSource implements OpenedSource {
  readonly info: MediaInfo;
  readonly ahead: boolean;
  readonly intervalMs = 0;
  readonly overtaken = 0;
  readonly #input: MediaInput;
  readonly #label: string;

  constructor(input: MediaInput, { label, ahead }: StreamOptions) {
    this.#input = input;
    this.#label = label;
    this.info = input.info;
    this.ahead = ahead;
  }

  get undecodable(): number {
    return this.#input.undecodable;
  }

  async *pictures(): AsyncGenerator<SourcePicture, void, undefined> {
    for await (const picture of this.#input.pictures()) yield { picture, restarts: false };
    if (this.info.durationSeconds !== null) return;
    throw new SensoriumError("source-ended", `${this.#label} ended the stream`, { retryable: true });
  }

  interrupt(): void {
    this.#input.interrupt();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#input[Symbol.asyncDispose]();
  }
}
