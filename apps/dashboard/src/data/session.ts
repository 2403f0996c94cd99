import { auth } from "@sensorium/protocol/wire";
import { type Answer, ask } from "./api.ts";
import { type Readable, Store } from "./store.ts";

/** Whether the server lets this page in; `problem` says why the last attempt to log in failed. */
export type SessionState =
  | { readonly phase: "asking" }
  /** `me` is null while the server does not answer: then the page says so itself. */
  | { readonly phase: "in"; readonly me: auth.Me | null }
  | { readonly phase: "out"; readonly problem: string | null };

const LINK_USED = "This link has been used or has run out.";

/** Each scope includes the ones before it. */
const SCOPES = auth.Scope.options;

/** Whether somebody may do what needs `scope` in any environment of theirs; "admin" in all environments. */
export function may(me: auth.Me | null, scope: auth.Scope): boolean {
  if (!me || (scope === "admin" && me.environments !== null)) return false;
  return me.scopes.some((given) => SCOPES.indexOf(given) >= SCOPES.indexOf(scope));
}

/** Whether somebody decides who may connect; where nobody is asked, there is nothing to decide. */
export const decides = (me: auth.Me | null): boolean => may(me, "admin") && me?.by !== "nobody";

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
    if (!answer.ok && answer.status === 401) this.#state.set({ phase: "out", problem: null });
    else if (answer.ok && meIn(answer)) this.#state.set({ phase: "in", me: meIn(answer) });
    else if (this.#state.get().phase === "asking") this.#state.set({ phase: "in", me: null });
  }

  /** Logs in with the token of a login link; an old link does no harm to a page that is logged in. */
  async exchange(token: string): Promise<void> {
    const answer = await this.#ask("POST", "login-link/exchange", { token });
    if (answer.ok) return this.#state.set({ phase: "in", me: meIn(answer) });
    await this.check();
    if (this.#state.get().phase !== "out") return;
    this.#state.set({ phase: "out", problem: answer.status === 401 ? LINK_USED : answer.sentence });
  }

  async logIn(given: auth.PasswordRequest): Promise<void> {
    const answer = await this.#ask("POST", "login", given);
    if (answer.ok) this.#state.set({ phase: "in", me: meIn(answer) });
    else this.#state.set({ phase: "out", problem: answer.sentence });
  }

  async logOut(): Promise<void> {
    await this.#ask("POST", "logout");
    await this.check();
  }

  #ask(method: "GET" | "POST", path: string, body?: object): Promise<Answer> {
    return ask(this.#base + path, { method, body });
  }
}

const meIn = ({ data }: Extract<Answer, { ok: true }>): auth.Me | null => auth.Me.safeParse(data).data ?? null;

/** The token of a login link, if the page was opened by one. */
export function tokenOf({ pathname, hash }: Pick<Location, "pathname" | "hash">): string | null {
  return pathname.endsWith("/login") ? new URLSearchParams(hash.slice(1)).get("token") : null;
}
