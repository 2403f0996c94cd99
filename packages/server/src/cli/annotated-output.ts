import { writeFile } from "node:fs/promises";
import { type Micros, reasonOf, SensoriumError, type Size } from "@sensorium/protocol";
import { JpegMovie } from "../codec/node-av/jpeg-movie.ts";

/** Where annotated pictures go: a JPEG, which holds the last one, or a video. */
export class AnnotatedOutput implements AsyncDisposable {
  readonly #path: string;
  #movie: JpegMovie | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Takes a picture; all are of one size. */
  async add(jpeg: Uint8Array, { at, size }: { readonly at: Micros; readonly size: Size }): Promise<void> {
    if (/\.jpe?g$/i.test(this.#path)) {
      await writeFile(this.#path, jpeg).catch((cause: unknown) => {
        throw new SensoriumError("config-invalid", `${this.#path} cannot be written: ${reasonOf(cause)}`, { cause });
      });
    } else {
      this.#movie ??= await JpegMovie.create(this.#path, size);
      this.#movie.add(jpeg, at);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#movie?.[Symbol.asyncDispose]();
  }
}
