import { type Micros, microsFromSeconds, SensoriumError } from "@sensorium/protocol";
import type { Codec, DecodedPicture, MediaAddress, MediaInfo, MediaInput } from "../codec/codec.ts";
import { ROOM_FPS, ROOM_SIZE } from "../sources/simulated-room.ts";
import { describeSource, isLive, type Source } from "../sources/source.ts";
import { paintRoom } from "./paint-room.ts";

/** A picture as its source gave it; `restart` marks the first one of a file that begins again. */
export interface SourcePicture {
  readonly picture: DecodedPicture;
  readonly restart: Micros | null;
}

/** An opened source, whatever its kind. */
export interface OpenedSource extends AsyncDisposable {
  readonly info: MediaInfo;
  readonly undecodable: number;
  pictures(): AsyncIterable<SourcePicture>;
  interrupt(): void;
}

const OPEN_TIMEOUT_MS = 10_000;
/** A file that ends this much before its announced end was cut off. */
const TRUNCATION_SECONDS = 2;

export async function openSource(codec: Codec, source: Source, signal: AbortSignal): Promise<OpenedSource> {
  if (source.kind === "simulated") return new SimulatedSource(codec, source.seed);
  const address = addressOf(source);
  const input = await codec.open(address, signal);
  if (source.kind === "rtsp") return new StreamSource(input);
  return new FileSource(input, { reopen: () => codec.open(address, signal), loop: source.loop, label: address.label });
}

/** How the codec reaches a source. */
export function addressOf(source: Exclude<Source, { kind: "simulated" }>): MediaAddress {
  const base = { label: describeSource(source), live: isLive(source), timeoutMs: OPEN_TIMEOUT_MS };
  if (source.kind === "file") return { ...base, url: source.path };
  return { ...base, url: source.url, rtspTransport: source.transport };
}

class StreamSource implements OpenedSource {
  readonly info: MediaInfo;
  readonly #input: MediaInput;

  constructor(input: MediaInput) {
    this.#input = input;
    this.info = input.info;
  }

  get undecodable(): number {
    return this.#input.undecodable;
  }

  async *pictures(): AsyncGenerator<SourcePicture, void, undefined> {
    for await (const picture of this.#input.pictures()) yield { picture, restart: null };
    throw new SensoriumError("source-ended", "the camera ended the stream", { retryable: true });
  }

  interrupt(): void {
    this.#input.interrupt();
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#input[Symbol.asyncDispose]();
  }
}

interface FileOptions {
  readonly reopen: () => Promise<MediaInput>;
  readonly loop: boolean;
  readonly label: string;
}

class FileSource implements OpenedSource {
  readonly info: MediaInfo;
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
    yield* this.#once(null);
    while (this.#options.loop) {
      await this.#again();
      yield* this.#once(microsFromSeconds(1 / (this.info.framesPerSecond ?? 25)));
    }
  }

  async *#once(restart: Micros | null): AsyncGenerator<SourcePicture, void, undefined> {
    let pictures = 0;
    let last = 0;
    for await (const picture of this.#input.pictures()) {
      last = picture.pts ?? last;
      yield { picture, restart: pictures++ === 0 ? restart : null };
    }
    this.#refuseTruncated(pictures, last / 1e6);
  }

  #refuseTruncated(pictures: number, endedAt: number): void {
    const announced = this.info.durationSeconds;
    if (pictures === 0)
      throw new SensoriumError("source-invalid", `${this.#options.label} holds no picture that can be decoded`);
    if (announced === null || announced - endedAt < Math.max(TRUNCATION_SECONDS, announced * 0.02)) return;
    const figures = `ends after ${endedAt.toFixed(1)} s of its announced ${announced.toFixed(1)} s`;
    throw new SensoriumError("source-invalid", `${this.#options.label} ${figures}: the file is truncated or damaged`);
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
  readonly info: MediaInfo = {
    codec: "none",
    container: "simulated",
    size: ROOM_SIZE,
    framesPerSecond: ROOM_FPS,
    durationSeconds: null,
  };
  readonly #codec: Codec;
  readonly #seed: number;
  #open = true;

  constructor(codec: Codec, seed: number) {
    this.#codec = codec;
    this.#seed = seed;
  }

  async *pictures(): AsyncGenerator<SourcePicture, void, undefined> {
    for (let index = 0; this.#open; index++) {
      const at = microsFromSeconds(index / ROOM_FPS);
      const picture = this.#codec.draw(ROOM_SIZE, at, (canvas) => paintRoom(canvas, this.#seed, at / 1e6));
      yield { picture, restart: null };
    }
  }

  interrupt(): void {
    this.#open = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#open = false;
  }
}
