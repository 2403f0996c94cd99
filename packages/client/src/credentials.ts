import { ClientError } from "./error.ts";

/** Where a credential comes from: one that stays, or a function that is asked for a fresh one whenever one is needed. */
export interface CredentialOptions {
  /** A token or an API key. */
  readonly token?: string;
  /** Asked before the first connection, before a token runs out, and when the server takes one no more. */
  readonly getToken?: () => string | Promise<string>;
}

/** The credential of one client: all its streams share it, and ask for a fresh one once. */
export class Credentials {
  readonly #getToken: CredentialOptions["getToken"];
  #current: string | undefined;
  /** What the server does not take any more; its token is undefined where nothing was shown. */
  #refused: { readonly token: string | undefined } | undefined;
  #asking: Promise<string> | undefined;

  constructor({ token, getToken }: CredentialOptions) {
    this.#current = token;
    this.#getToken = getToken;
  }

  /** Whether a fresh one can be had. */
  get renewable(): boolean {
    return this.#getToken !== undefined;
  }

  /** What to show now, undefined for nothing. Throws `credentials-refused` when the server has refused just that. */
  async current(): Promise<string | undefined> {
    if (this.#getToken && (this.#current === undefined || this.#isRefused)) await this.renew(this.#current);
    if (!this.#isRefused) return this.#current;
    const asked = this.#current === undefined;
    const sentence = asked ? "The server asks for a token" : "The server does not take these credentials";
    throw new ClientError("credentials-refused", sentence);
  }

  /** A fresher one than `old`; several who ask at once are given the same. */
  async renew(old: string | undefined): Promise<string> {
    if (this.#current !== undefined && this.#current !== old) return this.#current;
    if (!this.#getToken) throw new ClientError("credentials-refused", "These credentials have run out");
    this.#asking ??= Promise.resolve(this.#getToken()).finally(() => {
      this.#asking = undefined;
    });
    this.#current = await this.#asking;
    return this.#current;
  }

  /** The server does not take `token`: it is not shown again. */
  refuse(token: string | undefined): void {
    this.#refused = { token };
  }

  get #isRefused(): boolean {
    return this.#refused !== undefined && this.#refused.token === this.#current;
  }
}

/** When a token runs out, in Unix milliseconds; null for what does not say, such as an API key. */
export function expiryOf(token: string): number | null {
  const [, claims = ""] = token.split(".");
  try {
    const { exp } = JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : null;
  } catch {
    return null;
  }
}

const LONGEST_LEAD_MS = 300_000;

/**
 * How long after now to ask for the next token, of which `leftMs` are left: a fifth of that ahead, or five minutes if
 * that is less, and up to twice as early by chance, so that clients who logged in together do not ask together.
 */
export function renewalInMs(leftMs: number, random: number): number {
  const leadMs = Math.min(LONGEST_LEAD_MS, leftMs / 5);
  return Math.max(0, leftMs - leadMs * (1 + random));
}
