/**
 * A queue that loses nothing: `put` waits while it is full, which is the backpressure.
 * The right policy where every value counts, as with the frames of a file. One reader.
 */
export class Bounded<T extends Disposable> implements AsyncIterable<T> {
  readonly limit: number;
  readonly #values: T[] = [];
  readonly #writers: (() => void)[] = [];
  #dropped = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Values disposed unread because the queue was ended by its reader. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes ownership of `value`; resolves once there is room for it, or at once (dropping it) after the end. */
  async put(value: T): Promise<void> {
    while (!this.#ended && this.#values.length >= this.limit) {
      await new Promise<void>((resolve) => this.#writers.push(resolve));
    }
    if (this.#ended) this.#drop(value);
    else this.#values.push(value);
    this.#wake?.();
  }

  /** No more values; those still waiting are delivered first. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
    for (const writer of this.#writers.splice(0)) writer();
  }

  /** Hands ownership to the reader; leaving the loop ends the queue. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const value = this.#values.shift();
        if (value) {
          this.#writers.shift()?.();
          yield value;
        } else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.end();
      for (const value of this.#values.splice(0)) this.#drop(value);
    }
  }

  #drop(value: T): void {
    this.#dropped++;
    value[Symbol.dispose]();
  }
}
