import { microsFromSeconds, SensoriumError } from "@sensorium/protocol";
import type { Codec, MediaAddress, MediaInfo, MediaInput } from "../codec/codec.ts";
import { ROOM_FPS, ROOM_SIZE, SimulatedRoom } from "../sources/simulated/room.ts";
import { describeSource, type Source } from "../sources/source.ts";
import { webcamAddress } from "../sources/webcam.ts";
import { openHttp } from "./http-source.ts";
import type { OpenedSource, OpenOptions, SourcePicture } from "./opened-source.ts";
import { paintRoom } from "./paint-room.ts";
import { StreamSource } from "./stream-source.ts";

/** A file that ends this much before its announced end was cut off. */
const TRUNCATION_SECONDS = 2;

/** Fails with a source error naming what and why. */
export async function openSource(codec: Codec, source: Source, options: OpenOptions): Promise<OpenedSource> {
  const { timeoutMs } = options;
  const label = describeSource(source);
  switch (source.kind) {
    case "simulated":
      return new SimulatedSource(codec, source.seed);
    case "file": {
      const { path: url, decode = "auto" } = source;
      const address: MediaAddress = { url, label, live: false, decode, timeoutMs };
      const reopen = (): Promise<MediaInput> => codec.open(address, options);
      return new FileSource(await reopen(), { reopen, loop: source.loop, label });
    }
    case "rtsp": {
      const { url, transport: rtspTransport, decode = "auto" } = source;
      const address = { url, label, live: true, decode, timeoutMs, rtspTransport };
      return new StreamSource(await codec.open(address, options), { label, ahead: false });
    }
    case "webcam": {
      const address = { ...webcamAddress(source.device, process.platform), label, live: true, timeoutMs };
      return new StreamSource(await codec.open(address, options), { label, ahead: false });
    }
    default:
      return await openHttp(codec, source, options);
  }
}

interface FileOptions {
  readonly reopen: () => Promise<MediaInput>;
  readonly loop: boolean;
  readonly label: string;
}

class FileSource implements OpenedSource {
  readonly info: MediaInfo;
  readonly ahead = true;
  readonly intervalMs = 0;
  readonly overtaken = 0;
  readonly #options: FileOptions;
  #input: MediaInput;
  #undecodable = 0;

  constructor(input: MediaInput, options: FileOptions) {
    this.#input = input;
    this.#options = options;
    this.info = input.info;
  }

  get undecodable(): number {
    return this.#undecodable + this.#input.undecodable;
  }

  async *pictures(): AsyncGenerator<SourcePicture, void, undefined> {
    yield* this.#once(false);
    while (this.#options.loop) {
      await this.#again();
      yield* this.#once(true);
    }
  }

  async *#once(again: boolean): AsyncGenerator<SourcePicture, void, undefined> {
    let pictures = 0;
    for await (const picture of this.#input.pictures()) yield { picture, restarts: pictures++ === 0 && again };
    if (pictures === 0) this.#refuse("holds no picture that can be decoded");
    const { durationSeconds: announced } = this.info;
    const { reachedSeconds: reached } = this.#input;
    if (announced === null || announced - reached < Math.max(TRUNCATION_SECONDS, announced * 0.02)) return;
    const figures = `ends after ${reached.toFixed(1)} s of its announced ${announced.toFixed(1)} s`;
    this.#refuse(`${figures}: the file is truncated or damaged`);
  }

  #refuse(why: string): never {
    throw new SensoriumError("source-invalid", `${this.#options.label} ${why}`);
  }

  async #again(): Promise<void> {
    this.#undecodable += this.#input.undecodable;
    await this.#input[Symbol.asyncDispose]();
    this.#input = await this.#options.reopen();
  }

  interrupt(): void {
    this.#input.interrupt();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#input[Symbol.asyncDispose]();
  }
}

class SimulatedSource implements OpenedSource {
  readonly undecodable = 0;
  readonly overtaken = 0;
  readonly ahead = true;
  readonly intervalMs = 0;
  readonly info: MediaInfo = {
    codec: "none",
    decoder: null,
    container: "simulated",
    size: ROOM_SIZE,
    framesPerSecond: ROOM_FPS,
    durationSeconds: null,
  };
  readonly #codec: Codec;
  readonly #room: SimulatedRoom;
  #open = true;

  constructor(codec: Codec, seed: number) {
    this.#codec = codec;
    this.#room = new SimulatedRoom(seed);
  }

  async *pictures(): AsyncGenerator<SourcePicture, void, undefined> {
    for (let index = 0; this.#open; index++) {
      const at = microsFromSeconds(index / ROOM_FPS);
      const picture = this.#codec.draw(ROOM_SIZE, at, (canvas) => paintRoom(canvas, this.#room, at / 1e6));
      yield { picture, restarts: false };
    }
  }

  interrupt(): void {
    this.#open = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
  }
}
