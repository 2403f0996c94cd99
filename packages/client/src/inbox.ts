/** What has come and waits for the one who reads it. */
abstract class Inbox<T> {
  #wake: (() => void) | undefined;
  #end: { readonly error: Error | undefined } | undefined;

  /** How many wait. */
  abstract readonly size: number;

  protected abstract shift(): T | undefined;

  /** No more will come; what waits is still read. Then the reader's loop ends, or throws `error`. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.wake();
  }

  /** One reader. */
  async *read(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const value = this.shift();
      if (value !== undefined) yield value;
      else if (this.#end?.error) throw this.#end.error;
      else if (this.#end) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  protected wake(): void {
    this.#wake?.();
  }
}

/** Keeps the newest value of each key; the one it replaces is dropped, which is told. For what is worthless when late. */
export class Newest<T> extends Inbox<T> {
  readonly #values = new Map<string, T>();
  readonly #onDrop: () => void;

  constructor(onDrop: () => void = () => undefined) {
    super();
    this.#onDrop = onDrop;
  }

  get size(): number {
    return this.#values.size;
  }

  put(key: string, value: T): void {
    if (this.#values.delete(key)) this.#onDrop();
    // Behind the others, so that every key has its turn.
    this.#values.set(key, value);
    this.wake();
  }

  protected shift(): T | undefined {
    for (const [key, value] of this.#values) {
      this.#values.delete(key);
      return value;
    }
    return undefined;
  }
}

/** Keeps everything, in order. Whoever puts looks at `full`, and comes back once it is `emptied`. */
export class Bounded<T> extends Inbox<T> {
  readonly #limit: number;
  #values: T[] = [];
  /** How many of `#values` were read already. */
  #read = 0;
  #emptied: (() => void)[] = [];

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  get size(): number {
    return this.#values.length - this.#read;
  }

  get full(): boolean {
    return this.size >= this.#limit;
  }

  put(value: T): void {
    this.#values.push(value);
    this.wake();
  }

  /** Resolves when everything was read. */
  emptied(): Promise<void> {
    return this.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#emptied.push(resolve));
  }

  protected shift(): T | undefined {
    const value = this.#values[this.#read++];
    if (this.#read >= this.#values.length) {
      this.#values = [];
      this.#read = 0;
      for (const resolve of this.#emptied.splice(0)) resolve();
    }
    return value;
  }
}
