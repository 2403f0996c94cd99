/** How fast a counter grows, over a window of the last seconds. */
export class RateMeter {
  readonly #windowMs: number;
  readonly #samples: { readonly atMs: number; readonly total: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds a reading of the counter. */
  note(total: number, atMs: number): void {
    const last = this.#samples.at(-1);
    if (last && total < last.total) this.#samples.length = 0; // the counter began again
    this.#samples.push({ atMs, total });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) <= atMs - this.#windowMs) this.#samples.shift();
  }

  /** Per second; null until there are two readings a while apart. */
  get perSecond(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < this.#windowMs / 5) return null;
    return Math.round(((last.total - first.total) / (last.atMs - first.atMs)) * 10_000) / 10;
  }
}
