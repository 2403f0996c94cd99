/** Counts connections by something they have in common, so that nobody takes all of them. */
export class Places {
  readonly #limit: number;
  readonly #taken = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A place that is free again when disposed; null when all are taken. */
  take(key: string): Disposable | null {
    const taken = this.#taken.get(key) ?? 0;
    if (taken >= this.#limit) return null;
    this.#taken.set(key, taken + 1);
    return { [Symbol.dispose]: () => this.#free(key) };
  }

  #free(key: string): void {
    const left = (this.#taken.get(key) ?? 1) - 1;
    if (left > 0) this.#taken.set(key, left);
    else this.#taken.delete(key);
  }
}
