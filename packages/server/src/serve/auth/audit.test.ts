import { readFileSync } from "node:fs";
import { audit, type auth } from "@sensorium/protocol/wire";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ConfigControl } from "../http/configuration.ts";
import { keepingLog, type TestAuth } from "../testing/auth.fixture.ts";
import { AuthServer } from "../testing/auth-server.fixture.ts";
import { HandClock } from "../testing/hand-clock.ts";
import { AuditTrail } from "./audit.ts";

const password = "correct horse battery";
const clock = new HandClock();
let access: TestAuth;
let server: AuthServer;
let headers: Record<string, string>;

beforeAll(async () => {
  const control: ConfigControl = {
    read: () => Promise.reject(new Error("nobody reads here")),
    change: async () => ({ version: "2", restartNeeded: [] }),
  };
  server = await AuthServer.open(clock, { control });
  access = server.access;
  headers = { cookie: await access.cookie(server.port) };
  await ask("PUT auth/password", { password });
});
afterAll(() => server[Symbol.asyncDispose]());
// Every entry of a test is newer than all before.
beforeEach(() => clock.advance(1_000));

const ask = (what: string, body?: object, as = headers) => server.ask(what, { body, headers: as });

async function entries(query = ""): Promise<audit.AuditEntry[]> {
  return audit.AuditEntry.array().parse((await ask(`GET audit?${query}`)).data);
}

/** What was written down since the test began. */
const written = (): Promise<audit.AuditEntry[]> =>
  entries(`start_time=${encodeURIComponent(new Date(clock.now()).toISOString())}`);

const line = { from: [0, 0], to: [1, 1] };
const zone = {
  polygon: [
    [0, 0],
    [1, 0],
    [1, 1],
  ],
};

describe("what somebody does", () => {
  it.each<[string, object | undefined, object]>([
    ["PUT cameras/door", { source: "rtsp://192.0.2.1/s" }, { action: "camera-put", target: "door" }],
    ["DELETE cameras/door", undefined, { action: "camera-removed", target: "door" }],
    ["PUT cameras/door/lines/way", line, { action: "line-put", target: "door/way", environment_id: "default" }],
    ["DELETE cameras/door/lines/way", undefined, { action: "line-removed", target: "door/way" }],
    ["PUT cameras/door/zones/till", zone, { action: "zone-put", target: "door/till", environment_id: "default" }],
    ["DELETE cameras/door/zones/till", undefined, { action: "zone-removed", target: "door/till" }],
    ["PUT retention", { events: "30 days" }, { action: "retention-put", target: null, environment_id: null }],
    ["PUT auth/password", { password }, { action: "password-set" }],
    ["POST auth/signing-keys/rotate", undefined, { action: "signing-key-rotated", target: expect.any(String) }],
    ["POST auth/keys", { name: "till", scopes: ["read"] }, { action: "key-created", target: expect.any(String) }],
  ])("by %s is written down with who it was and from where", async (request, body, entry) => {
    expect((await ask(request, body)).status).toBeLessThan(300);
    const who = { user_name: "admin", by: "session", user_id: expect.any(String), credential_id: expect.any(String) };
    const when = new Date(clock.now()).toISOString();
    const expected = { ...entry, ...who, outcome: "done", timestamp: when, peer: "127.0.0.1" };
    expect(await written()).toMatchObject([expected]);
  });

  it("about keys is written down as what became of it", async () => {
    const { id } = await access.key(["read"]);
    await ask(`DELETE auth/keys/${id}`);
    await ask(`DELETE auth/keys/${id}`);
    const outcomes = (await written()).map(({ action, outcome, target }) => [action, outcome, target]);
    expect(outcomes.toSorted()).toEqual([
      ["key-revoked", "done", id],
      ["key-revoked", "refused", id],
    ]);
  });

  it("and may not is written down too, but nothing of somebody who is not known", async () => {
    const { key, id } = await access.key(["operate"]);
    expect((await ask("PUT retention", {}, { "x-api-key": key })).status).toBe(403);
    expect((await ask("PUT retention", { crossings: "soon" })).status).toBe(422);
    expect((await ask("PUT retention", {}, {})).status).toBe(401);
    const found = await written();
    expect(found.map(({ outcome }) => outcome)).toEqual(["refused", "refused"]);
    const byKey = { action: "retention-put", user_name: "key", by: "api-key", credential_id: id };
    expect(found).toContainEqual(expect.objectContaining(byKey));
  });

  it("to log in is written down: success, failure, refreshing, using a token again, leaving", async () => {
    const login = { username: "admin", password };
    const { refresh_token, access_token } = (await ask("POST auth/token", login)).data;
    const refresh = async (body: object): Promise<auth.TokenResult> => (await ask("POST auth/refresh", body)).data;
    await refresh(await refresh({ refresh_token }));
    await refresh({ refresh_token });
    await ask("POST auth/login", { username: "admin", password: "mistyped" });
    await ask("POST auth/login", { username: password, password: "admin" });
    await ask("POST auth/login-link/exchange", { token: "made up" });
    await refresh({ refresh_token: "made up" });
    await ask("POST auth/token", login);
    await ask("POST auth/logout", undefined, { authorization: `Bearer ${access_token}` });
    const { data } = await ask("POST auth/token", login);
    await ask("POST auth/logout", undefined, {
      authorization: `Bearer ${(data as { access_token: string }).access_token}`,
    });
    const found = (await written()).map(({ action, outcome, user_name, by }) =>
      [action, outcome, user_name, by].join(),
    );
    expect(found.toSorted()).toEqual([
      "login,done,admin,token",
      "login,done,admin,token",
      "login,done,admin,token",
      "login-failed,refused,,",
      "login-failed,refused,,",
      "login-failed,refused,admin,",
      "logout,done,admin,token",
      "refresh-reused,refused,admin,token",
      "token-refreshed,done,admin,token",
      "token-refreshed,done,admin,token",
    ]);
  });

  it("is known of every route that may change something", () => {
    const changing = server.http.routes.filter(({ method }) => !["GET", "HEAD"].includes(method));
    expect(changing.length).toBeGreaterThan(12);
    for (const { audit: action } of changing) expect(action).toBeDefined();
  });

  it("is done even when it cannot be written down, and the log says so", async () => {
    const log = keepingLog();
    const broken = { addAudit: () => Promise.reject(new Error("the disk is full")), findAudit: () => Promise.reject() };
    await new AuditTrail(broken, { clock, log }).record({ action: "camera-put", status: 200, peer: "127.0.0.1" });
    expect(log.lines.join()).toContain("the disk is full");
  });
});

describe("the list of who did what", () => {
  it("has no action that the documentation does not name", () => {
    const page = readFileSync(new URL("../../../../../docs/access.md", import.meta.url), "utf8");
    for (const action of audit.AuditAction.options) expect(page).toContain(`\`${action}\``);
  });

  it("comes in pages, newest first", async () => {
    const first = await ask("GET audit?per_page=2");
    const { total } = first.pagination;
    expect(first).toMatchObject({ status: 200, data: { length: 2 } });
    expect(first.pagination).toMatchObject({ page: 1, per_page: 2, has_next: true, has_prev: false });
    const pages = Math.ceil(total / 2);
    const last = await ask(`GET audit?per_page=2&page=${pages}`);
    expect(last.pagination).toMatchObject({ total_pages: pages, has_next: false, has_prev: true });
    const times = (await entries("per_page=1000")).map(({ timestamp }) => timestamp);
    expect(times).toHaveLength(total);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it("can be asked for a time, an action and a user", async () => {
    const all = await entries("per_page=1000");
    const [one] = all.filter(({ action }) => action === "line-put");
    const instant = encodeURIComponent(one?.timestamp ?? "");
    expect(await entries(`action=line-put&user=admin&start_time=${instant}`)).toEqual([one]);
    expect(await entries(`action=line-put&end_time=${instant}`)).toEqual([]);
    expect(await entries(`user=${one?.user_id}&per_page=1000`)).toEqual(
      all.filter(({ user_id }) => user_id === one?.user_id),
    );
    expect(await entries("user=nobody")).toEqual([]);
  });

  it.each(["page=0", "per_page=1001", "action=everything", "start_time=yesterday"])("refuses %s", async (query) => {
    expect((await ask(`GET audit?${query}`)).status).toBe(422);
  });

  it("is for those only who may decide everywhere", async () => {
    for (const [scope, environments] of [
      ["operate", null],
      ["admin", ["default"]],
    ] as const) {
      const { key } = await access.key([scope], { environments: environments && [...environments] });
      expect((await ask("GET audit", undefined, { "x-api-key": key })).status).toBe(403);
    }
  });

  it("holds no secret", async () => {
    const text = JSON.stringify(await entries("per_page=1000"));
    const shown = server.answers.flatMap((answer) => answer.match(/(sensorium_\w+|eyJ)[\w.-]{40,}/g) ?? []);
    expect(shown.length).toBeGreaterThan(6);
    for (const secret of [...shown, password, "mistyped", "made up"]) expect(text).not.toContain(secret);
  });
});
