import { randomUUID } from "node:crypto";
import { auth } from "@sensorium/protocol/wire";
import type { AccessRecords } from "../../storage/access.ts";
import type { CredentialKind, CredentialRow, UserRow } from "../../storage/schema.ts";
import type { ServeClock } from "../clock.ts";
import { checkPassword, hashPassword } from "./passwords.ts";
import type { Principal } from "./principal.ts";
import { formatRefreshToken, nextRefreshToken, parseRefreshToken, type RefreshToken } from "./refresh-token.ts";
import { hashSecret, KEY_PREFIX, newSecret } from "./secrets.ts";

/** How long a page stays logged in, in seconds. */
export const SESSION_SECONDS = 30 * 86_400;
/** How long a program that has not refreshed its tokens can still do so, in seconds. */
export const REFRESH_SECONDS = 30 * 86_400;
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

/** The user that a store gets on its first start: may do everything, has no password. */
export const newAdmin = (nowMs: number): UserRow => ({
  id: randomUUID(),
  username: "admin",
  password: null,
  scopes: JSON.stringify(["admin"] satisfies auth.Scope[]),
  environments: null,
  created_ms: nowMs,
  last_login_ms: null,
});

/** What is stored of a login link for a user; `token` is what its address holds. */
export function loginLink(user: UserRow, { token, nowMs }: { readonly token: string; readonly nowMs: number }) {
  const times = { created_ms: nowMs, expires_ms: nowMs + LINK_MINUTES * 60_000, used_ms: null };
  const row: CredentialRow = {
    id: randomUUID(),
    kind: "login-link",
    hash: hashSecret(token),
    turn_hash: null,
    ...ownerOf(user),
    ...times,
  };
  return row;
}

/** Users, and what lets them and their programs in. */
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

  /** The token of a new login link for a user. */
  async createLoginLink(user: UserRow): Promise<string> {
    const token = newSecret();
    await this.#records.addCredential(loginLink(user, { token, nowMs: this.#clock.now() }));
    return token;
  }

  /** Logs in with the token of a login link; null when it is none, was used, or has run out. */
  async exchangeLink(token: string): Promise<Login | null> {
    const { secret, session } = this.#newSession();
    const row = await this.#records.exchangeLink({ hash: hashSecret(token), nowMs: this.#clock.now(), session });
    return row && { principal: principalOf(row), secret };
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
    await this.#records.addCredential(row);
    return { principal: principalOf(row), secret };
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
      ...hashesOf(token),
      ...ownerOf(user),
      ...{ created_ms: now, used_ms: now, expires_ms: now + REFRESH_SECONDS * 1000 },
    };
    await this.#records.addCredential(row);
    return { principal: principalOf(row), secret: formatRefreshToken(token) };
  }

  /** Puts another refresh token in the place of one; null when it is none or has run out. */
  async refresh(text: string): Promise<Refreshed | null> {
    const shown = parseRefreshToken(text);
    if (!shown) return null;
    const next = nextRefreshToken(shown);
    const { hash, turn_hash: turnHash } = hashesOf(shown);
    const nowMs = this.#clock.now();
    const expiresMs = nowMs + REFRESH_SECONDS * 1000;
    const nextTurnHash = hashesOf(next).turn_hash;
    const found = await this.#records.rotateRefreshToken({ hash, turnHash, nextTurnHash, nowMs, expiresMs });
    return found && { principal: principalOf(found.row), secret: formatRefreshToken(next), reused: found.reused };
  }

  /** Whether the login goes on in which a token was had. */
  goesOn(login: string): Promise<boolean> {
    return this.#records.hasCredential({ id: login, kind: "refresh-token", nowMs: this.#clock.now() });
  }

  /** Ends a login or revokes an API key; false when there is none. */
  end(kind: Revocable, id: string): Promise<boolean> {
    return this.#records.removeCredential({ id, kind });
  }

  /**
   * Sets the password of a principal's user, and returns the logins that ended with it: all but its own session.
   * Null when the user is none of this server.
   */
  async setPassword({ userId, by, credential }: Principal, password: string): Promise<readonly string[] | null> {
    const keep = by === "session" ? credential : null;
    return this.#records.setPassword({ userId, password: await hashPassword(password), keep });
  }

  /** A new API key; it is told this once. */
  async createKey(maker: Principal, request: auth.CreateKeyRequest): Promise<auth.CreatedKey> {
    const key = newSecret(KEY_PREFIX);
    const { name, scopes, environments, expires_at } = request;
    const row: CredentialRow = {
      id: randomUUID(),
      kind: "api-key",
      hash: hashSecret(key),
      turn_hash: null,
      user_id: maker.userId,
      name,
      scopes: JSON.stringify(scopes),
      environments: environments && JSON.stringify(environments),
      created_ms: this.#clock.now(),
      expires_ms: expires_at === null ? null : Date.parse(expires_at),
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

  #newSession() {
    const secret = newSecret();
    const expires_ms = this.#clock.now() + SESSION_SECONDS * 1000;
    return { secret, session: { id: randomUUID(), hash: hashSecret(secret), turn_hash: null, expires_ms } };
  }
}

const hashesOf = ({ login, turn }: RefreshToken) => ({ hash: hashSecret(login), turn_hash: hashSecret(turn) });

const BY = { "login-link": "session", session: "session", "api-key": "api-key", "refresh-token": "token" } as const;

function ownerOf({ id, username, scopes, environments }: UserRow) {
  return { user_id: id, name: username, scopes, environments };
}

function principalOf(row: CredentialRow): Principal {
  return {
    userId: row.user_id,
    name: row.name,
    by: BY[row.kind],
    credential: row.id,
    scopes: scopesOf(row.scopes),
    environments: environmentsOf(row.environments),
    expiresMs: row.expires_ms,
  };
}

function apiKeyOf(row: CredentialRow): auth.ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: scopesOf(row.scopes),
    environments: environmentsOf(row.environments),
    created_at: timeOf(row.created_ms),
    expires_at: row.expires_ms === null ? null : timeOf(row.expires_ms),
    last_used_at: row.used_ms === null ? null : timeOf(row.used_ms),
  };
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

const scopesOf = (json: string): auth.Scope[] => auth.Scope.array().parse(JSON.parse(json));

const environmentsOf = (json: string | null): string[] | null =>
  json === null ? null : auth.Environments.parse(JSON.parse(json));
