import { createHmac, randomBytes } from "node:crypto";
import type { RateLimit } from "@sensorium/protocol/rest";

/** How a token stands after a request was counted. */
export interface Rate {
  readonly limit: number;
  /** Requests that are left of the window. */
  readonly remaining: number;
  /** When the next window begins, in Unix milliseconds. */
  readonly resetMs: number;
  /** Whether this request was one too many. */
  readonly exceeded: boolean;
}

const ROWS = 1024;
const WAYS = 8;

/**
 * Counts requests per key in windows that begin with the first one, in a table of fixed size: no number of keys fills
 * the memory or pushes out another's count. Only when some thousands of keys have windows at the same time do some of
 * them share one.
 */
export class Rates {
  readonly #limit: RateLimit;
  readonly #pepper = randomBytes(16);
  readonly #tags = new Uint32Array(ROWS * WAYS);
  readonly #sinceMs = new Float64Array(ROWS * WAYS);
  readonly #counts = new Uint32Array(ROWS * WAYS);

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Counts a request. */
  take(key: string, nowMs: number): Rate {
    const { requests: limit, windowSeconds } = this.#limit;
    const slot = this.#slotOf(key, nowMs);
    const count = (this.#counts[slot] ?? 0) + 1;
    const exceeded = count > limit;
    if (!exceeded) this.#counts[slot] = count;
    const resetMs = (this.#sinceMs[slot] ?? 0) + 1000 * windowSeconds;
    return { limit, remaining: Math.max(0, limit - count), resetMs, exceeded };
  }

  /** Its own slot of the row; else one whose window is over; else the one whose window is over first. */
  #slotOf(key: string, nowMs: number): number {
    const digest = createHmac("sha256", this.#pepper).update(key).digest();
    const [row, tag] = [digest.readUInt32LE() % ROWS, digest.readUInt32LE(4)];
    const slots = Array.from({ length: WAYS }, (_, way) => row * WAYS + way);
    const own = slots.find((slot) => this.#tags[slot] === tag && !this.#isOver(slot, nowMs));
    if (own !== undefined) return own;
    const free = slots.find((slot) => this.#isOver(slot, nowMs));
    if (free === undefined) return slots.reduce((one, other) => (this.#since(other) < this.#since(one) ? other : one));
    this.#tags[free] = tag;
    this.#sinceMs[free] = nowMs;
    this.#counts[free] = 0;
    return free;
  }

  #since(slot: number): number {
    return this.#sinceMs[slot] ?? 0;
  }

  /** A clock that was set back ends windows, so that nobody waits for longer than one. */
  #isOver(slot: number, nowMs: number): boolean {
    const age = nowMs - this.#since(slot);
    return age < 0 || age >= 1000 * this.#limit.windowSeconds;
  }
}
