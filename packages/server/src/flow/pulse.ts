/** Something that happens again and again, for those who wait for the next time. */
export class Pulse {
  #next = Promise.withResolvers<void>();

  beat(): void {
    const now = this.#next;
    this.#next = Promise.withResolvers();
    now.resolve();
  }

  /** Resolves at the next beat after this call, or when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { promise } = this.#next;
    const stopped = Promise.withResolvers<void>();
    const stop = (): void => stopped.resolve();
    signal.addEventListener("abort", stop, { once: true });
    await Promise.race([promise, stopped.promise]);
    signal.removeEventListener("abort", stop);
  }
}
