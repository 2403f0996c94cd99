import { Broadcast } from "./broadcast.ts";

/**
 * Where recorded events travel from the node that made them to whoever serves them. `Subjects` maps each subject to
 * its message type. One process needs only `LocalBus`; a fleet puts a network behind the same port.
 */
export interface Bus<Subjects extends object> {
  publish<S extends keyof Subjects & string>(subject: S, message: Subjects[S]): void;
  /** Every message from now on, in order; `Lagged` is thrown at a reader more than `limit` behind. */
  subscribe<S extends keyof Subjects & string>(
    subject: S,
    options: { readonly limit: number; readonly signal: AbortSignal },
  ): AsyncIterable<Subjects[S]>;
}

/** The bus within one process. */
export class LocalBus<Subjects extends object> implements Bus<Subjects> {
  readonly #subjects = new Map<string, Broadcast<unknown>>();

  publish<S extends keyof Subjects & string>(subject: S, message: Subjects[S]): void {
    this.#subjects.get(subject)?.put(message);
  }

  subscribe<S extends keyof Subjects & string>(
    subject: S,
    options: { readonly limit: number; readonly signal: AbortSignal },
  ): AsyncIterable<Subjects[S]> {
    let broadcast = this.#subjects.get(subject);
    if (!broadcast) {
      broadcast = new Broadcast<unknown>((wanted) => {
        if (!wanted) this.#subjects.delete(subject);
      });
      this.#subjects.set(subject, broadcast);
    }
    return broadcast.every(options.limit, options.signal) as AsyncIterable<Subjects[S]>;
  }
}
