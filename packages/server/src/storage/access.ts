import type { Kysely } from "kysely";
import type { CredentialKind, CredentialRow, Schema, SigningKeyRow, UserRow } from "./schema.ts";
import { findUser, firstAdmin, type UserRecords, userRecords } from "./users.ts";

/** What a store gets on its first start. */
export interface FirstAccess {
  readonly user: UserRow;
  readonly key: SigningKeyRow;
}

/** What a store has when it is opened. */
export interface KnownAccess {
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

/** A credential with what its user may do now, as {@link UserRow} has it; no scopes when there is no such user here. */
export interface OwnedCredential extends CredentialRow {
  readonly user_scopes: string | null;
  readonly user_environments: string | null;
}

/** Users, signing keys, and everything whose holder is let in: login links, sessions, API keys. Only hashes are kept. */
export interface AccessRecords extends UserRecords {
  /** Makes the first user and the first signing key where there are none. */
  prepareAccess(first: FirstAccess): Promise<KnownAccess>;
  /** From now on this key signs; what the others signed has run out at `othersEndMs`. */
  addSigningKey(next: { readonly key: SigningKeyRow; readonly othersEndMs: number }): Promise<void>;
  /** Also forgets what has run out. */
  addCredential(row: CredentialRow): Promise<void>;
  /** Adds what a password was checked for; false when its user or that password is gone since. */
  addLogin(login: CheckedLogin): Promise<boolean>;
  /** The credential with this secret, if it has not run out; its use is noted to the minute. */
  useCredential(shown: ShownSecret): Promise<OwnedCredential | null>;
  /** Puts a session in the place of a login link, once; null when there is no such link any more. */
  exchangeLink(exchange: LinkExchange): Promise<OwnedCredential | null>;
  /** The user of a signed token; null when there is none any more, or the login is over in which it was had. */
  findHolder(token: TokenHolder): Promise<UserRow | null>;
  /**
   * Changes a refresh token, once. The one that was changed last may come again for `graceMs`, as long as what it was
   * changed into has not been used: then that is changed instead. Any other ends all tokens of its login.
   */
  rotateRefreshToken(rotation: Rotation): Promise<Rotated | null>;
  /** Newest first. */
  listKeys(span: { readonly nowMs: number }): Promise<readonly OwnedCredential[]>;
  /** False when there is none. */
  removeCredential(which: { readonly id: string; readonly kind: CredentialKind }): Promise<boolean>;
}

/** A session or refresh token, and the hash by which its user's password was checked. */
export interface CheckedLogin {
  readonly row: CredentialRow;
  readonly password: string;
}

/** Whose a signed token is by its claims; `login` is the id of its refresh token. */
export interface TokenHolder {
  readonly userId: string;
  readonly login: string | null;
  readonly nowMs: number;
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
  /** How long after its first use the token before may come again. */
  readonly graceMs: number;
}

/** `reused`: the token had been changed before, so somebody else has it too; its login is over. */
export interface Rotated {
  readonly row: OwnedCredential;
  readonly reused: boolean;
}

const NOTED_EVERY_MS = 60_000;

/** The records in a migrated database. */
export function accessRecords(db: Kysely<Schema>): AccessRecords {
  return {
    ...userRecords(db),
    prepareAccess: (first) => prepareAccess(db, first),
    addSigningKey: (next) => addSigningKey(db, next),
    addCredential: (row) => addCredential(db, row),
    addLogin: (login) => addLogin(db, login),
    useCredential: (shown) => useCredential(db, shown),
    exchangeLink: (exchange) => exchangeLink(db, exchange),
    findHolder: (token) => findHolder(db, token),
    rotateRefreshToken: (rotation) => rotateRefreshToken(db, rotation),
    listKeys: ({ nowMs }) => {
      const keys = alive(db, "api-key", nowMs);
      return keys.orderBy("credentials.created_ms", "desc").orderBy("credentials.id", "desc").execute();
    },
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

async function prepareAccess(db: Kysely<Schema>, first: FirstAccess): Promise<KnownAccess> {
  return db.transaction().execute(async (trx) => {
    if (!(await firstAdmin(trx))) await trx.insertInto("users").values(first.user).execute();
    const keys = trx.selectFrom("signing_keys").selectAll().orderBy("created_ms", "desc").orderBy("id", "desc");
    const known = await keys.execute();
    if (known.length === 0) await trx.insertInto("signing_keys").values(first.key).execute();
    const used = await trx.selectFrom("users").select("id").where("last_login_ms", "is not", null).executeTakeFirst();
    return {
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

async function addLogin(db: Kysely<Schema>, { row, password }: CheckedLogin): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const user = trx.updateTable("users").set({ last_login_ms: row.created_ms }).where("id", "=", row.user_id);
    const { numUpdatedRows } = await user.where("password", "=", password).executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    await addCredential(trx, row);
    return true;
  });
}

async function useCredential(db: Kysely<Schema>, { hash, kind, nowMs }: ShownSecret): Promise<OwnedCredential | null> {
  const row = await alive(db, kind, nowMs).where("hash", "=", hash).executeTakeFirst();
  if (!row) return null;
  if (row.used_ms === null || row.used_ms + NOTED_EVERY_MS <= nowMs) {
    await db.updateTable("credentials").set({ used_ms: nowMs }).where("id", "=", row.id).execute();
  }
  return row;
}

async function exchangeLink(
  db: Kysely<Schema>,
  { hash, nowMs, session }: LinkExchange,
): Promise<OwnedCredential | null> {
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
    return (await owned(trx).where("credentials.id", "=", row.id).executeTakeFirst()) ?? null;
  });
}

async function findHolder(db: Kysely<Schema>, { userId, login, nowMs }: TokenHolder): Promise<UserRow | null> {
  if (login !== null) {
    const known = await alive(db, "refresh-token", nowMs).where("credentials.id", "=", login).executeTakeFirst();
    if (!known) return null;
  }
  return (await findUser(db, { id: userId })) ?? null;
}

async function rotateRefreshToken(db: Kysely<Schema>, rotation: Rotation): Promise<Rotated | null> {
  const { hash, turnHash, nextTurnHash, nowMs, expiresMs, graceMs } = rotation;
  return db.transaction().execute(async (trx) => {
    // Changed and compared in one statement: of two who come at once, one finds it changed already.
    const known = trx
      .updateTable("credentials")
      .set({ turn_hash: nextTurnHash, expires_ms: expiresMs })
      .where("kind", "=", "refresh-token")
      .where("hash", "=", hash)
      .where("expires_ms", ">", nowMs)
      .returning("id");
    const first = known.set({ turn_before: turnHash, used_ms: nowMs }).where("turn_hash", "=", turnHash);
    // The time of the first use stays: however often it comes, the grace ends.
    const again = known.where("turn_before", "=", turnHash).where("used_ms", ">", nowMs - graceMs);
    const changed = (await first.executeTakeFirst()) ?? (await again.executeTakeFirst());
    const row = await owned(trx)
      .where("credentials.kind", "=", "refresh-token")
      .where("credentials.hash", "=", hash)
      .executeTakeFirst();
    if (!row) return null;
    if (changed) return { row, reused: false };
    const { numDeletedRows } = await trx.deleteFrom("credentials").where("id", "=", row.id).executeTakeFirstOrThrow();
    return numDeletedRows === 1n && row.turn_hash !== turnHash ? { row, reused: true } : null;
  });
}

function owned(db: Kysely<Schema>) {
  return db
    .selectFrom("credentials")
    .leftJoin("users", "users.id", "credentials.user_id")
    .selectAll("credentials")
    .select(["users.scopes as user_scopes", "users.environments as user_environments"]);
}

function alive(db: Kysely<Schema>, kind: CredentialKind, nowMs: number) {
  return owned(db)
    .where("credentials.kind", "=", kind)
    .where((row) => row.or([row("expires_ms", "is", null), row("expires_ms", ">", nowMs)]));
}
