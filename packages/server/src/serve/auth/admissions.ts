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
  readonly #open = new Map<string, Set<AbortController>>();

  constructor(clock: ServeClock) {
    this.#clock = clock;
  }

  /** To be disposed when the client has gone. */
  admit({ credential, expiresMs }: Principal): Admission {
    const stay = new AbortController();
    let timer: Disposable | undefined;
    const wait = (untilMs: number): void => {
      const leftMs = untilMs - this.#clock.now();
      if (leftMs <= 0) stay.abort();
      else timer = this.#clock.after(Math.min(leftMs, LONGEST_WAIT_MS), () => wait(untilMs));
    };
    if (expiresMs !== null) wait(expiresMs);
    if (credential !== null) this.#staysOf(credential).add(stay);
    return {
      ended: stay.signal,
      [Symbol.dispose]: () => {
        timer?.[Symbol.dispose]();
        if (credential !== null) this.#forget(credential, stay);
      },
    };
  }

  /** Ends every stay that began with this credential. */
  end(credential: string): void {
    for (const stay of this.#open.get(credential) ?? []) stay.abort();
  }

  #staysOf(credential: string): Set<AbortController> {
    const known = this.#open.get(credential) ?? new Set();
    this.#open.set(credential, known);
    return known;
  }

  #forget(credential: string, stay: AbortController): void {
    const stays = this.#open.get(credential);
    stays?.delete(stay);
    if (stays?.size === 0) this.#open.delete(credential);
  }
}
