/** Bytes that come in at one end and are used up from the other, in one piece of memory that grows as needed. */
export class ByteQueue {
  #memory = Buffer.alloc(64 * 1024);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** A view on what is there; the next `append` may overwrite it. */
  get bytes(): Buffer {
    return this.#memory.subarray(this.#start, this.#end);
  }

  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#memory.length) this.#makeRoom(chunk.length);
    this.#memory.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Forgets the first `count` bytes. */
  drop(count: number): void {
    this.#start = Math.min(this.#end, this.#start + count);
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  #makeRoom(more: number): void {
    const { bytes } = this;
    const needed = bytes.length + more;
    const memory = needed <= this.#memory.length ? this.#memory : Buffer.alloc(Math.max(2 * bytes.length, needed));
    memory.set(bytes);
    this.#memory = memory;
    this.#end = bytes.length;
    this.#start = 0;
  }
}
