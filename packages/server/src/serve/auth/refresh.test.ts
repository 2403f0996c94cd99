import { live } from "@sensorium/protocol/wire";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { TestAuth } from "../testing/auth.fixture.ts";
import { type Asked, AuthServer } from "../testing/auth-server.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { manyLogins } from "../testing/limits.fixture.ts";
import { TestClient } from "../testing/test-client.ts";

const DAY_MS = 86_400_000;
const user = { username: "admin", password: "correct horse battery" };
const clock = new HandClock();
let access: TestAuth;
let server: AuthServer;

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

beforeAll(async () => {
  // A clock of its own: in the months of a test nothing beats.
  const still = new HandClock();
  server = await AuthServer.open(clock, { clock: still, rateLimits: manyLogins });
  access = server.access;
  await ask("PUT password", { body: { password: user.password }, headers: await page() });
});
afterAll(() => server[Symbol.asyncDispose]());

let pair: Pair;
beforeEach(async () => {
  pair = await logIn();
});

async function ask(what: string, asked: Asked = {}) {
  const [method, path] = what.split(" ");
  const answered = await server.ask(`${method} auth/${path}`, asked);
  return { ...answered, data: answered.data as Pair & { readonly key_id: string } };
}

const page = async () => ({ cookie: await access.cookie(server.port) });
const logIn = async (): Promise<Pair> => (await ask("POST token", { body: user })).data;
const refresh = ({ refresh_token }: Pair) => ask("POST refresh", { body: { refresh_token } });
const bearer = ({ access_token }: Pair) => ({ authorization: `Bearer ${access_token}` });
const statusOf = async (shown: Pair): Promise<number> => (await ask("GET me", { headers: bearer(shown) })).status;
const connect = (shown: Pair) =>
  TestClient.connect(`ws://127.0.0.1:${server.port}${live.PATH}`, { headers: bearer(shown) });

it("a refresh token gives another pair, and what was had before stays good until it runs out", async () => {
  const { status, data: next } = await refresh(pair);
  expect(status).toBe(200);
  expect(next).toEqual({
    access_token: expect.any(String),
    token_type: "bearer",
    expires_in: 86_400,
    refresh_token: expect.not.stringContaining(pair.refresh_token),
  });
  expect([await statusOf(pair), await statusOf(next)]).toEqual([200, 200]);
  clock.advance(DAY_MS);
  expect([await statusOf(pair), (await refresh(next)).status]).toEqual([401, 200]);
});

it("whoever did not get the answer to a refresh asks again within half a minute, and goes on", async () => {
  await using client = await connect(pair);
  await refresh(pair);
  clock.advance(29_999);
  const { status, data: next } = await refresh(pair);
  expect([status, await statusOf(pair), await statusOf(next)]).toEqual([200, 200, 200]);
  expect((await refresh(next)).status).toBe(200);
  expect(client.socket.readyState).toBe(client.socket.OPEN);
});

it("after half a minute a refresh token that comes again ends its login", async () => {
  const { data: next } = await refresh(pair);
  clock.advance(30_000);
  expect([(await refresh(pair)).status, await statusOf(next)]).toEqual([401, 401]);
});

it("a refresh token that comes again ends its login: every token and connection of it, and no others", async () => {
  const other = await logIn();
  await using mine = await connect(pair);
  await using theirs = await connect(other);
  const { data: next } = await refresh(pair);
  await using later = await connect(next);
  const { data: last } = await refresh(next);
  const again = await refresh(pair);
  expect(again).toMatchObject({ status: 401, error: { message: "This login is not valid" } });
  expect([(await mine.closed).code, (await later.closed).code]).toEqual([4001, 4001]);
  expect([await statusOf(pair), await statusOf(last), (await refresh(last)).status]).toEqual([401, 401, 401]);
  expect(await statusOf(other)).toBe(200);
  expect(theirs.socket.readyState).toBe(theirs.socket.OPEN);
});

it("a login goes on for as long as it is refreshed within thirty days", async () => {
  let current = pair;
  for (let month = 0; month < 3; month++) {
    clock.advance(30 * DAY_MS - 1);
    current = (await refresh(current)).data;
    expect(await statusOf(current)).toBe(200);
  }
  clock.advance(30 * DAY_MS);
  expect((await refresh(current)).status).toBe(401);
});

it("logging out with a token ends its login", async () => {
  await using client = await connect(pair);
  expect((await ask("POST logout", { headers: bearer(pair) })).status).toBe(200);
  expect((await client.closed).code).toBe(4001);
  expect([await statusOf(pair), (await refresh(pair)).status]).toEqual([401, 401]);
});

it("a new password ends all tokens, also those by which it was set", async () => {
  const other = await logIn();
  const change = { body: { password: user.password }, headers: bearer(pair) };
  expect((await ask("PUT password", change)).status).toBe(200);
  expect([await statusOf(pair), await statusOf(other), (await refresh(other)).status]).toEqual([401, 401, 401]);
});

it("nothing else is a refresh token, and the answer does not say why", async () => {
  for (const made of ["garbage", "sensorium_refresh_a.b", `sensorium_refresh_${"A".repeat(43)}.${"A".repeat(43)}`]) {
    const { status, error } = await refresh({ ...pair, refresh_token: made });
    expect([status, error.message]).toEqual([401, "This login is not valid"]);
  }
});

it("whoever knows only half of a refresh token cannot end its login", async () => {
  const [, turn = ""] = pair.refresh_token.split(".");
  const made = `sensorium_refresh_${"A".repeat(43)}.${turn}`;
  expect((await ask("POST refresh", { body: { refresh_token: made } })).status).toBe(401);
  expect((await refresh(pair)).status).toBe(200);
});

it("a new signing key signs from now on; the one before verifies for a day, and is then good for nothing", async () => {
  const headers = await page();
  const rotated = await ask("POST signing-keys/rotate", { headers });
  expect(rotated).toMatchObject({ status: 200, data: { key_id: expect.any(String), others_good_for: 86_400 } });
  const next = await logIn();
  const [header = ""] = next.access_token.split(".");
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({
    alg: "HS256",
    kid: rotated.data.key_id,
    typ: "JWT",
  });
  expect([await statusOf(pair), await statusOf(next)]).toEqual([200, 200]);
  clock.advance(DAY_MS);
  const stolen = { access_token: await access.token(), refresh_token: "" };
  expect([await statusOf(stolen), (await refresh(pair)).status]).toEqual([401, 200]);
});
