import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accessRecords, addCredential } from "./access.ts";
import { bothDatabases } from "./both-databases.fixture.ts";
import type { TestDatabase } from "./databases.fixture.ts";
import { temporaryFolder } from "./events.fixture.ts";
import type { CredentialRow, SigningKeyRow, UserRow } from "./schema.ts";
import { openBeside } from "./sqlite.ts";
import { Store } from "./store.ts";
import { firstAdmin } from "./users.ts";

const user: UserRow = {
  id: "u1",
  username: "admin",
  password: null,
  scopes: '["admin"]',
  environments: null,
  created_ms: 1,
  last_login_ms: null,
};
const key: SigningKeyRow = { id: "k1", secret: "s", created_ms: 1, expires_ms: null };
const credential = (change: Partial<CredentialRow>): CredentialRow => ({
  id: `id of ${change.hash}`,
  kind: "api-key",
  hash: "h",
  turn_hash: null,
  turn_before: null,
  user_id: "u1",
  name: "admin",
  scopes: '["read"]',
  environments: null,
  created_ms: 1,
  expires_ms: 1_000,
  used_ms: null,
  ...change,
});
const session = { id: "s1", hash: "session", turn_hash: null, turn_before: null, expires_ms: 5_000 };

const rotation = { hash: "login", turnHash: "1", nextTurnHash: "2", nowMs: 10, expiresMs: 2_000, graceMs: 100 };
/** Which half is shown, what it is changed into, when, and what is found. */
type Use = `${number}>${number} at ${number}${"" | ": reused"}`;
/** A refresh token, and what follows from its uses. */
const USES: readonly (readonly [string, readonly Use[]])[] = [
  ["comes again at once, because its answer was lost", ["1>2 at 10", "1>3 at 10", "3>4 at 10"]],
  ["comes again and again within the grace", ["1>2 at 10", "1>3 at 20", "1>4 at 109", "4>5 at 999"]],
  ["comes again after the grace, which its first use began", ["1>2 at 10", "1>3 at 109", "1>4 at 110: reused"]],
  ["comes again when its successor has been used", ["1>2 at 10", "2>3 at 11", "1>4 at 12: reused"]],
  ["was lost on the way, and turns up", ["1>2 at 10", "1>3 at 11", "2>4 at 12: reused"]],
  ["comes again when its second successor has been used", ["1>2 at 10", "1>3 at 11", "3>4 at 12", "1>5 at 13: reused"]],
  ["is older than the one used last", ["1>2 at 10", "2>3 at 11", "3>4 at 12", "2>5 at 13: reused"]],
  ["is made up", ["9>2 at 10: reused"]],
];
const refreshToken = (hash: string): CredentialRow => credential({ kind: "refresh-token", hash, turn_hash: "1" });

/** Somebody whose refresh token is `1`. */
async function loggedIn({ db }: TestDatabase) {
  const records = accessRecords(db);
  await records.prepareAccess({ user, key });
  await records.addCredential(refreshToken("login"));
  return { records, held: (nowMs: number) => records.findHolder({ userId: "u1", login: "id of login", nowMs }) };
}

describe.each(bothDatabases())("the same contract holds on %s:", (_, open) => {
  test("the first user and the first key are made once", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    const other = { user: { ...user, id: "u2", username: "root" }, key: { ...key, id: "k2" } };
    const known = { signingKeys: [key], used: false };
    expect(await records.prepareAccess({ user, key })).toEqual(known);
    expect(await records.prepareAccess(other)).toEqual(known);
    expect(await records.firstAdmin()).toEqual(user);
    expect(await records.findUser({ username: "root" })).toBeNull();
    const next = { id: "k3", secret: "t", created_ms: 2, expires_ms: null };
    await records.addSigningKey({ key: next, othersEndMs: 90 });
    await records.addSigningKey({ key: { ...next, id: "k4", created_ms: 3 }, othersEndMs: 100 });
    const { signingKeys } = await records.prepareAccess(other);
    expect(signingKeys.map(({ id, expires_ms }) => [id, expires_ms])).toEqual([
      ["k4", null],
      ["k3", 100],
      ["k1", 90],
    ]);
  });

  test("a login link becomes one session, however many come at once, and then somebody has logged in", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.prepareAccess({ user, key });
    await records.addCredential(credential({ kind: "login-link", hash: "link" }));
    expect(await records.exchangeLink({ hash: "another", nowMs: 2, session })).toBeNull();
    const exchange = { hash: "link", nowMs: 2, session };
    const both = await Promise.all([records.exchangeLink(exchange), records.exchangeLink(exchange)]);
    expect(both.filter((row) => row !== null)).toMatchObject([{ ...session, kind: "session", name: "admin" }]);
    expect(await records.useCredential({ hash: "session", kind: "session", nowMs: 3 })).toMatchObject(session);
    expect(await records.prepareAccess({ user, key })).toMatchObject({ used: true });
  });

  test("a login link that has run out is none", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.addCredential(credential({ kind: "login-link", hash: "link", expires_ms: 1_000 }));
    expect(await records.exchangeLink({ hash: "link", nowMs: 1_000, session })).toBeNull();
  });

  test("a credential counts until it runs out or is removed, and only as what it is", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.addCredential(credential({ hash: "short", expires_ms: 1_000 }));
    await records.addCredential(credential({ hash: "long", expires_ms: null }));
    const use = async (hash: string, nowMs: number) =>
      (await records.useCredential({ hash, kind: "api-key", nowMs }))?.id;
    expect([await use("short", 999), await use("short", 1_000)]).toEqual(["id of short", undefined]);
    expect([await use("long", 1e15), await use("none", 1)]).toEqual(["id of long", undefined]);
    expect(await records.useCredential({ hash: "long", kind: "session", nowMs: 1 })).toBeNull();
    const which = { id: "id of long", kind: "api-key" } as const;
    expect(await records.removeCredential({ ...which, kind: "session" })).toBe(false);
    expect([await records.removeCredential(which), await records.removeCredential(which)]).toEqual([true, false]);
    expect(await use("long", 1)).toBeUndefined();
  });

  test("the use of a key is noted to the minute, and keys are listed newest first", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await addCredential(database.db, credential({ hash: "a", created_ms: 1, expires_ms: null }));
    await addCredential(database.db, credential({ hash: "b", created_ms: 2, expires_ms: 70_000 }));
    await addCredential(database.db, credential({ hash: "c", kind: "session", expires_ms: null }));
    const noted = async () => (await records.listKeys({ nowMs: 100 })).map(({ hash, used_ms }) => [hash, used_ms]);
    for (const nowMs of [5_000, 64_999]) await records.useCredential({ hash: "a", kind: "api-key", nowMs });
    expect(await noted()).toEqual([
      ["b", null],
      ["a", 5_000],
    ]);
    await records.useCredential({ hash: "a", kind: "api-key", nowMs: 65_000 });
    expect(await noted()).toContainEqual(["a", 65_000]);
    await addCredential(database.db, credential({ hash: "d", created_ms: 70_000, expires_ms: null }));
    expect((await noted()).map(([hash]) => hash)).toEqual(["d", "a"]);
  });

  test("a refresh token changes with every use, and its login goes on", async () => {
    await using database = await open();
    const { records, held } = await loggedIn(database);
    expect(await records.rotateRefreshToken({ ...rotation, hash: "another" })).toBeNull();
    expect(await held(1_500)).toBeNull();
    const next = { row: { turn_hash: "2", expires_ms: 2_000, used_ms: 10 }, reused: false };
    expect(await records.rotateRefreshToken(rotation)).toMatchObject(next);
    expect(await held(1_500)).toEqual(user);
    const later = { ...rotation, turnHash: "2", nextTurnHash: "3", nowMs: 1_999, expiresMs: 4_000 };
    expect(await records.rotateRefreshToken(later)).toMatchObject({ row: { turn_hash: "3" }, reused: false });
    expect(await held(2_500)).toEqual(user);
  });

  test("a refresh token that has run out is none", async () => {
    await using database = await open();
    const { records } = await loggedIn(database);
    expect(await records.rotateRefreshToken({ ...rotation, nowMs: 1_000 })).toBeNull();
  });

  test("the refresh token used last may come again for a while; any other before it ends its login", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.prepareAccess({ user, key });
    for (const [hash, uses] of USES) {
      await records.addCredential(refreshToken(hash));
      for (const use of uses) {
        const [, turnHash = "", nextTurnHash = "", at, reused] = /^(.)>(.) at (\d+)(: reused)?$/.exec(use) ?? [];
        const found = await records.rotateRefreshToken({
          ...rotation,
          hash,
          turnHash,
          nextTurnHash,
          nowMs: Number(at),
        });
        expect([hash, use, found?.reused]).toEqual([hash, use, reused !== undefined]);
      }
      const over = uses.at(-1)?.endsWith("reused");
      expect(await records.findHolder({ userId: "u1", login: `id of ${hash}`, nowMs: 999 })).toEqual(
        over ? null : user,
      );
    }
  });

  test("of a refresh token that comes many times at once, one successor is left", async () => {
    await using database = await open();
    const { records, held } = await loggedIn(database);
    const successors = ["2", "3", "4"];
    const use = (nextTurnHash: string) => records.rotateRefreshToken({ ...rotation, nextTurnHash });
    expect((await Promise.all(successors.map(use))).map((found) => found?.reused)).toEqual([false, false, false]);
    expect(await held(999)).toEqual(user);
    const { turn_hash: left } = await database.db.selectFrom("credentials").selectAll().executeTakeFirstOrThrow();
    const dead = successors.filter((one) => one !== left);
    expect(dead).toHaveLength(2);
    const shown = { ...rotation, turnHash: dead[0] ?? "", nextTurnHash: "5" };
    expect(await records.rotateRefreshToken(shown)).toMatchObject({ reused: true });
    expect(await records.rotateRefreshToken({ ...shown, turnHash: left ?? "" })).toBeNull();
  });

  test("a new password ends the user's other sessions and all tokens, and needs a user", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.prepareAccess({ user, key });
    for (const hash of ["mine", "other"]) await records.addCredential(credential({ hash, kind: "session" }));
    await records.addCredential(credential({ hash: "tokens", kind: "refresh-token" }));
    await records.addCredential(credential({ hash: "foreign", kind: "session", user_id: "u2" }));
    await records.addCredential(credential({ hash: "key" }));
    const change = { id: "u1", change: { password: "hashed" }, keep: "id of mine" };
    const after = { ...user, password: "hashed" };
    expect(await records.changeUser(change)).toEqual({ before: user, after, ended: ["id of other", "id of tokens"] });
    expect(await records.changeUser({ ...change, id: "u2" })).toBe("no-user");
    expect(await records.findUser({ username: "admin" })).toEqual(after);
    expect(await records.changeUser({ ...change, keep: null })).toMatchObject({ ended: ["id of mine"] });
    expect(await records.useCredential({ hash: "key", kind: "api-key", nowMs: 1 })).not.toBeNull();
    expect(await records.useCredential({ hash: "foreign", kind: "session", nowMs: 1 })).not.toBeNull();
  });

  test("a login for which a password was checked is none when the password or the user is gone", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.prepareAccess({ user: { ...user, password: "hashed" }, key });
    const row = credential({ hash: "login", kind: "session", created_ms: 7 });
    expect(await records.addLogin({ row, password: "before" })).toBe(false);
    expect(await records.addLogin({ row: { ...row, user_id: "u2" }, password: "hashed" })).toBe(false);
    expect(await records.useCredential({ hash: "login", kind: "session", nowMs: 8 })).toBeNull();
    expect(await records.addLogin({ row, password: "hashed" })).toBe(true);
    expect(await records.useCredential({ hash: "login", kind: "session", nowMs: 8 })).not.toBeNull();
    expect(await records.findUser({ id: "u1" })).toMatchObject({ last_login_ms: 7 });
  });

  test("users are listed by name, have names of their own, and go with what let them in", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.prepareAccess({ user, key });
    const nurse: UserRow = { ...user, id: "u2", username: "nurse", scopes: '["read"]', environments: '["ward"]' };
    const visitor: UserRow = { ...nurse, id: "u3", username: "a visitor", environments: null };
    expect([await records.addUser(nurse), await records.addUser(visitor)]).toEqual([true, true]);
    expect(await records.addUser({ ...nurse, id: "u4" })).toBe(false);
    expect(await records.listUsers({ skip: 0, limit: 2 })).toEqual({ rows: [visitor, user], total: 3 });
    expect(await records.listUsers({ skip: 2, limit: 2 })).toEqual({ rows: [nurse], total: 3 });
    for (const kind of ["session", "api-key", "refresh-token", "login-link"] as const) {
      await records.addCredential(credential({ kind, hash: kind, user_id: "u2" }));
    }
    const owned = { user_scopes: '["read"]', user_environments: '["ward"]' };
    expect(await records.useCredential({ hash: "api-key", kind: "api-key", nowMs: 1 })).toMatchObject(owned);
    expect(await records.removeUser({ id: "u2" })).toEqual(nurse);
    expect(await records.removeUser({ id: "u2" })).toBe("no-user");
    expect(await database.db.selectFrom("credentials").selectAll().execute()).toEqual([]);
  });

  test("the last admin of all environments stays what they are, until there is another", async () => {
    await using database = await open();
    const records = accessRecords(database.db);
    await records.prepareAccess({ user, key });
    const second: UserRow = { ...user, id: "u2", username: "second", environments: '["ward"]', created_ms: 2 };
    await records.addUser(second);
    await records.addCredential(credential({ kind: "session", hash: "session" }));
    const demoted = { id: "u1", change: { scopes: '["operate"]' }, keep: null };
    const limited = { id: "u1", change: { environments: '["ward"]', password: "hashed" }, keep: null };
    for (const change of [demoted, limited]) expect(await records.changeUser(change)).toBe("last-admin");
    expect(await records.removeUser({ id: "u1" })).toBe("last-admin");
    expect(await records.findUser({ id: "u1" })).toEqual(user);
    expect(await records.useCredential({ hash: "session", kind: "session", nowMs: 1 })).not.toBeNull();
    await records.changeUser({ id: "u2", change: { environments: null }, keep: null });
    expect(await records.changeUser(demoted)).toMatchObject({ after: { scopes: '["operate"]' }, ended: [] });
    expect(await records.firstAdmin()).toEqual({ ...second, environments: null });
    expect(await records.removeUser({ id: "u2" })).toBe("last-admin");
  });
});

test("another process can add a login link while the store is open, and nobody else can read the file", async () => {
  using folder = temporaryFolder();
  await using store = await Store.open({ folder: folder.path });
  await store.access.prepareAccess({ user, key });
  {
    await using beside = await openBeside(folder.path);
    if (!beside) throw new Error("there is no database");
    expect(await firstAdmin(beside.db)).toEqual(user);
    await addCredential(beside.db, credential({ kind: "login-link", hash: "link" }));
  }
  expect(await store.access.exchangeLink({ hash: "link", nowMs: 2, session })).toMatchObject(session);
  for (const file of ["sensorium.db", "sensorium.db-wal"]) {
    expect(statSync(join(folder.path, file)).mode & 0o077).toBe(0);
  }
  expect(await openBeside(join(folder.path, "nowhere"))).toBeNull();
});
