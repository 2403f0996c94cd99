import { type CrossingEvent, type DailyReset, lastReset, nextReset, type WallMs } from "@sensorium/protocol";

export interface LineTally {
  readonly line: string;
  readonly in: number;
  readonly out: number;
}

/** The counts of one camera since the last daily reset. Holds only what is durable: it is fed after the append. */
export class Tally {
  readonly #reset: DailyReset;
  #lines: ReadonlySet<string>;
  #counts = new Map<string, { in: number; out: number }>();
  #sinceMs: WallMs;
  #untilMs: WallMs;

  /** Counts crossings of `lines` only. `counted` is what the store holds since `lastReset(now)`. */
  constructor(init: {
    readonly reset: DailyReset;
    readonly lines: readonly string[];
    readonly nowMs: WallMs;
    readonly counted: readonly LineTally[];
  }) {
    this.#reset = init.reset;
    this.#lines = new Set(init.lines);
    this.#sinceMs = lastReset(init.nowMs, init.reset);
    this.#untilMs = nextReset(init.nowMs, init.reset);
    for (const { line, ...counts } of init.counted) if (this.#lines.has(line)) this.#counts.set(line, counts);
  }

  /**
   * Counts crossings of these lines from now on. Those counted before go on; `counted` is what the store holds of the
   * others.
   */
  look(lines: readonly string[], counted: readonly LineTally[]): void {
    const before = this.#counts;
    this.#lines = new Set(lines);
    this.#counts = new Map();
    for (const { line, ...counts } of counted) if (this.#lines.has(line)) this.#counts.set(line, counts);
    for (const [line, counts] of before) if (this.#lines.has(line)) this.#counts.set(line, counts);
  }

  /** When the counts began. */
  since(nowMs: WallMs): WallMs {
    this.#roll(nowMs);
    return this.#sinceMs;
  }

  add(event: CrossingEvent, nowMs: WallMs): void {
    this.#roll(nowMs);
    if (!this.#lines.has(event.line) || event.wallMs < this.#sinceMs) return;
    const counts = this.#counts.get(event.line) ?? { in: 0, out: 0 };
    counts[event.direction]++;
    this.#counts.set(event.line, counts);
  }

  of(line: string, nowMs: WallMs): { readonly in: number; readonly out: number } {
    this.#roll(nowMs);
    return { ...(this.#counts.get(line) ?? { in: 0, out: 0 }) };
  }

  total(nowMs: WallMs): { readonly in: number; readonly out: number } {
    this.#roll(nowMs);
    const total = { in: 0, out: 0 };
    for (const counts of this.#counts.values()) {
      total.in += counts.in;
      total.out += counts.out;
    }
    return total;
  }

  #roll(nowMs: WallMs): void {
    if (nowMs < this.#untilMs) return;
    this.#counts = new Map();
    this.#sinceMs = lastReset(nowMs, this.#reset);
    this.#untilMs = nextReset(nowMs, this.#reset);
  }
}
