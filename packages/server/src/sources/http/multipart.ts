import { SensoriumError, type Size } from "@sensorium/protocol";
import { ByteQueue } from "./byte-queue.ts";
import { JpegWalk } from "./jpeg-walk.ts";

/** A JPEG as a camera sent it, with the size that it announces. The bytes are the receiver's own. */
export interface Jpeg {
  readonly bytes: Uint8Array;
  readonly size: Size;
}

/** No camera's picture is larger: what is, is an attack or an error. */
export const JPEG_LIMIT = 32 * 1024 * 1024;
const HEADERS_LIMIT = 8 * 1024;

/** @throws SensoriumError "source-invalid" when the picture is larger than is read. */
export function refuseLarge(bytes: number, label: string): void {
  if (bytes <= JPEG_LIMIT) return;
  const why = `a picture of more than ${JPEG_LIMIT / 2 ** 20} MB, which is not read`;
  throw new SensoriumError("source-invalid", `${label} sends ${why}`, { retryable: true });
}

export interface MultipartOptions {
  /** As the `Content-Type` header names it. */
  readonly boundary: string;
  /** For messages. */
  readonly label: string;
  /** A picture could not be used; the stream goes on behind it. */
  onDamaged(): void;
}

/**
 * The pictures of a `multipart/x-mixed-replace` stream, as cameras really send it. Where a picture ends is read from
 * the JPEG itself, so that it is given at once and a missing or wrong `Content-Length` does no harm.
 */
export class MultipartParser {
  readonly #options: MultipartOptions;
  readonly #delimiter: Buffer;
  readonly #queue = new ByteQueue();
  #step: "delimiter" | "headers" | "picture" = "delimiter";
  #walk = new JpegWalk();
  /** Bytes of the queue in which no delimiter begins. */
  #searched = 0;

  constructor(options: MultipartOptions) {
    this.#options = options;
    // Some cameras count the two dashes as part of the boundary, and then write them once or twice.
    this.#delimiter = Buffer.from(`--${options.boundary.replace(/^--/, "")}`, "latin1");
  }

  /** The pictures that this chunk completes. Leaving the loop early loses the rest of them. */
  *push(chunk: Uint8Array): Generator<Jpeg, void, undefined> {
    this.#queue.append(chunk);
    for (;;) {
      if (this.#step === "delimiter" && !this.#passDelimiter()) return;
      if (this.#step === "headers" && !this.#passHeaders()) return;
      if (this.#step !== "picture") continue;
      const picture = this.#picture();
      if (picture === "more") return;
      if (picture) yield picture;
    }
  }

  #passDelimiter(): boolean {
    const at = this.#findDelimiter();
    if (at < 0) {
      this.#drop(this.#searched);
      return false;
    }
    this.#drop(at);
    this.#step = "headers";
    return true;
  }

  /** From the delimiter's own line up to and with the empty one. */
  #passHeaders(): boolean {
    const { bytes } = this.#queue;
    const text = bytes.toString("latin1", 0, HEADERS_LIMIT);
    const end = /\r?\n\r?\n/.exec(text);
    if (!end) {
      if (bytes.length < HEADERS_LIMIT) return false;
      throw this.#invalid("sends headers without an end between its pictures");
    }
    this.#drop(end.index + end[0].length);
    this.#walk = new JpegWalk();
    const headers = text.slice(0, end.index);
    const type = /^content-type:[ \t]*([^\s;]+)/im.exec(headers)?.[1]?.toLowerCase();
    const announced = Number(/^content-length:[ \t]*(\d+)/im.exec(headers)?.[1] ?? 0);
    this.#step = type === undefined || type.startsWith("image/") ? "picture" : "delimiter";
    if (this.#step === "picture") refuseLarge(announced, this.#options.label);
    return true;
  }

  /** The picture at the front of the queue; undefined when it was damaged and has been passed over. */
  #picture(): Jpeg | "more" | undefined {
    if (!this.#dropLineEnds()) return "more";
    const next = this.#findDelimiter();
    const { bytes } = this.#queue;
    const walk = this.#walk.advance(next < 0 ? bytes : bytes.subarray(0, next));
    if (walk === "more" && next < 0) {
      refuseLarge(bytes.length, this.#options.label);
      return "more";
    }
    const { length, size } = this.#walk;
    const jpeg = walk === "end" && size ? { bytes: new Uint8Array(bytes.subarray(0, length)), size } : undefined;
    this.#step = "delimiter";
    if (jpeg) this.#drop(length);
    else this.#options.onDamaged();
    return jpeg;
  }

  /** Some cameras send one empty line too many. False when nothing else has come yet. */
  #dropLineEnds(): boolean {
    if (this.#walk.length > 0) return true;
    const { bytes } = this.#queue;
    const first = bytes.findIndex((byte) => byte !== 0x0d && byte !== 0x0a);
    this.#drop(first < 0 ? bytes.length : first);
    return first >= 0;
  }

  /** Where the next delimiter begins, or −1; no byte is searched twice. */
  #findDelimiter(): number {
    const { bytes } = this.#queue;
    const at = bytes.indexOf(this.#delimiter, this.#searched);
    this.#searched = at < 0 ? Math.max(this.#searched, bytes.length - this.#delimiter.length + 1) : at;
    return at;
  }

  #drop(count: number): void {
    this.#queue.drop(count);
    this.#searched = Math.max(0, this.#searched - count);
  }

  #invalid(what: string): SensoriumError {
    return new SensoriumError("source-invalid", `${this.#options.label} ${what}`, { retryable: true });
  }
}

/** The boundary of a `multipart/…` content type, quoted or not; undefined when it names none. */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, bare] = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  return quoted ?? bare;
}
