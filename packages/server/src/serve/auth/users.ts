import { randomUUID } from "node:crypto";
import type { auth, PageQuery } from "@sensorium/protocol/wire";
import type { UserRow } from "../../storage/schema.ts";
import type { ChangedUser, Unchanged, UserRecords } from "../../storage/users.ts";
import type { ServeClock } from "../clock.ts";
import { hashPassword } from "./passwords.ts";
import { rightsOf, storedRights } from "./rights.ts";

/** The user that a store gets on its first start: may do everything, has no password. */
export const newAdmin = (nowMs: number): UserRow => ({
  id: randomUUID(),
  username: "admin",
  password: null,
  ...storedRights({ scopes: ["admin"], environments: null }),
  created_ms: nowMs,
  last_login_ms: null,
});

/** What is to become of a user. */
export interface UserRequest {
  readonly id: string;
  readonly change: auth.ChangeUserRequest;
  /** The session that goes on when the password changes. */
  readonly keep: string | null;
}

/** Who may log in, and what they may do. */
export class Users {
  readonly #records: UserRecords;
  readonly #clock: ServeClock;

  constructor(records: UserRecords, clock: ServeClock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** A page of users by name, and how many there are in all. */
  async list({ page, per_page }: PageQuery) {
    const { rows, total } = await this.#records.listUsers({ skip: (page - 1) * per_page, limit: per_page });
    return { items: rows.map(userOf), total };
  }

  /** The user with this id; null when there is none. */
  find(id: string): Promise<UserRow | null> {
    return this.#records.findUser({ id });
  }

  /** A new user; null when the name is taken. */
  async create({ username, password, scopes, environments }: auth.CreateUserRequest): Promise<auth.User | null> {
    const row: UserRow = {
      id: randomUUID(),
      username,
      password: await hashPassword(password),
      ...storedRights({ scopes, environments }),
      created_ms: this.#clock.now(),
      last_login_ms: null,
    };
    return (await this.#records.addUser(row)) ? userOf(row) : null;
  }

  /** Changes what a user may do, or their password; what is absent stays. */
  async change({ id, change, keep }: UserRequest): Promise<ChangedUser | Unchanged> {
    const { scopes, environments, password } = change;
    return this.#records.changeUser({
      id,
      change: {
        ...(scopes && { scopes: JSON.stringify(scopes) }),
        ...(environments !== undefined && { environments: environments && JSON.stringify(environments) }),
        ...(password !== undefined && { password: await hashPassword(password) }),
      },
      keep,
    });
  }

  /** Removes a user with everything that lets them and their programs in. */
  remove(id: string): Promise<UserRow | Unchanged> {
    return this.#records.removeUser({ id });
  }
}

/** A user as they are listed. */
export const userOf = (row: UserRow): auth.User => ({
  id: row.id,
  username: row.username,
  ...rightsOf(row),
  created_at: new Date(row.created_ms).toISOString(),
  last_login_at: row.last_login_ms === null ? null : new Date(row.last_login_ms).toISOString(),
});
