import { type auth, live } from "@sensorium/protocol/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keepingLog, type TestAuth } from "../testing/auth.fixture.ts";
import { AuthServer } from "../testing/auth-server.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { manyLogins } from "../testing/limits.fixture.ts";
import { directoryOf, ScriptedCamera } from "../testing/scripted-camera.ts";
import { TestClient } from "../testing/test-client.ts";

const password = "correct horse battery";
const other = "another long password";
const clock = new HandClock();
const log = keepingLog();
let access: TestAuth;
let server: AuthServer;
/** The admin's page. */
let admin: Record<string, string>;

beforeAll(async () => {
  const cameras = directoryOf(new ScriptedCamera("door"), new ScriptedCamera("ramp", "warehouse"));
  server = await AuthServer.open(clock, { cameras, log, rateLimits: manyLogins });
  access = server.access;
  admin = { cookie: await access.cookie(server.port) };
  // Whoever comes now came after the admin.
  clock.advance(1_000);
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (what: string, body?: object, as = admin) => server.ask(what, { body, headers: as });

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const readers = { scopes: ["read"], environments: ["warehouse"] } as const;
const makeReader = (): Promise<string> => access.user(readers);
const change = async (id: string, body: object): Promise<number> => (await ask(`PUT auth/users/${id}`, body)).status;
const camerasFor = async (as: Record<string, string>): Promise<readonly string[] | number> => {
  const { status, data } = await ask("GET cameras", undefined, as);
  return status === 200 ? (data as { cameras: { id: string }[] }).cameras.map(({ id }) => id) : status;
};
const connect = (as: Record<string, string>) =>
  TestClient.connect(`ws://127.0.0.1:${server.port}${live.PATH}`, { headers: as });

/** A page on which a user is logged in. */
async function pageOf(userId: string): Promise<Record<string, string>> {
  return { cookie: await access.cookie(server.port, userId) };
}

async function tokensOf(username: string, given: string) {
  const { data } = await ask("POST auth/token", { username, password: given });
  return data as auth.TokenResult;
}

const allows = async (as: Record<string, string>) => {
  const { scopes, environments } = (await ask("GET auth/me", undefined, as)).data as auth.Me;
  return { scopes, environments };
};

describe("a user whom an admin makes", () => {
  it("logs in with the password, sees what is in their environments, and is listed by name", async () => {
    const nurse = { username: " night nurse ", scopes: ["read"], environments: ["warehouse"] };
    const { status, data } = await ask("POST auth/users", { ...nurse, password });
    const created = data as auth.User;
    const now = new Date(clock.now()).toISOString();
    const expected = { ...nurse, username: "night nurse", id: expect.any(String), created_at: now };
    expect([status, created]).toEqual([201, { ...expected, last_login_at: null }]);
    const { access_token } = await tokensOf("night nurse", password);
    expect(await camerasFor(bearer(access_token))).toEqual(["ramp"]);
    const { data: users, pagination } = await ask("GET auth/users?per_page=1&page=2");
    expect(users).toEqual([{ ...created, last_login_at: now }]);
    expect(pagination).toMatchObject({ total: 2, has_prev: true, has_next: false });
  });

  it.each<[object, number, string]>([
    [{ username: "admin" }, 409, "There is a user of this name already"],
    [{ password: "short" }, 422, "at least 12 characters"],
    [{ username: "   " }, 422, "username"],
    [{ scopes: [] }, 422, "scopes"],
    [{ scopes: ["root"] }, 422, "scopes"],
    [{ environments: undefined }, 422, "environments"],
  ])("with %o is refused with %i", async (wrong, status, message) => {
    const body = { username: "somebody", password, ...readers, ...wrong };
    expect(await ask("POST auth/users", body)).toMatchObject({
      status,
      error: { message: expect.stringContaining(message) },
    });
  });

  it("is made by nobody who is limited, and by no API key", async () => {
    const body = { username: "somebody", password, ...readers };
    for (const rights of [readers, { scopes: ["admin"], environments: ["default"] }] as const) {
      const page = await pageOf(await access.user(rights));
      expect((await ask("POST auth/users", body, page)).status).toBe(403);
      expect((await ask("GET auth/users", undefined, page)).status).toBe(403);
    }
    const { key } = await access.key(["admin"]);
    expect(await ask("POST auth/users", body, { "x-api-key": key })).toMatchObject({
      status: 403,
      error: { message: "An API key cannot set a password: log in for that" },
    });
  });
});

describe("a change of what a user may do", () => {
  it("holds at once for their pages, tokens and keys, and is what their login is refreshed to", async () => {
    const { data } = await ask("POST auth/users", {
      username: "mover",
      password,
      scopes: ["admin"],
      environments: null,
    });
    const { id } = data as auth.User;
    const { key } = await access.key(["operate"], { userId: id });
    const { access_token, refresh_token } = await tokensOf("mover", password);
    const [page, token, program] = [await pageOf(id), bearer(access_token), { "x-api-key": key }];
    const rights = () => Promise.all([page, token, program].map(allows));
    const admins = { scopes: ["admin"], environments: null };
    expect(await rights()).toEqual([admins, admins, { scopes: ["operate"], environments: null }]);
    expect(await change(id, readers)).toBe(200);
    expect(await rights()).toEqual([readers, readers, readers]);
    expect(await Promise.all([page, token, program].map(camerasFor))).toEqual([["ramp"], ["ramp"], ["ramp"]]);
    expect((await ask("GET auth/keys", undefined, token)).status).toBe(403);
    const { data: next } = await ask("POST auth/refresh", { refresh_token });
    await change(id, { scopes: ["admin"], environments: ["default", "warehouse"] });
    const wider = { scopes: ["admin"], environments: ["default", "warehouse"] };
    expect(await allows(bearer((next as auth.TokenResult).access_token))).toEqual(readers);
    expect(await rights()).toEqual([wider, wider, { ...wider, scopes: ["operate"] }]);
  });

  it("ends their connections, and nobody else's", async () => {
    const [id, bystander] = [await makeReader(), await makeReader()];
    const { key } = await access.key(["read"], { userId: id });
    const token = await access.token({ claims: { sub: id } });
    const shown = [await pageOf(id), { "x-api-key": key }, bearer(token)];
    const clients = await Promise.all(shown.map(connect));
    await using untouched = await connect(await pageOf(bystander));
    expect(await change(id, { ...readers })).toBe(200);
    expect(clients.map(({ socket }) => socket.readyState)).toEqual(clients.map(({ socket }) => socket.OPEN));
    expect(await change(id, { environments: ["default"] })).toBe(200);
    for (const client of clients) {
      expect((await client.closed).code).toBe(4001);
      await client[Symbol.asyncDispose]();
    }
    expect(untouched.socket.readyState).toBe(untouched.socket.OPEN);
    await using back = await connect(shown[0] ?? {});
    expect(back.socket.readyState).toBe(back.socket.OPEN);
  });

  it("is refused for what is no user, and for what a user has not", async () => {
    expect(await change("nobody", { scopes: ["read"] })).toBe(404);
    expect(await change(await makeReader(), { username: "root" })).toBe(422);
  });
});

describe("a password", () => {
  it("that an admin sets ends the user's logins; their keys go on", async () => {
    const id = await makeReader();
    const page = await pageOf(id);
    const { key } = await access.key(["read"], { userId: id });
    await using client = await connect(page);
    expect(
      (await ask(`PUT auth/users/${id}`, { password }, { "x-api-key": (await access.key(["admin"])).key })).status,
    ).toBe(403);
    expect(await change(id, { password })).toBe(200);
    expect((await client.closed).code).toBe(4001);
    expect([await camerasFor(page), await camerasFor({ "x-api-key": key })]).toEqual([401, ["ramp"]]);
    expect(await change(access.userId, { password })).toBe(200);
    expect((await ask("GET auth/me")).status).toBe(200);
  });

  it("of a user's own needs the old one, which cannot be guessed for long", async () => {
    const username = "changer";
    await ask("POST auth/users", { username, password, ...readers });
    const token = bearer((await tokensOf(username, password)).access_token);
    const set = (body: object) => ask("PUT auth/password", { password: other, ...body }, token);
    expect(await set({})).toMatchObject({ status: 422, error: { message: expect.stringContaining("old_password") } });
    const wrong = { status: 403, error: { message: "The old password is another one" } };
    expect(await set({ old_password: "a wrong password" })).toMatchObject(wrong);
    expect((await set({ old_password: password })).status).toBe(200);
    const again = bearer((await tokensOf(username, other)).access_token);
    const guess = () => ask("PUT auth/password", { password, old_password: "a guess" }, again);
    clock.advance(60_000);
    for (let i = 0; i < 9; i++) await ask("POST auth/login-link/exchange", { token: `made up ${i}` });
    expect([(await guess()).status, (await guess()).status]).toEqual([403, 429]);
    clock.advance(60_000);
  });

  it("can be set without an old one by a user who has none", async () => {
    expect((await ask("PUT auth/password", { password }, await pageOf(await makeReader()))).status).toBe(200);
  });
});

describe("removing a user", () => {
  it("ends every login, token, key and connection of theirs", async () => {
    const id = await makeReader();
    const { key } = await access.key(["read"], { userId: id });
    const shown = [await pageOf(id), { "x-api-key": key }, bearer(await access.token({ claims: { sub: id } }))];
    const clients = await Promise.all(shown.map(connect));
    expect((await ask(`DELETE auth/users/${id}`)).status).toBe(200);
    for (const client of clients) {
      expect((await client.closed).code).toBe(4001);
      await client[Symbol.asyncDispose]();
    }
    expect(await Promise.all(shown.map(camerasFor))).toEqual([401, 401, 401]);
    const { keys } = (await ask("GET auth/keys")).data as auth.ApiKeyList;
    expect(keys.some((one) => one.user_id === id)).toBe(false);
    expect((await ask(`DELETE auth/users/${id}`)).status).toBe(404);
  });

  it("is nothing they can do to themselves, or by a key of theirs", async () => {
    const { key } = await access.key(["admin"]);
    for (const as of [admin, { "x-api-key": key }]) {
      const refused = await ask(`DELETE auth/users/${access.userId}`, undefined, as);
      expect(refused).toMatchObject({
        status: 409,
        error: { message: "Nobody can remove themselves: another admin can" },
      });
    }
  });

  it("or demoting them is not possible while they are the last admin of all environments", async () => {
    const last = { status: 409, error: { message: expect.stringContaining("This is the last admin") } };
    for (const body of [{ scopes: ["operate"] }, { environments: ["default"] }]) {
      expect(await ask(`PUT auth/users/${access.userId}`, body)).toMatchObject(last);
    }
    const second = await access.user({ scopes: ["admin"], environments: null });
    const page = await pageOf(second);
    expect((await ask(`DELETE auth/users/${access.userId}`, undefined, page)).status).toBe(200);
    expect((await ask("GET auth/users")).status).toBe(401);
    expect(await ask(`PUT auth/users/${second}`, { scopes: ["read"] }, page)).toMatchObject(last);
    admin = { cookie: await access.cookie(server.port) };
    expect((await ask("GET auth/me")).data).toMatchObject({ username: `user ${second}`, scopes: ["admin"] });
  });
});

it("what is done to users is written down by their names, and no password is in an answer, the log or the record", async () => {
  const { data } = await ask("GET audit?per_page=1000");
  const entries = (data as { action: string; outcome: string; target: string | null }[])
    .filter(({ target }) => target === "night nurse" || target === "changer" || target === "mover")
    .map(({ action, outcome, target }) => [action, outcome, target].join());
  expect(entries.toSorted()).toEqual([
    "user-changed,done,mover",
    "user-changed,done,mover",
    "user-created,done,changer",
    "user-created,done,mover",
    "user-created,done,night nurse",
  ]);
  const text = [...server.answers, ...log.lines].join("\n");
  for (const secret of [password, other, "a wrong password", "scrypt$"]) expect(text).not.toContain(secret);
});
