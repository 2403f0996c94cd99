import type { ServeClock } from "../clock.ts";
import type { Principal } from "./principal.ts";

/** The stay of one connected client. */
export interface Admission extends Disposable {
  /** Aborts when its credential runs out or is taken back. */
  readonly ended: AbortSignal;
}

/** Timers cannot wait for longer than some 24 days. */
const LONGEST_WAIT_MS = 86_400_000;

/** Keeps an eye on who is connected, so that nobody stays longer than their credential is good. */
export class Admissions {
  readonly #clock: ServeClock;
  /** By user, and by credential. */
  readonly #open = new Map<string, Set<AbortController>>();

  constructor(clock: ServeClock) {
    this.#clock = clock;
  }

  /** To be disposed when the client has gone. */
  admit({ userId, credential, expiresMs }: Principal): Admission {
    const stay = new AbortController();
    const owners = credential === null ? [userId] : [userId, credential];
    let timer: Disposable | undefined;
    const wait = (untilMs: number): void => {
      const leftMs = untilMs - this.#clock.now();
      if (leftMs <= 0) stay.abort();
      else timer = this.#clock.after(Math.min(leftMs, LONGEST_WAIT_MS), () => wait(untilMs));
    };
    if (expiresMs !== null) wait(expiresMs);
    for (const owner of owners) this.#staysOf(owner).add(stay);
    return {
      ended: stay.signal,
      [Symbol.dispose]: () => {
        timer?.[Symbol.dispose]();
        for (const owner of owners) this.#forget(owner, stay);
      },
    };
  }

  /** Ends every stay of a user, or that began with a credential, by its id. */
  end(owner: string): void {
    for (const stay of this.#open.get(owner) ?? []) stay.abort();
  }

  #staysOf(owner: string): Set<AbortController> {
    const known = this.#open.get(owner) ?? new Set();
    this.#open.set(owner, known);
    return known;
  }

  #forget(owner: string, stay: AbortController): void {
    const stays = this.#open.get(owner);
    stays?.delete(stay);
    if (stays?.size === 0) this.#open.delete(owner);
  }
}
