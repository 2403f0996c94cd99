import type { Kysely } from "kysely";
import type { Schema, UserRow } from "./schema.ts";

/** A user by name or by id. */
export type WhichUser = { readonly username: string } | { readonly id: string };

/** Users by name: those to leave out, and how many then. */
export interface UserPage {
  readonly skip: number;
  readonly limit: number;
}

/** What is to become of a user; what is absent stays. */
export interface UserChange {
  readonly id: string;
  readonly change: Partial<Pick<UserRow, "scopes" | "environments" | "password">>;
  /** The session that goes on when the password changes. */
  readonly keep: string | null;
}

/** What has become of a user. */
export interface ChangedUser {
  readonly before: UserRow;
  readonly after: UserRow;
  /** Ids of the sessions and refresh tokens that ended with the old password. */
  readonly ended: readonly string[];
}

/** Why everything is as it was: there is no such user, or nobody would be left who may decide everything. */
export type Unchanged = "no-user" | "last-admin";

/** Who may log in. One of them at least is admin of all environments, always. */
export interface UserRecords {
  findUser(which: WhichUser): Promise<UserRow | null>;
  /** The first who came of the admins of all environments; null in a store that has never been prepared. */
  firstAdmin(): Promise<UserRow | null>;
  /** A page of users, and how many there are in all. */
  listUsers(page: UserPage): Promise<{ readonly rows: readonly UserRow[]; readonly total: number }>;
  /** False when the name is taken. */
  addUser(row: UserRow): Promise<boolean>;
  /** A new password ends the user's sessions and refresh tokens. */
  changeUser(change: UserChange): Promise<ChangedUser | Unchanged>;
  /** Everything by which the user or their programs are let in goes with them. */
  removeUser(which: { readonly id: string }): Promise<UserRow | Unchanged>;
}

/** The records in a migrated database. */
export function userRecords(db: Kysely<Schema>): UserRecords {
  return {
    findUser: async (which) => (await findUser(db, which)) ?? null,
    firstAdmin: async () => (await firstAdmin(db)) ?? null,
    listUsers: (page) => listUsers(db, page),
    addUser: async (row) => {
      const insert = db.insertInto("users").values(row);
      const added = await insert.onConflict((conflict) => conflict.column("username").doNothing()).executeTakeFirst();
      return added.numInsertedOrUpdatedRows === 1n;
    },
    changeUser: (change) => keepingAnAdmin(db, (trx) => changeUser(trx, change)),
    removeUser: (which) => keepingAnAdmin(db, (trx) => removeUser(trx, which)),
  };
}

/** The first who came of the admins of all environments, whom a login link from the terminal logs in. */
export function firstAdmin(db: Kysely<Schema>): Promise<UserRow | undefined> {
  return db
    .selectFrom("users")
    .selectAll()
    .where("scopes", "like", '%"admin"%')
    .where("environments", "is", null)
    .orderBy("created_ms")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
}

/** The user of this name or id, if there is one. */
export function findUser(db: Kysely<Schema>, which: WhichUser): Promise<UserRow | undefined> {
  const users = db.selectFrom("users").selectAll();
  const found = "id" in which ? users.where("id", "=", which.id) : users.where("username", "=", which.username);
  return found.executeTakeFirst();
}

async function listUsers(db: Kysely<Schema>, { skip, limit }: UserPage) {
  const rows = await db.selectFrom("users").selectAll().orderBy("username").limit(limit).offset(skip).execute();
  const all = db.selectFrom("users").select((row) => row.fn.countAll().as("total"));
  const { total } = await all.executeTakeFirstOrThrow();
  return { rows, total: Number(total) };
}

async function changeUser(trx: Kysely<Schema>, { id, change, keep }: UserChange): Promise<ChangedUser | "no-user"> {
  const before = await findUser(trx, { id });
  if (!before) return "no-user";
  const after = { ...before, ...change };
  const { scopes, environments, password } = after;
  await trx.updateTable("users").set({ scopes, environments, password }).where("id", "=", id).execute();
  return { before, after, ended: change.password === undefined ? [] : await endLogins(trx, { id, keep }) };
}

async function endLogins(
  trx: Kysely<Schema>,
  { id, keep }: Pick<UserChange, "id" | "keep">,
): Promise<readonly string[]> {
  const ended = await trx
    .deleteFrom("credentials")
    .where("kind", "in", ["session", "refresh-token"])
    .where("user_id", "=", id)
    .where("id", "!=", keep ?? "")
    .returning("id")
    .execute();
  return ended.map((row) => row.id);
}

async function removeUser(trx: Kysely<Schema>, { id }: { readonly id: string }): Promise<UserRow | "no-user"> {
  await trx.deleteFrom("credentials").where("user_id", "=", id).execute();
  return (await trx.deleteFrom("users").where("id", "=", id).returningAll().executeTakeFirst()) ?? "no-user";
}

/** Ends a transaction in which the last admin went. */
class NobodyLeft extends Error {}

/** What `change` does is undone when nobody is left who may decide everything. */
async function keepingAnAdmin<T>(
  db: Kysely<Schema>,
  change: (trx: Kysely<Schema>) => Promise<T>,
): Promise<T | "last-admin"> {
  try {
    return await db.transaction().execute(async (trx) => {
      const result = await change(trx);
      if (!(await firstAdmin(trx))) throw new NobodyLeft();
      return result;
    });
  } catch (thrown) {
    if (thrown instanceof NobodyLeft) return "last-admin";
    throw thrown;
  }
}
