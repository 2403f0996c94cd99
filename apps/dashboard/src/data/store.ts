/** A value that can be read and followed, in the form Svelte's `$store` understands. */
export interface Readable<T> {
  get(): T;
  /** Calls `listener` now and on every change, until the returned function is called. */
  subscribe(listener: (value: T) => void): () => void;
}

/** A `Readable` whose owner sets it. */
export class Store<T> implements Readable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener(value);
  }

  subscribe(listener: (value: T) => void): () => void {
    const own = (value: T): void => listener(value);
    this.#listeners.add(own);
    listener(this.#value);
    return () => void this.#listeners.delete(own);
  }
}
