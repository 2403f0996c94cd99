import { annotate } from "../codec/annotate.ts";
import { type Codec, type DecodedPicture, type JpegEncoder, sizeWithin } from "../codec/codec.ts";
import type { EncodeRequest, Moment } from "./messages.ts";
import { RateLimit } from "./rate-limit.ts";

/** Decoded pictures wait here until the boxes that belong to them are known; this many at the most. */
const KEPT = 6;

/** The pictures people look at: kept for a moment, encoded when asked for, and only while somebody watches. */
export class Views implements Disposable {
  readonly #codec: Codec;
  readonly #kept = new Map<number, DecodedPicture>();
  readonly #rate = new RateLimit();
  #encoder: JpegEncoder | undefined;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** How many pictures a second are kept at most; 0 gives back everything that keeping them takes. */
  watch(maxFps: number): void {
    this.#rate.perSecond = maxFps;
    if (maxFps > 0) return;
    this.#forget(0);
    this.#encoder?.[Symbol.dispose]();
    this.#encoder = undefined;
  }

  /** Keeps the picture when one is due; true when it did. */
  keep({ sequence, at }: Moment, picture: DecodedPicture): boolean {
    if (!this.#rate.takes(at)) return false;
    this.#kept.set(sequence, picture.share());
    this.#forget(KEPT);
    return true;
  }

  /** Null when the picture is no longer kept. */
  encode({ sequence, maxWidth, quality, overlay }: EncodeRequest): Uint8Array<ArrayBuffer> | null {
    const picture = this.#kept.get(sequence);
    if (!picture) return null;
    this.#encoder ??= this.#codec.createJpegEncoder();
    const draw = overlay ? (canvas: Parameters<typeof annotate>[0]) => annotate(canvas, overlay) : undefined;
    return this.#encoder.encode(picture, { size: sizeWithin(picture.size, maxWidth), quality, draw });
  }

  #forget(keep: number): void {
    for (const [sequence, picture] of this.#kept) {
      if (this.#kept.size <= keep) return;
      this.#kept.delete(sequence);
      picture[Symbol.dispose]();
    }
  }

  [Symbol.dispose](): void {
    this.watch(0);
  }
}
