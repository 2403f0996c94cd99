import type { Kysely } from "kysely";
import type { CredentialKind, CredentialRow, Schema, SigningKeyRow, UserRow } from "./schema.ts";

/** What a store gets on its first start. */
export interface FirstAccess {
  readonly user: UserRow;
  readonly key: SigningKeyRow;
}

/** What a store has when it is opened. */
export interface KnownAccess {
  readonly firstUser: UserRow;
  /** Newest first, never empty. */
  readonly signingKeys: readonly SigningKeyRow[];
  /** Whether anybody has ever logged in. */
  readonly used: boolean;
}

/** A secret somebody shows: its hash, what it has to be, and when that is. */
export interface ShownSecret {
  readonly hash: string;
  readonly kind: CredentialKind;
  readonly nowMs: number;
}

/** Users, signing keys, and everything whose holder is let in: login links, sessions, API keys. Only hashes are kept. */
export interface AccessRecords {
  /** Makes the first user and the first signing key where there are none. */
  prepareAccess(first: FirstAccess): Promise<KnownAccess>;
  /** From now on this key signs; what the others signed has run out at `othersEndMs`. */
  addSigningKey(next: { readonly key: SigningKeyRow; readonly othersEndMs: number }): Promise<void>;
  findUser(by: { readonly username: string }): Promise<UserRow | null>;
  /** Ends the user's sessions, except one, and their refresh tokens; returns the ids of those. Null: no such user. */
  setPassword(change: PasswordChange): Promise<readonly string[] | null>;
  /** Also forgets what has run out. */
  addCredential(row: CredentialRow): Promise<void>;
  /** The credential with this secret, if it has not run out; its use is noted to the minute. */
  useCredential(shown: ShownSecret): Promise<CredentialRow | null>;
  /** Puts a session in the place of a login link, once; null when there is no such link any more. */
  exchangeLink(exchange: LinkExchange): Promise<CredentialRow | null>;
  /** Whether there is such a credential that has not run out. */
  hasCredential(which: {
    readonly id: string;
    readonly kind: CredentialKind;
    readonly nowMs: number;
  }): Promise<boolean>;
  /** Changes a refresh token, once; one that was changed before ends all tokens of its login. */
  rotateRefreshToken(rotation: Rotation): Promise<Rotated | null>;
  /** Newest first. */
  listKeys(span: { readonly nowMs: number }): Promise<readonly CredentialRow[]>;
  /** False when there is none. */
  removeCredential(which: { readonly id: string; readonly kind: CredentialKind }): Promise<boolean>;
}

/** A new password, already hashed. */
export interface PasswordChange {
  readonly userId: string;
  readonly password: string;
  /** The session that goes on. */
  readonly keep: string | null;
}

/** A login link and the session it becomes. */
export interface LinkExchange {
  readonly hash: string;
  readonly nowMs: number;
  readonly session: Pick<CredentialRow, "id" | "hash" | "expires_ms">;
}

/** A refresh token as the hashes of its halves, and the next one's changing half. */
export interface Rotation {
  readonly hash: string;
  readonly turnHash: string;
  readonly nextTurnHash: string;
  readonly nowMs: number;
  readonly expiresMs: number;
}

/** `reused`: the token had been changed before, so somebody else has it too; its login is over. */
export interface Rotated {
  readonly row: CredentialRow;
  readonly reused: boolean;
}

const NOTED_EVERY_MS = 60_000;

/** The records in a migrated database. */
export function accessRecords(db: Kysely<Schema>): AccessRecords {
  return {
    prepareAccess: (first) => prepareAccess(db, first),
    addSigningKey: (next) => addSigningKey(db, next),
    findUser: async ({ username }) =>
      (await db.selectFrom("users").selectAll().where("username", "=", username).executeTakeFirst()) ?? null,
    setPassword: (change) => setPassword(db, change),
    addCredential: (row) => addCredential(db, row),
    useCredential: (shown) => useCredential(db, shown),
    exchangeLink: (exchange) => exchangeLink(db, exchange),
    hasCredential: async ({ id, kind, nowMs }) =>
      (await alive(db, kind, nowMs).where("id", "=", id).executeTakeFirst()) !== undefined,
    rotateRefreshToken: (rotation) => rotateRefreshToken(db, rotation),
    listKeys: ({ nowMs }) => alive(db, "api-key", nowMs).orderBy("created_ms", "desc").orderBy("id", "desc").execute(),
    removeCredential: async ({ id, kind }) => {
      const query = db.deleteFrom("credentials").where("id", "=", id).where("kind", "=", kind);
      return (await query.executeTakeFirst()).numDeletedRows === 1n;
    },
  };
}

/** Adds a login link, session or key, and forgets those that have run out. */
export async function addCredential(db: Kysely<Schema>, row: CredentialRow): Promise<void> {
  await db.deleteFrom("credentials").where("expires_ms", "<=", row.created_ms).execute();
  await db.insertInto("credentials").values(row).execute();
}

/** The user who was first, whom a login link from the terminal logs in. */
export function firstUser(db: Kysely<Schema>): Promise<UserRow | undefined> {
  return db.selectFrom("users").selectAll().orderBy("created_ms").orderBy("id").limit(1).executeTakeFirst();
}

async function prepareAccess(db: Kysely<Schema>, first: FirstAccess): Promise<KnownAccess> {
  return db.transaction().execute(async (trx) => {
    const user = await firstUser(trx);
    if (!user) await trx.insertInto("users").values(first.user).execute();
    const keys = trx.selectFrom("signing_keys").selectAll().orderBy("created_ms", "desc").orderBy("id", "desc");
    const known = await keys.execute();
    if (known.length === 0) await trx.insertInto("signing_keys").values(first.key).execute();
    const used = await trx.selectFrom("users").select("id").where("last_login_ms", "is not", null).executeTakeFirst();
    return {
      firstUser: user ?? first.user,
      signingKeys: known.length === 0 ? [first.key] : known,
      used: used !== undefined,
    };
  });
}

async function addSigningKey(
  db: Kysely<Schema>,
  { key, othersEndMs }: Parameters<AccessRecords["addSigningKey"]>[0],
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.updateTable("signing_keys").set({ expires_ms: othersEndMs }).where("expires_ms", "is", null).execute();
    await trx.insertInto("signing_keys").values(key).execute();
  });
}

async function setPassword(
  db: Kysely<Schema>,
  { userId, password, keep }: PasswordChange,
): Promise<readonly string[] | null> {
  return db.transaction().execute(async (trx) => {
    const user = trx.updateTable("users").set({ password }).where("id", "=", userId).returning("id");
    if (!(await user.executeTakeFirst())) return null;
    const ended = await trx
      .deleteFrom("credentials")
      .where("kind", "in", ["session", "refresh-token"])
      .where("user_id", "=", userId)
      .where("id", "!=", keep ?? "")
      .returning("id")
      .execute();
    return ended.map(({ id }) => id);
  });
}

async function useCredential(db: Kysely<Schema>, { hash, kind, nowMs }: ShownSecret): Promise<CredentialRow | null> {
  const row = await alive(db, kind, nowMs).where("hash", "=", hash).executeTakeFirst();
  if (!row) return null;
  if (row.used_ms === null || row.used_ms + NOTED_EVERY_MS <= nowMs) {
    await db.updateTable("credentials").set({ used_ms: nowMs }).where("id", "=", row.id).execute();
  }
  return row;
}

async function exchangeLink(db: Kysely<Schema>, { hash, nowMs, session }: LinkExchange): Promise<CredentialRow | null> {
  return db.transaction().execute(async (trx) => {
    // Deleted first: of two who come at once, one finds nothing to delete.
    const link = await trx
      .deleteFrom("credentials")
      .where("hash", "=", hash)
      .where("kind", "=", "login-link")
      .where("expires_ms", ">", nowMs)
      .returningAll()
      .executeTakeFirst();
    if (!link) return null;
    const row: CredentialRow = { ...link, ...session, kind: "session", created_ms: nowMs, used_ms: nowMs };
    await trx.insertInto("credentials").values(row).execute();
    await trx.updateTable("users").set({ last_login_ms: nowMs }).where("id", "=", link.user_id).execute();
    return row;
  });
}

async function rotateRefreshToken(db: Kysely<Schema>, rotation: Rotation): Promise<Rotated | null> {
  const { hash, turnHash, nextTurnHash, nowMs, expiresMs } = rotation;
  return db.transaction().execute(async (trx) => {
    // Changed and compared in one statement: of two who come at once, one finds it changed already.
    const row = await trx
      .updateTable("credentials")
      .set({ turn_hash: nextTurnHash, used_ms: nowMs, expires_ms: expiresMs })
      .where("kind", "=", "refresh-token")
      .where("hash", "=", hash)
      .where("turn_hash", "=", turnHash)
      .where("expires_ms", ">", nowMs)
      .returningAll()
      .executeTakeFirst();
    if (row) return { row, reused: false };
    const stale = trx.deleteFrom("credentials").where("kind", "=", "refresh-token").where("hash", "=", hash);
    const ended = await stale.returningAll().executeTakeFirst();
    return ended && ended.turn_hash !== turnHash ? { row: ended, reused: true } : null;
  });
}

function alive(db: Kysely<Schema>, kind: CredentialKind, nowMs: number) {
  return db
    .selectFrom("credentials")
    .selectAll()
    .where("kind", "=", kind)
    .where((row) => row.or([row("expires_ms", "is", null), row("expires_ms", ">", nowMs)]));
}
