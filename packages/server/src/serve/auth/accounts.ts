import { randomUUID } from "node:crypto";
import type { auth } from "@sensorium/protocol/wire";
import type { AccessRecords, OwnedCredential } from "../../storage/access.ts";
import type { CredentialKind, CredentialRow, UserRow } from "../../storage/schema.ts";
import type { ServeClock } from "../clock.ts";
import { isForeign } from "./claims.ts";
import { checkPassword } from "./passwords.ts";
import type { Principal } from "./principal.ts";
import { formatRefreshToken, nextRefreshToken, parseRefreshToken, type RefreshToken } from "./refresh-token.ts";
import { narrowed, type Rights, rightsOf, storedRights } from "./rights.ts";
import { hashSecret, KEY_PREFIX, newSecret } from "./secrets.ts";

/** How long a page stays logged in, in seconds. */
export const SESSION_SECONDS = 30 * 86_400;
/** How long a program that has not refreshed its tokens can still do so, in seconds. */
export const REFRESH_SECONDS = 30 * 86_400;
/**
 * How long the refresh token used last may come again, in seconds, because the answer to it was lost on the way.
 *
 * RFC 9700, 4.14.2, has each refresh end the token before it, and a token that comes after its end revoke the whole
 * login: either its owner or a thief has shown it, and nobody can tell which. Within the grace the same token gets
 * another successor, and the one before, which nobody has used, ends. So two who share a token are still found out: one
 * of them is left with a successor that has ended, and whoever shows that revokes the login, as does whoever shows a
 * token whose successor has been used.
 */
export const REFRESH_GRACE_SECONDS = 30;
/** How long a login link waits to be opened. */
export const LINK_MINUTES = 15;

/** A new login; `secret` is for the page's cookie only, or a program's refresh token. */
export interface Login {
  readonly principal: Principal;
  readonly secret: string;
}

/** A login that goes on; or is over, because somebody else has had its refresh token. */
export interface Refreshed extends Login {
  readonly reused: boolean;
}

/** What can be taken back. */
export type Revocable = Exclude<CredentialKind, "login-link">;

/** What is stored of a login link for a user; `token` is what its address holds. */
export function loginLink(user: UserRow, { token, nowMs }: { readonly token: string; readonly nowMs: number }) {
  const times = { created_ms: nowMs, expires_ms: nowMs + LINK_MINUTES * 60_000, used_ms: null };
  const row: CredentialRow = {
    id: randomUUID(),
    kind: "login-link",
    hash: hashSecret(token),
    ...NO_TURNS,
    ...ownerOf(user),
    ...times,
  };
  return row;
}

/** What lets users and their programs in: each time with what the user may do then. */
export class Accounts {
  readonly #records: AccessRecords;
  readonly #clock: ServeClock;

  constructor(records: AccessRecords, clock: ServeClock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** Who has this session or API key; null when nobody has, or not any more. */
  async find(kind: "session" | "api-key", secret: string): Promise<Principal | null> {
    const row = await this.#records.useCredential({ kind, hash: hashSecret(secret), nowMs: this.#clock.now() });
    return row && principalOf(row);
  }

  /** The token of a new login link for the first of the admins of all environments. */
  async createLoginLink(): Promise<string> {
    const user = await this.#records.firstAdmin();
    if (!user) throw new Error("there is always an admin of all environments");
    const token = newSecret();
    await this.#records.addCredential(loginLink(user, { token, nowMs: this.#clock.now() }));
    return token;
  }

  /** Logs in with the token of a login link; null when it is none, was used, or has run out. */
  async exchangeLink(token: string): Promise<Login | null> {
    const { secret, session } = this.#newSession();
    const row = await this.#records.exchangeLink({ hash: hashSecret(token), nowMs: this.#clock.now(), session });
    return loginOf(row, secret);
  }

  /** The user of this name, for the record; null when there is none. */
  async userNamed(username: string): Promise<{ readonly userId: string; readonly name: string } | null> {
    const user = await this.#records.findUser({ username });
    return user && { userId: user.id, name: user.username };
  }

  /** Logs in with a password; null when there is no such user, or it is another password. */
  async logIn(given: auth.PasswordRequest): Promise<Login | null> {
    const user = await this.#userWith(given);
    if (!user) return null;
    const { secret, session } = this.#newSession();
    const now = this.#clock.now();
    const row: CredentialRow = { ...session, kind: "session", ...ownerOf(user), created_ms: now, used_ms: now };
    return this.#enter(user, { row, secret });
  }

  /** Logs a program in with a password, for tokens; null as with {@link logIn}. */
  async logInForTokens(given: auth.PasswordRequest): Promise<Login | null> {
    const user = await this.#userWith(given);
    if (!user) return null;
    const token = nextRefreshToken();
    const now = this.#clock.now();
    const row: CredentialRow = {
      id: randomUUID(),
      kind: "refresh-token",
      ...NO_TURNS,
      ...hashesOf(token),
      ...ownerOf(user),
      ...{ created_ms: now, used_ms: now, expires_ms: now + REFRESH_SECONDS * 1000 },
    };
    return this.#enter(user, { row, secret: formatRefreshToken(token) });
  }

  /**
   * Puts another refresh token in the place of one, also of the one before it within {@link REFRESH_GRACE_SECONDS}; null
   * when it is none or has run out.
   */
  async refresh(text: string): Promise<Refreshed | null> {
    const shown = parseRefreshToken(text);
    if (!shown) return null;
    const next = nextRefreshToken(shown);
    const { hash, turn_hash: turnHash } = hashesOf(shown);
    const nowMs = this.#clock.now();
    const rotation = { hash, turnHash, nextTurnHash: hashesOf(next).turn_hash, nowMs };
    const expiresMs = nowMs + REFRESH_SECONDS * 1000;
    const graceMs = REFRESH_GRACE_SECONDS * 1000;
    const found = await this.#records.rotateRefreshToken({ ...rotation, expiresMs, graceMs });
    const login = found && loginOf(found.row, formatRefreshToken(next));
    return login && { ...login, reused: found.reused };
  }

  /** Who holds a token, with no more than their user may do now; null when that is gone, or the token's login over. */
  async holderOf(token: Principal): Promise<Principal | null> {
    const { userId, credential: login } = token;
    const user = await this.#records.findHolder({ userId, login, nowMs: this.#clock.now() });
    return user && { ...token, ...narrowed(token, rightsOf(user)) };
  }

  /** Ends a login or revokes an API key; false when there is none. */
  end(kind: Revocable, id: string): Promise<boolean> {
    return this.#records.removeCredential({ id, kind });
  }

  /** Whether this is the password of a user. */
  isPasswordOf(user: UserRow, password: string): Promise<boolean> {
    return checkPassword(password, user.password);
  }

  /** A new API key; it is told this once. Null for one that would have run out already. */
  async createKey(maker: Principal, request: auth.CreateKeyRequest): Promise<auth.CreatedKey | null> {
    const { name, scopes, environments, expires_at } = request;
    const now = this.#clock.now();
    const expires_ms = expires_at === null ? null : Date.parse(expires_at);
    if (expires_ms !== null && expires_ms <= now) return null;
    const key = newSecret(KEY_PREFIX);
    const row: CredentialRow = {
      id: randomUUID(),
      kind: "api-key",
      hash: hashSecret(key),
      ...NO_TURNS,
      user_id: maker.userId,
      name,
      ...storedRights({ scopes, environments }),
      created_ms: now,
      expires_ms,
      used_ms: null,
    };
    await this.#records.addCredential(row);
    return { key, api_key: apiKeyOf(row) };
  }

  /** Every API key that has not run out, newest first. */
  async listKeys(): Promise<readonly auth.ApiKey[]> {
    const rows = await this.#records.listKeys({ nowMs: this.#clock.now() });
    return rows.map(apiKeyOf);
  }

  async #userWith({ username, password }: auth.PasswordRequest): Promise<UserRow | null> {
    const user = await this.#records.findUser({ username });
    return (await checkPassword(password, user?.password ?? null)) ? user : null;
  }

  /** Lets a user in whose password was right; null when it is not any more, or they are gone. */
  async #enter(user: UserRow, { row, secret }: { readonly row: CredentialRow; readonly secret: string }) {
    const entered = await this.#records.addLogin({ row, password: user.password ?? "" });
    return loginOf(entered ? { ...row, user_scopes: user.scopes, user_environments: user.environments } : null, secret);
  }

  #newSession() {
    const secret = newSecret();
    const expires_ms = this.#clock.now() + SESSION_SECONDS * 1000;
    return { secret, session: { id: randomUUID(), hash: hashSecret(secret), ...NO_TURNS, expires_ms } };
  }
}

/** Of what no refresh changes, or has not changed yet. */
const NO_TURNS = { turn_hash: null, turn_before: null };

const hashesOf = ({ login, turn }: RefreshToken) => ({ hash: hashSecret(login), turn_hash: hashSecret(turn) });

const BY = { "login-link": "session", session: "session", "api-key": "api-key", "refresh-token": "token" } as const;

function ownerOf({ id, username, scopes, environments }: UserRow) {
  return { user_id: id, name: username, scopes, environments };
}

function loginOf(row: OwnedCredential | null, secret: string): Login | null {
  const principal = row && principalOf(row);
  return principal && { principal, secret };
}

/** Null for what a user has left behind who is gone. */
function principalOf(row: OwnedCredential): Principal | null {
  const rights = rightsNow(row);
  return (
    rights && {
      userId: row.user_id,
      name: row.name,
      by: BY[row.kind],
      credential: row.id,
      ...rights,
      expiresMs: row.expires_ms,
    }
  );
}

/** Of what accounts elsewhere may do now nothing is known: their keys are good for what they say. */
function rightsNow(row: OwnedCredential): Rights | null {
  const { user_scopes: scopes, user_environments: environments } = row;
  if (scopes === null) return isForeign(row.user_id) ? rightsOf(row) : null;
  const users = rightsOf({ scopes, environments });
  return row.kind === "api-key" ? narrowed(rightsOf(row), users) : users;
}

function apiKeyOf(row: CredentialRow): auth.ApiKey {
  return {
    id: row.id,
    name: row.name,
    user_id: row.user_id,
    ...rightsOf(row),
    created_at: timeOf(row.created_ms),
    expires_at: row.expires_ms === null ? null : timeOf(row.expires_ms),
    last_used_at: row.used_ms === null ? null : timeOf(row.used_ms),
  };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();
