/** Calls to another thread that have not been answered yet. Nobody waits for a thread that is gone. */
export class Calls<R> {
  #next = 1;
  readonly #open = new Map<number, { resolve(result: R): void; reject(error: Error): void }>();

  get size(): number {
    return this.#open.size;
  }

  open(): { readonly id: number; readonly reply: Promise<R> } {
    const id = this.#next++;
    const reply = new Promise<R>((resolve, reject) => this.#open.set(id, { resolve, reject }));
    return { id, reply };
  }

  settle(id: number, result: R): void {
    this.#open.get(id)?.resolve(result);
    this.#open.delete(id);
  }

  fail(id: number, error: Error): void {
    this.#open.get(id)?.reject(error);
    this.#open.delete(id);
  }

  /** The other side is gone: every caller hears about it now. */
  failAll(error: Error): void {
    for (const call of this.#open.values()) call.reject(error);
    this.#open.clear();
  }
}
