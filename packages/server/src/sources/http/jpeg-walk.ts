import type { Size } from "@sensorium/protocol";

const MARKER = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** Where a walk through a JPEG has come to: it needs more bytes, it has found the end, or this is no JPEG. */
export type Walk = "more" | "end" | "damaged";

/**
 * Finds where a JPEG ends and how large its picture is, from its marker segments (ITU-T T.81, annex B): also while it
 * is still coming in, also with pictures embedded in its metadata.
 */
export class JpegWalk {
  #at = 0;
  #inScan = false;
  #size: Size | null = null;

  /** Bytes from the beginning that have been understood; once at the end, the length of the JPEG. */
  get length(): number {
    return this.#at;
  }

  /** Known once the frame header has been passed. */
  get size(): Size | null {
    return this.#size;
  }

  /** Goes on in `bytes`, which begins as it did the time before and may have grown. */
  advance(bytes: Uint8Array): Walk {
    for (;;) {
      if (this.#inScan) {
        const marker = nextMarker(bytes, this.#at);
        this.#at = marker;
        if (marker + 1 >= bytes.length) return "more";
        this.#inScan = false;
      }
      if (this.#at + 1 >= bytes.length) return "more";
      const code = bytes[this.#at + 1] ?? 0;
      if (bytes[this.#at] !== MARKER || (code === SOI) !== (this.#at === 0)) return "damaged";
      if (code === SOI || code === MARKER) this.#at += code === SOI ? 2 : 1;
      else if (code === EOI) {
        this.#at += 2;
        return "end";
      } else if (!this.#passSegment(bytes, code)) return "more";
    }
  }

  /** False when it has not all come in yet. */
  #passSegment(bytes: Uint8Array, code: number): boolean {
    if (this.#at + 4 > bytes.length) return false;
    const end = this.#at + 2 + uint16(bytes, this.#at + 2);
    if (end > bytes.length) return false;
    if (isFrameHeader(code)) this.#size ??= { height: uint16(bytes, this.#at + 5), width: uint16(bytes, this.#at + 7) };
    this.#at = end;
    this.#inScan = code === SOS;
    return true;
  }
}

const uint16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** SOF0..SOF15 without DHT, JPG and DAC, which lie between them. */
const isFrameHeader = (code: number): boolean => code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);

/** In compressed data, FF is followed by 00 where it is data and by D0..D7 where decoding can start anew. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 2) {
    at = bytes.indexOf(MARKER, at);
    if (at < 0) return bytes.length;
    const code = bytes[at + 1];
    if (code === undefined || (code !== 0 && (code < 0xd0 || code > 0xd7))) return at;
  }
}
