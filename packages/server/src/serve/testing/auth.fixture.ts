import { randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
import { SignJWT } from "jose";
import { type Log, silentLog } from "../../observe/log.ts";
import { type AccessRecords, accessRecords } from "../../storage/access.ts";
import { auditRecords } from "../../storage/audit.ts";
import { sqliteDatabase } from "../../storage/databases.fixture.ts";
import type { SigningKeyRow } from "../../storage/schema.ts";
import { loginLink } from "../auth/accounts.ts";
import { AuditTrail } from "../auth/audit.ts";
import { Auth, type AuthOptions } from "../auth/auth.ts";
import type { Scope } from "../auth/principal.ts";
import { type Rights, storedRights } from "../auth/rights.ts";
import { newSecret } from "../auth/secrets.ts";
import type { ServeClock } from "../clock.ts";

/** A token's claims and header, where they are to differ from a good one's. */
export interface TokenChange {
  readonly claims?: JWTPayload;
  readonly alg?: string;
  readonly kid?: string;
  readonly secret?: string;
}

/** Users and keys in a database of their own, and whatever somebody may show of them. */
export class TestAuth implements AsyncDisposable {
  readonly auth: Auth;
  readonly records: AccessRecords;
  readonly trail: AuditTrail;
  readonly signingKey: SigningKeyRow;
  /** Of the admin. */
  readonly userId: string;
  readonly #clock: ServeClock;
  readonly #database: AsyncDisposable;

  private constructor(init: {
    auth: Auth;
    records: AccessRecords;
    trail: AuditTrail;
    key: SigningKeyRow;
    userId: string;
    clock: ServeClock;
    database: AsyncDisposable;
  }) {
    this.auth = init.auth;
    this.records = init.records;
    this.trail = init.trail;
    this.signingKey = init.key;
    this.userId = init.userId;
    this.#clock = init.clock;
    this.#database = init.database;
  }

  static async open(clock: ServeClock, options: Pick<AuthOptions, "issuer" | "log"> = {}): Promise<TestAuth> {
    const database = await sqliteDatabase();
    const records = accessRecords(database.db);
    const auth = await Auth.open({ records, clock, ...options });
    const trail = new AuditTrail(auditRecords(database.db), { clock, log: silentLog });
    const key = await database.db.selectFrom("signing_keys").selectAll().executeTakeFirstOrThrow();
    const { id: userId } = await database.db.selectFrom("users").selectAll().executeTakeFirstOrThrow();
    return new TestAuth({ auth, records, trail, key, userId, clock, database });
  }

  /** A signed token that is good but for what is changed. */
  token({ claims, alg = "HS256", kid = this.signingKey.id, secret = this.signingKey.secret }: TokenChange = {}) {
    const now = Math.floor(this.#clock.now() / 1000);
    const good = {
      iss: "sensorium",
      aud: "sensorium",
      sub: this.userId,
      permissions: ["admin"],
      iat: now,
      exp: now + 3600,
    };
    return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg, kid }).sign(Buffer.from(secret, "base64url"));
  }

  /** The id of a new user without a password. */
  async user(rights: Rights): Promise<string> {
    const id = randomUUID();
    const times = { created_ms: this.#clock.now(), last_login_ms: null };
    await this.records.addUser({ id, username: `user ${id}`, password: null, ...storedRights(rights), ...times });
    return id;
  }

  /** A new API key, and its id; the admin's unless it is said whose. */
  async key(scopes: Scope[], change: { environments?: string[] | null; expiresMs?: number; userId?: string } = {}) {
    const { environments = null, expiresMs, userId = this.userId } = change;
    const expires_at = expiresMs === undefined ? null : new Date(expiresMs).toISOString();
    const maker = { userId, name: "admin", by: "token", credential: null, expiresMs: null } as const;
    const created = await this.auth.accounts.createKey(
      { ...maker, scopes, environments },
      { name: "key", scopes, environments, expires_at },
    );
    if (!created) throw new Error("a key that would have run out already");
    return { key: created.key, id: created.api_key.id };
  }

  /** A session, as the `Cookie` header of a page served on `port`; the first admin's unless it is said whose. */
  async cookie(port: number, userId?: string): Promise<string> {
    const token = userId === undefined ? await this.auth.createLoginLink() : await this.#linkOf(userId);
    const login = await this.auth.accounts.exchangeLink(token);
    if (!login) throw new Error("the login link does not work");
    return `sensorium-session-${port}=${login.secret}`;
  }

  async #linkOf(userId: string): Promise<string> {
    const user = await this.records.findUser({ id: userId });
    if (!user) throw new Error("there is no such user");
    const token = newSecret();
    await this.records.addCredential(loginLink(user, { token, nowMs: this.#clock.now() }));
    return token;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#database[Symbol.asyncDispose]();
  }
}

/** A log that keeps every line as text. */
export function keepingLog(lines: string[] = [], bound: object = {}): Log & { readonly lines: readonly string[] } {
  const keep = (fields: object, message: string): void =>
    void lines.push(`${message} ${JSON.stringify({ ...bound, ...fields })}`);
  const child = (fields: object) => keepingLog(lines, { ...bound, ...fields });
  return { lines, debug: keep, info: keep, warn: keep, error: keep, child };
}
