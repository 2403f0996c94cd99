import { SensoriumError, type Size } from "@sensorium/protocol";
import type { Codec, DecodedPicture, JpegDecoder, MediaInfo } from "../codec/codec.ts";
import { Latest } from "../flow/latest.ts";
import type { ReceivedJpeg, ReceiveOptions } from "../sources/http/pictures.ts";
import type { OpenedSource, SourcePicture } from "./opened-source.ts";

/** So many in a row without a good one between them mean that none will come. */
const DAMAGED_LIMIT = 20;
/** An 8K picture has 33 million; a few bytes of JPEG can announce 4 000. */
const PIXELS_LIMIT = 64e6;
/** A stream that is faster than this machine for longer than this is looked at in between. */
const CATCH_UP_MS = 50;

export interface JpegSourceOptions {
  readonly codec: Codec;
  /** The address without credentials. */
  readonly label: string;
  readonly container: string;
  /** From one picture to the next; null where the camera decides. */
  readonly intervalMs: number | null;
  /** Aborted with the source. */
  readonly stop: AbortController;
  /** Its pictures until `stop` aborts. */
  receive(handlers: ReceiveHandlers): AsyncIterable<ReceivedJpeg>;
}

type ReceiveHandlers = Pick<ReceiveOptions, "onDamaged" | "onBytes">;

/** A camera that sends JPEGs. They are received as they come, and the newest is decoded. */
export class JpegSource implements OpenedSource {
  readonly info: MediaInfo;
  readonly ahead = false;
  readonly intervalMs: number;
  readonly #options: JpegSourceOptions;
  readonly #decoder: JpegDecoder;
  #undecodable = 0;
  #damagedInARow = 0;
  #overtaken = 0;
  /** Grows with everything that comes in. */
  #received = 0;
  #receiving: Promise<void> = Promise.resolve();

  constructor(options: JpegSourceOptions) {
    const { codec, container, intervalMs } = options;
    this.#options = options;
    this.#decoder = codec.createJpegDecoder();
    this.intervalMs = intervalMs ?? 0;
    const framesPerSecond = intervalMs === null ? null : 1000 / intervalMs;
    const decoder = { name: "software", reason: "it sends JPEGs one by one" };
    this.info = { codec: "mjpeg", decoder, container, size: null, framesPerSecond, durationSeconds: null };
  }

  get undecodable(): number {
    return this.#undecodable;
  }

  get overtaken(): number {
    return this.#overtaken;
  }

  async *pictures(): AsyncGenerator<SourcePicture, void, undefined> {
    const newest = new Latest<Waiting>();
    const receiving = this.#receive(newest);
    this.#receiving = receiving.catch(() => undefined);
    for await (const { jpeg } of newest) {
      const picture = this.#decode(jpeg);
      if (picture) yield { picture, restarts: false };
      await this.#caughtUp();
    }
    await receiving;
  }

  /** Decoding holds up receiving: what has come in meanwhile is received first, so that no picture is an old one. */
  async #caughtUp(): Promise<void> {
    const until = performance.now() + CATCH_UP_MS;
    for (let quietTurns = 0; quietTurns < 2 && performance.now() < until; quietTurns++) {
      const before = this.#received;
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#received !== before) quietTurns = -1;
    }
  }

  async #receive(newest: Latest<Waiting>): Promise<void> {
    const overtaken = (): void => void this.#overtaken++;
    const onDamaged = (): void => this.#damaged("are damaged");
    const onBytes = (): void => void this.#received++;
    try {
      for await (const jpeg of this.#options.receive({ onDamaged, onBytes })) {
        newest.put({ jpeg, [Symbol.dispose]: overtaken });
      }
    } finally {
      newest.end();
    }
  }

  #decode({ bytes, size, arrivedMs }: ReceivedJpeg): DecodedPicture | undefined {
    if (!isSensible(size)) {
      this.#damaged(`are ${size.width} × ${size.height} pixels`);
      return undefined;
    }
    const picture = this.#decoder.decode(bytes, arrivedMs);
    if (picture) this.#damagedInARow = 0;
    else this.#damaged("cannot be decoded");
    return picture ?? undefined;
  }

  #damaged(how: string): void {
    this.#undecodable++;
    if (++this.#damagedInARow < DAMAGED_LIMIT) return;
    throw new SensoriumError("source-invalid", `${this.#options.label} sends pictures that ${how}`, {
      retryable: true,
    });
  }

  interrupt(): void {
    this.#options.stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.interrupt();
    await this.#receiving;
    this.#decoder[Symbol.dispose]();
  }
}

/** A picture that may be overtaken. */
interface Waiting extends Disposable {
  readonly jpeg: ReceivedJpeg;
}

const isSensible = ({ width, height }: Size): boolean => width > 0 && height > 0 && width * height <= PIXELS_LIMIT;
