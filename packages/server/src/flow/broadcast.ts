/**
 * One writer, any number of readers, each with its own policy. Readers come and go; `onDemand` tells when the first
 * arrives and the last leaves, so that nothing is made that nobody reads.
 */
export class Broadcast<T> {
  readonly #readers = new Set<Reader<T>>();
  readonly #onDemand: (wanted: boolean) => void;
  #ended = false;

  constructor(onDemand: (wanted: boolean) => void = () => undefined) {
    this.#onDemand = onDemand;
  }

  get readers(): number {
    return this.#readers.size;
  }

  put(value: T): void {
    for (const reader of this.#readers) reader.put(value);
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
  }

  /** The newest value wins: a slow reader misses values and delays nobody. */
  latest(signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    return this.#read({ limit: 1, full: "replace" }, signal);
  }

  /** Every value in order; a reader that falls more than `limit` behind gets `Lagged` thrown at it. */
  every(limit: number, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    return this.#read({ limit, full: "throw" }, signal);
  }

  #read(policy: Policy, signal: AbortSignal): AsyncGenerator<T, void, undefined> {
    const reader = new Reader<T>(policy);
    if (this.#ended || signal.aborted) reader.end();
    else this.#join(reader, signal);
    return reader.values();
  }

  #join(reader: Reader<T>, signal: AbortSignal): void {
    const leave = (): void => {
      signal.removeEventListener("abort", leave);
      reader.end();
      if (this.#readers.delete(reader) && this.#readers.size === 0) this.#onDemand(false);
    };
    reader.onLeave = leave;
    signal.addEventListener("abort", leave, { once: true });
    this.#readers.add(reader);
    if (this.#readers.size === 1) this.#onDemand(true);
  }
}

/** Thrown at a reader of `every` that fell behind: it has missed values and must start again from the record. */
export class Lagged extends Error {
  override readonly name = "Lagged";
}

interface Policy {
  readonly limit: number;
  readonly full: "replace" | "throw";
}

class Reader<T> {
  onLeave: () => void = () => undefined;
  readonly #policy: Policy;
  readonly #values: T[] = [];
  #ended = false;
  #lagged = false;
  #wake: (() => void) | undefined;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  put(value: T): void {
    if (this.#ended) return;
    if (this.#values.length >= this.#policy.limit) {
      if (this.#policy.full === "throw") this.#lagged = true;
      else this.#values.shift();
    }
    if (this.#lagged) this.#values.length = 0;
    else this.#values.push(value);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *values(): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        if (this.#lagged) throw new Lagged(`a reader fell more than ${this.#policy.limit} behind`);
        const value = this.#values.shift();
        if (value !== undefined) yield value;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.onLeave();
    }
  }
}
