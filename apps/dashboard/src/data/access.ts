import { audit, auth } from "@sensorium/protocol/wire";
import { z } from "zod";
import { type Answer, ask, NOT_UNDERSTOOD, type Question, type Refused } from "./api.ts";
import { type Listing, Reading } from "./reading.ts";

/** What a change came to. */
export type Changed<T = unknown> = { readonly ok: true; readonly value: T } | Refused;

/** Who may connect to the server and what they did, for admins of all environments. */
export class Access {
  readonly users: Listing<auth.User>;
  readonly keys: Listing<auth.ApiKey>;
  /** Newest first. */
  readonly entries: Listing<audit.AuditEntry>;
  readonly #base: string;

  /** `base` is the address of `/api/v1/`. */
  constructor(base: string) {
    this.#base = `${base}auth/`;
    this.users = new Reading(`${this.#base}users`, auth.User.array());
    this.keys = new Reading(
      `${this.#base}keys`,
      auth.ApiKeyList.transform(({ keys }) => keys),
    );
    this.entries = new Reading(`${base}audit`, audit.AuditEntry.array());
  }

  /** Makes a user. */
  addUser(user: auth.CreateUserRequest): Promise<Changed> {
    return this.#change("users", { method: "POST", body: user }, { of: z.unknown() });
  }

  /** Changes what is named of a user. */
  changeUser(id: string, change: auth.ChangeUserRequest): Promise<Changed> {
    return this.#change(`users/${encodeURIComponent(id)}`, { method: "PUT", body: change }, { of: z.unknown() });
  }

  /** Removes a user with everything that lets them in. */
  removeUser(id: string): Promise<Changed> {
    return this.#change(`users/${encodeURIComponent(id)}`, { method: "DELETE" }, { of: z.unknown() });
  }

  /** Makes a key, which is told this once. */
  createKey(key: auth.CreateKeyRequest): Promise<Changed<auth.CreatedKey>> {
    return this.#change("keys", { method: "POST", body: key }, { of: auth.CreatedKey });
  }

  /** Ends a key, and every connection that was made with it. */
  revokeKey(id: string): Promise<Changed> {
    return this.#change(`keys/${encodeURIComponent(id)}`, { method: "DELETE" }, { of: z.unknown() });
  }

  /** Signs tokens with a new key from now on. */
  rotateSigningKey(): Promise<Changed<auth.RotatedKey>> {
    return this.#change("signing-keys/rotate", { method: "POST" }, { of: auth.RotatedKey });
  }

  /** Makes a change and reads the lists again: a user's keys go with them, and refusals are written down too. */
  async #change<T>(path: string, question: Question, { of }: { readonly of: z.ZodType<T> }): Promise<Changed<T>> {
    const answer = await ask(this.#base + path, question);
    await Promise.all([answer.ok && this.users.load(), answer.ok && this.keys.load(), this.entries.load()]);
    return changedBy(answer, of);
  }
}

function changedBy<T>(answer: Answer, schema: z.ZodType<T>): Changed<T> {
  if (!answer.ok) return answer;
  const read = schema.safeParse(answer.data);
  if (read.success) return { ok: true, value: read.data };
  return { ok: false, status: answer.status, sentence: NOT_UNDERSTOOD };
}
