import { auth } from "@sensorium/protocol/wire";
import { type Readable, Store } from "./store.ts";

/** Whether the server lets this page in; `problem` says why the last attempt to log in failed. */
export type SessionState =
  | { readonly phase: "asking" }
  /** `me` is null while the server does not answer: then the page says so itself. */
  | { readonly phase: "in"; readonly me: auth.Me | null }
  | { readonly phase: "out"; readonly problem: string | null };

type Answer = { readonly status: number; readonly me: auth.Me | null; readonly sentence: string | null };

const LINK_USED = "This link has been used or has run out.";
const NO_ANSWER = "The server does not answer.";

/** Who is logged in on this page. The secret is in a cookie that no script can read. */
export class Session {
  readonly state: Readable<SessionState>;
  readonly #state = new Store<SessionState>({ phase: "asking" });
  readonly #base: string;

  /** `base` is the address of `/api/v1/auth/`. */
  constructor(base: string) {
    this.state = this.#state;
    this.#base = base;
  }

  /** Asks whether the page is let in; without an answer, what was known stays. */
  async check(): Promise<void> {
    const answer = await this.#ask("GET", "me");
    if (answer?.status === 401) this.#state.set({ phase: "out", problem: null });
    else if (answer?.me) this.#state.set({ phase: "in", me: answer.me });
    else if (this.#state.get().phase === "asking") this.#state.set({ phase: "in", me: null });
  }

  /** Logs in with the token of a login link; an old link does no harm to a page that is logged in. */
  async exchange(token: string): Promise<void> {
    const answer = await this.#ask("POST", "login-link/exchange", { token });
    if (answer?.me) return this.#state.set({ phase: "in", me: answer.me });
    await this.check();
    if (this.#state.get().phase !== "out") return;
    this.#state.set({ phase: "out", problem: answer?.status === 401 ? LINK_USED : (answer?.sentence ?? NO_ANSWER) });
  }

  async logIn(given: auth.PasswordRequest): Promise<void> {
    const answer = await this.#ask("POST", "login", given);
    if (answer?.me) this.#state.set({ phase: "in", me: answer.me });
    else this.#state.set({ phase: "out", problem: answer?.sentence ?? NO_ANSWER });
  }

  async logOut(): Promise<void> {
    await this.#ask("POST", "logout");
    await this.check();
  }

  /** Null when nothing was answered. */
  async #ask(method: string, path: string, body?: object): Promise<Answer | null> {
    try {
      const sent = body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const reply = await fetch(this.#base + path, { method, credentials: "same-origin", ...sent });
      const { data, error } = await reply.json();
      return { status: reply.status, me: auth.Me.safeParse(data).data ?? null, sentence: error?.message ?? null };
    } catch {
      return null;
    }
  }
}

/** The token of a login link, if the page was opened by one. */
export function tokenOf({ pathname, hash }: Pick<Location, "pathname" | "hash">): string | null {
  return pathname.endsWith("/login") ? new URLSearchParams(hash.slice(1)).get("token") : null;
}
