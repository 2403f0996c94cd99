import type { ServeClock } from "../clock.ts";
import { type Peer, throttleKey } from "./peer.ts";
import { Throttle } from "./throttle.ts";

/** Who tries to log in. */
export interface Attempt {
  readonly peer: Peer;
  /** As given; it need not exist. */
  readonly username?: string;
}

/** What came of an attempt. */
export type Outcome<T> =
  | { readonly kind: "in"; readonly login: T }
  | { readonly kind: "wrong" }
  | { readonly kind: "later"; readonly waitMs: number };

const PER_PEER = { limit: 10, windowMs: 60_000 };
const PER_USER = { limit: 50, windowMs: 15 * 60_000 };
/** Passwords are slow to check on purpose: more at once would be a way to keep the machine busy. */
const AT_ONCE = 4;

/** Slows down whoever guesses: from one place, or at one user from many places. */
export class LoginAttempts {
  readonly #clock: ServeClock;
  readonly #peers = new Throttle(PER_PEER);
  readonly #users = new Throttle(PER_USER);
  #running = 0;

  constructor(clock: ServeClock) {
    this.#clock = clock;
  }

  /** Runs `check`, which gives null for a wrong secret, unless there were too many attempts. */
  async make<T>({ peer, username }: Attempt, check: () => Promise<T | null>): Promise<Outcome<T>> {
    const now = this.#clock.now();
    const counters = [[this.#peers, throttleKey(peer)] as const];
    if (username !== undefined) counters.push([this.#users, username]);
    const waitMs = Math.max(...counters.map(([throttle, key]) => throttle.waitMs(key, now)));
    if (waitMs > 0) return { kind: "later", waitMs };
    if (this.#running >= AT_ONCE) return { kind: "later", waitMs: 1_000 };
    // Noted before the answer is known, so that many at once count as many.
    for (const [throttle, key] of counters) throttle.note(key, now);
    this.#running++;
    try {
      const login = await check();
      if (login === null) return { kind: "wrong" };
      for (const [throttle, key] of counters) throttle.forgive(key);
      return { kind: "in", login };
    } finally {
      this.#running--;
    }
  }
}
