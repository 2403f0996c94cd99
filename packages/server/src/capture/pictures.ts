import { microsFromSeconds, SensoriumError } from "@sensorium/protocol";
import type { Codec, DecodedPicture, MediaAddress, MediaInfo, MediaInput } from "../codec/codec.ts";
import { ROOM_FPS, ROOM_SIZE } from "../sources/simulated-room.ts";
import { describeSource, isLive, type Source } from "../sources/source.ts";
import { paintRoom } from "./paint-room.ts";

/** A picture as its source gave it; `restarts` marks the first one of a file that begins again. */
export interface SourcePicture {
  readonly picture: DecodedPicture;
  readonly restarts: boolean;
}

/** An opened source, whatever its kind. */
export interface OpenedSource extends AsyncDisposable {
  readonly info: MediaInfo;
  readonly undecodable: number;
  pictures(): AsyncIterable<SourcePicture>;
  interrupt(): void;
}

/** A file that ends this much before its announced end was cut off. */
const TRUNCATION_SECONDS = 2;

export interface OpenOptions {
  /** How long opening, and any one read of a live source, may take. */
  readonly timeoutMs: number;
  /** Stops waiting when it aborts. */
  readonly signal: AbortSignal;
}

/** Fails with a source error naming what and why. */
export async function openSource(codec: Codec, source: Source, options: OpenOptions): Promise<OpenedSource> {
  if (source.kind === "simulated") return new SimulatedSource(codec, source.seed);
  const { timeoutMs, signal } = options;
  const address = addressOf(source, timeoutMs);
  const { label } = address;
  const input = await codec.open(address, signal);
  if (source.kind === "rtsp") return new StreamSource(input, label);
  return new FileSource(input, { reopen: () => codec.open(address, signal), loop: source.loop, label });
}

/** How the codec reaches a source. */
function addressOf(source: Exclude<Source, { kind: "simulated" }>, timeoutMs: number): MediaAddress {
  const base = { label: describeSource(source), live: isLive(source), timeoutMs };
  if (source.kind === "file") return { ...base, url: source.path };
  return { ...base, url: source.url, rtspTransport: source.transport };
}

class StreamSource implements OpenedSource {
  readonly info: MediaInfo;
  readonly #input: MediaInput;
  readonly #label: string;

  constructor(input: MediaInput, label: string) {
    this.#input = input;
    this.#label = label;
    this.info = input.info;
  }

  get undecodable(): number {
    return this.#input.undecodable;
  }

  async *pictures(): AsyncGenerator<SourcePicture, void, undefined> {
    for await (const picture of this.#input.pictures()) yield { picture, restarts: false };
    throw new SensoriumError("source-ended", `${this.#label} ended the stream`, { retryable: true });
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
