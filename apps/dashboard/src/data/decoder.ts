import type { live } from "@sensorium/protocol/wire";

/** A picture ready to be drawn; whoever holds it closes the bitmap. */
export interface DecodedPicture {
  readonly at: number;
  readonly capturedMs: number;
  readonly bitmap: ImageBitmap;
}

/** Decodes one picture at a time, off the page's thread; of those that come meanwhile the newest is next. */
export class Decoder {
  readonly #onDecoded: (picture: DecodedPicture) => void;
  #next: live.Picture | undefined;
  #busy = false;
  #generation = 0;

  constructor(onDecoded: (picture: DecodedPicture) => void) {
    this.#onDecoded = onDecoded;
  }

  put(picture: live.Picture): void {
    this.#next = picture;
    if (!this.#busy) void this.#run();
  }

  /** Forgets what has been put so far, the one being decoded included. */
  clear(): void {
    this.#generation++;
    this.#next = undefined;
  }

  /** Never rejects: a picture that cannot be decoded is one that is not shown. */
  async #run(): Promise<void> {
    this.#busy = true;
    for (let picture = this.#next; picture; picture = this.#next) {
      this.#next = undefined;
      const generation = this.#generation;
      const { at, capturedMs, jpeg } = picture;
      const blob = new Blob([jpeg as Uint8Array<ArrayBuffer>], { type: "image/jpeg" });
      const bitmap = await createImageBitmap(blob).catch(() => null);
      if (bitmap && generation !== this.#generation) bitmap.close();
      else if (bitmap) this.#onDecoded({ at, capturedMs, bitmap });
    }
    this.#busy = false;
  }
}
