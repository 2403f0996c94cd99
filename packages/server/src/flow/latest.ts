/**
 * A queue of one: the newest value wins and the one it replaces is disposed and counted.
 * The right policy between a live source and whatever looks at its frames. One reader.
 */
export class Latest<T extends Disposable> implements AsyncIterable<T> {
  #dropped = 0;
  #slot: T | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  /** Values replaced before anyone read them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes ownership of `value`. */
  put(value: T): void {
    if (this.#ended) {
      value[Symbol.dispose]();
      return;
    }
    if (this.#slot) {
      this.#dropped++;
      this.#slot[Symbol.dispose]();
    }
    this.#slot = value;
    this.#wake?.();
  }

  /** No more values; the one still waiting is delivered first. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Hands ownership to the reader; leaving the loop ends the queue. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const value = this.#slot;
        this.#slot = undefined;
        if (value) yield value;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#ended = true;
      this.#slot?.[Symbol.dispose]();
      this.#slot = undefined;
    }
  }
}
