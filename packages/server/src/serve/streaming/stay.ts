import type { Admission } from "../auth/admissions.ts";
import type { Principal } from "../auth/principal.ts";

const EXPIRED = "JWT token has expired. Please refresh and reconnect.";
const REVOKED = "These credentials were taken back, or what they allow has changed.";

/** What somebody is told whose credential has ended. */
export const farewellTo = ({ expiresMs }: Principal, nowMs: number): string =>
  expiresMs !== null && expiresMs <= nowMs ? EXPIRED : REVOKED;

/** How long a client may stay by one credential. */
export class Stay implements Disposable {
  readonly #admission: Admission;
  #over = false;

  /** Calls `expire` once when the credential ends, unless disposed before: a fresher one has taken its place. */
  constructor(admission: Admission, expire: () => void) {
    this.#admission = admission;
    const end = (): void => {
      if (!this.#over) expire();
      this.#over = true;
    };
    if (admission.ended.aborted) end();
    else admission.ended.addEventListener("abort", end, { once: true });
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#admission[Symbol.dispose]();
  }
}
