import { createHmac, randomBytes } from "node:crypto";

/** How many failures one key may have in a window. */
export interface ThrottleOptions {
  readonly limit: number;
  readonly windowMs: number;
}

const SLOTS = 4096;

/**
 * Counts failures per key in a table of fixed size, so that no number of made-up names or addresses fills the memory
 * or pushes out another's count. Keys that share a slot share its count; which do, nobody outside can know.
 */
export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #pepper = randomBytes(16);
  readonly #since = new Float64Array(SLOTS);
  readonly #failures = new Uint32Array(SLOTS);

  constructor(options: ThrottleOptions) {
    this.#options = options;
  }

  /** Milliseconds until this key may try again; 0 when it may now. */
  waitMs(key: string, nowMs: number): number {
    const slot = this.#slotOf(key);
    const leftMs = (this.#since[slot] ?? 0) + this.#options.windowMs - nowMs;
    return leftMs > 0 && (this.#failures[slot] ?? 0) >= this.#options.limit ? leftMs : 0;
  }

  /** Notes a failure, or an attempt that may become one. */
  note(key: string, nowMs: number): void {
    const slot = this.#slotOf(key);
    if ((this.#since[slot] ?? 0) + this.#options.windowMs <= nowMs) {
      this.#since[slot] = nowMs;
      this.#failures[slot] = 0;
    }
    this.#failures[slot] = (this.#failures[slot] ?? 0) + 1;
  }

  /** Takes back one that was noted: it succeeded. */
  forgive(key: string): void {
    const slot = this.#slotOf(key);
    this.#failures[slot] = Math.max(0, (this.#failures[slot] ?? 0) - 1);
  }

  #slotOf(key: string): number {
    return createHmac("sha256", this.#pepper).update(key).digest().readUInt32LE() % SLOTS;
  }
}
