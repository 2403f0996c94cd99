/** Waiting work of several owners who take turns, so that one with much to do does not hold back the others. */
export class FairQueue<K, T> {
  /** In the order of their turns: whoever was served last stands at the end. */
  readonly #waiting = new Map<K, T[]>();

  /** How much waits, of all owners. */
  get size(): number {
    let size = 0;
    for (const own of this.#waiting.values()) size += own.length;
    return size;
  }

  put(owner: K, work: T): void {
    const own = this.#waiting.get(owner);
    if (own) own.push(work);
    else this.#waiting.set(owner, [work]);
  }

  take(): T | undefined {
    for (const [owner, own] of this.#waiting) {
      const work = own.shift();
      this.#waiting.delete(owner);
      if (own.length > 0) this.#waiting.set(owner, own);
      if (work !== undefined) return work;
    }
    return undefined;
  }

  /** Everything that waits, taken out. */
  clear(): T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return all;
  }
}
