/** What a value lies between. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** Bins on each side of zero. */
const BINS = 2048;

/**
 * How often numbers of each size were seen, in bins of equal width around zero; when one lies outside, the bins are
 * made twice as wide.
 */
export class Histogram {
  readonly #counts = new Float64Array(2 * BINS);
  #reach = 2 ** -10;
  #total = 0;
  #least = 0;
  #most = 0;

  /** Counts numbers. What is not finite is left out. */
  add(values: Float32Array): void {
    const { least, most } = finiteRange(values);
    this.#least = Math.min(this.#least, least);
    this.#most = Math.max(this.#most, most);
    while (Math.max(-least, most) >= this.#reach) this.#widen();
    const perBin = BINS / this.#reach;
    for (let i = 0; i < values.length; i++) {
      const bin = Math.floor((values[i] ?? 0) * perBin) + BINS;
      if (bin >= 0 && bin < 2 * BINS) this.#counts[bin] = (this.#counts[bin] ?? 0) + 1;
    }
    this.#total += values.length;
  }

  /** What all but a share of the numbers lie within, half of them left out on each side; zero is always within. */
  within(outside: number): Range {
    const allowed = (outside / 2) * this.#total;
    const width = this.#reach / BINS;
    const [first, last] = [this.#beyond(allowed, 1), this.#beyond(allowed, -1)];
    return {
      least: Math.max(this.#least, Math.min(0, (first - BINS) * width)),
      most: Math.min(this.#most, Math.max(0, (last + 1 - BINS) * width)),
    };
  }

  /** The first bin from one end before which no more than that many lie. */
  #beyond(allowed: number, step: 1 | -1): number {
    let bin = step > 0 ? 0 : 2 * BINS - 1;
    for (let seen = this.#counts[bin] ?? 0; seen <= allowed && bin !== BINS; seen += this.#counts[bin] ?? 0)
      bin += step;
    return bin;
  }

  #widen(): void {
    const before = this.#counts.slice();
    this.#counts.fill(0);
    for (const [bin, count] of before.entries()) {
      const wider = BINS + Math.floor((bin - BINS) / 2);
      this.#counts[wider] = (this.#counts[wider] ?? 0) + count;
    }
    this.#reach *= 2;
  }
}

function finiteRange(values: Float32Array): Range {
  let [least, most] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < least && value > Number.NEGATIVE_INFINITY) least = value;
    if (value > most && value < Number.POSITIVE_INFINITY) most = value;
  }
  return { least, most };
}
