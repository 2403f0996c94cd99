import { beforeEach, describe, expect, it } from "vitest";
import { connect } from "./client.ts";
import type { ClientError } from "./error.ts";
import { failure, gateway, page, type Scripted, ScriptedRest, success } from "./testing/scripted-rest.ts";
import { Reader, settled } from "./testing/scripted-server.ts";

let server: ScriptedRest;
beforeEach(() => {
  server = new ScriptedRest();
});

const connected = (options: object = { token: "sensorium_key_1" }) =>
  connect("ws://sensor:8000", { ...server, openSocket: server.openSocket, fetch: server.fetch, ...options });
const asked = (): string[] => server.received.map(({ what }) => what);
const outcome = <T>(promise: Promise<T>): Promise<T | ClientError> => promise.catch((thrown: ClientError) => thrown);

const DAY = { start_time: "2025-01-07T00:00:00Z", end_time: "2025-01-08T00:00:00Z" };
const cut = (): Error => new TypeError("fetch failed");

describe("a request", () => {
  it("says what is asked in its address, and shows the credential in its head", async () => {
    server.answers = [success({ persons: [] })];
    const query = { environment_id: "ward 2", min_confidence: 0.5, include_keypoints: false };
    expect(await connected().api.get("/pose/latest", { query })).toEqual({ persons: [] });
    expect(server.received).toMatchObject([
      {
        what: "GET /pose/latest?environment_id=ward+2&min_confidence=0.5&include_keypoints=false",
        token: "sensorium_key_1",
        body: null,
      },
    ]);
  });

  it("leaves out what is not asked for, and shows nothing where there is nothing", async () => {
    server.answers = [success(null)];
    await connected({}).api.get("/config", { query: { environment_id: undefined } });
    expect(server.received).toMatchObject([{ what: "GET /config", token: null }]);
  });

  it("names things in its address whatever they are called, and sends a body", async () => {
    server.answers = [success({ version: "2" })];
    const params = { id: "front/door", spot: "100 %" };
    await connected().api.put("/cameras/{id}/lines/{spot}", { params, body: "0.2,0.6,0.8,0.6", version: "1" });
    expect(server.received).toMatchObject([
      { what: "PUT /cameras/front%2Fdoor/lines/100%20%25", body: "0.2,0.6,0.8,0.6" },
    ]);
    expect(server.received[0]?.headers.get("if-match")).toBe('"1"');
  });

  it.each(["", ".", ".."])('for something that is called "%s" is not sent', async (id) => {
    const deleted = connected().api.delete("/cameras/{id}", { params: { id } });
    await expect(deleted).rejects.toMatchObject({ code: "address-invalid", message: "This request needs a id" });
    expect(server.received).toEqual([]);
  });

  it("for a picture is answered with its bytes", async () => {
    server.answers = [new Response(new Uint8Array([255, 216]), { headers: { "content-type": "image/jpeg" } })];
    const picture = await connected().api.get("/cameras/{id}/picture.jpg", { params: { id: "door" } });
    expect([picture.type, picture.size]).toEqual(["image/jpeg", 2]);
  });

  it("that something else answers fails", async () => {
    server.answers = [new Response("<h1>Welcome to this hotel</h1>")];
    await expect(connected().api.get("/health")).rejects.toMatchObject({ code: "request-failed", retryable: false });
  });
});

describe("a list", () => {
  it("is read page by page, each when the loop gets there", async () => {
    const entries = ["a", "b", "c"].map((event_id) => ({ event_id }));
    server.answers = [
      page(entries.slice(0, 2), { page: 1, has_next: true }),
      page(entries.slice(2), { page: 2, has_next: false }),
    ];
    const read: [string, number][] = [];
    const { api } = connected();
    for await (const { event_id } of api.pages("/analytics/events", { query: { event_type: "fall", per_page: 2 } })) {
      read.push([event_id, server.received.length]);
    }
    expect(read).toEqual([
      ["a", 1],
      ["b", 1],
      ["c", 2],
    ]);
    expect(asked()).toEqual([1, 2].map((n) => `GET /analytics/events?per_page=2&event_type=fall&page=${n}`));
  });

  it("can be asked for one page, which says where it stands", async () => {
    const pagination = { page: 3, has_next: false };
    server.answers = [page([], pagination)];
    const answer = await connected().api.get("/pose/history", { query: { ...DAY, page: 3 } });
    expect(answer).toEqual({ items: [], pagination });
  });
});

describe("a refusal", () => {
  const details = { field: "end_time", reason: "must be later than start_time" };
  it.each<[number, string, object]>([
    [401, "AUTHENTICATION_ERROR", { code: "credentials-refused", retryable: false }],
    [403, "AUTHORIZATION_ERROR", { code: "not-allowed", retryable: false }],
    [404, "RESOURCE_NOT_FOUND", { code: "request-failed", retryable: false }],
    [422, "VALIDATION_ERROR", { code: "request-failed", retryable: false }],
    [500, "SYSTEM_ERROR", { code: "request-failed", retryable: true }],
    [501, "MODEL_ERROR", { code: "request-failed", retryable: false }],
    [503, "HARDWARE_ERROR", { code: "request-failed", retryable: true }],
  ])("with %d %s is told at once, in the server's words", async (status, code, expected) => {
    server.answers = [failure(status, code, { details })];
    await expect(connected().api.get("/pose/latest")).rejects.toMatchObject({
      ...{ name: "ClientError", message: "The server's sentence", ...expected },
      refusal: { status, code, details, retryAfter: null },
    });
    expect(server.received).toHaveLength(1);
  });
});

describe("what passes", () => {
  const busy = (): Response => failure(429, "RATE_LIMIT_EXCEEDED", { retryAfter: 2 });

  it.each<[string, () => Scripted, number]>([
    ["a lost connection", cut, 250],
    ["a gateway without its server", () => gateway(502), 250],
    ["a server that is being started again", () => gateway(503), 250],
    ["a limit that is soon over", busy, 2_250],
  ])("as %s does is waited for, and then it is asked again", async (_, first, waitMs) => {
    server.answers = [first(), success({ status: "healthy" })];
    const health = connected().api.get("/health");
    await settled();
    await server.pass(waitMs - 1);
    expect(server.received).toHaveLength(1);
    await server.pass(1);
    expect(await health).toEqual({ status: "healthy" });
    expect(server.received).toHaveLength(2);
  });

  it("is not waited for by what must not be done twice", async () => {
    const { api } = connected();
    server.answers = [cut(), busy(), gateway(502)];
    const params = { id: "door" };
    const all = [
      await outcome(api.post("/system/restart")),
      await outcome(api.post("/system/restart")),
      await outcome(api.put("/cameras/{id}", { params, body: { name: "Door" }, version: "1" })),
    ];
    expect(all).toMatchObject([
      { code: "unreachable", retryable: true },
      { code: "request-failed", retryable: true, refusal: { retryAfter: 2 } },
      { code: "request-failed", message: "The server answered with 502", refusal: { code: null } },
    ]);
    expect(server.received).toHaveLength(3);
  });

  it("is waited for by changes that come to the same when they are made twice", async () => {
    server.answers = [cut(), success({ version: "2" })];
    const deleted = connected().api.delete("/cameras/{id}", { params: { id: "door" } });
    await settled();
    await server.pass(250);
    expect(await deleted).toEqual({ version: "2" });
  });

  it("but not for long: a limit that ends in an hour is told", async () => {
    server.answers = [failure(429, "RATE_LIMIT_EXCEEDED", { retryAfter: 3_600 })];
    await expect(connected().api.get("/pose/latest")).rejects.toMatchObject({ refusal: { retryAfter: 3_600 } });
  });

  it("nor more than three times", async () => {
    server.answers = [cut(), cut(), cut(), cut()];
    const failed = outcome(connected().api.get("/health"));
    for (const waitMs of [0, 250, 500, 1_000]) {
      await settled();
      await server.pass(waitMs);
    }
    expect(await failed).toMatchObject({ code: "unreachable", cause: new TypeError("fetch failed") });
    expect(server.received).toHaveLength(4);
  });

  it("nor for a server that has not answered in a minute", async () => {
    const failed = outcome(connected().api.get("/health"));
    await settled();
    await server.pass(60_000);
    expect(await failed).toMatchObject({ code: "unreachable", retryable: true });
  });
});

describe("a credential that the server does not take any more", () => {
  const refused = (): Response => failure(401, "AUTHENTICATION_ERROR");

  it("is renewed once, for all requests and streams, and what was asked is asked again", async () => {
    let count = 0;
    const renewals = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    renewals[0]?.resolve("t1");
    const getToken = (): Promise<string> => renewals[count++]?.promise ?? Promise.reject(new Error("asked thrice"));
    const client = connected({ getToken });
    server.answers = [success(1), refused(), refused(), success(2), success(3)];
    await client.api.get("/cameras");
    const both = [client.api.get("/cameras"), client.api.post("/system/restart")];
    await settled();
    new Reader(client.poses());
    renewals[1]?.resolve("t2");
    expect(await Promise.all(both)).toEqual([2, 3]);
    expect(server.received.map(({ token }) => token)).toEqual(["t1", "t1", "t1", "t2", "t2"]);
    await server.accept();
    expect(server.newest.take("auth")).toMatchObject({ data: { token: "t2" } });
    expect(count).toBe(2);
  });

  it("is told when the next one is not taken either, or there is none", async () => {
    server.answers = [refused(), refused(), refused()];
    for (const options of [{ getToken: () => `t${Math.random()}` }, { token: "old" }]) {
      await expect(connected(options).api.get("/cameras")).rejects.toMatchObject({ code: "credentials-refused" });
    }
    expect(server.received).toHaveLength(3);
  });
});

describe("a request that is ended", () => {
  it.each<[string, () => Scripted]>([
    ["while it waits for an answer", () => undefined],
    ["while it waits to be sent again", cut],
  ])("%s throws what it was ended with", async (_, first) => {
    server.answers = [first()];
    const stop = new AbortController();
    const failed = outcome(connected().api.get("/health", { signal: stop.signal }));
    await settled();
    stop.abort(new Error("enough"));
    expect(await failed).toEqual(new Error("enough"));
    await server.pass(60_000);
    expect(server.received).toHaveLength(1);
  });

  it("while it waits for a token throws too", async () => {
    const stop = new AbortController();
    const failed = outcome(connected({ getToken: () => new Promise(() => undefined) }).api.get("/cameras", stop));
    stop.abort(new Error("enough"));
    expect(await failed).toEqual(new Error("enough"));
  });

  it("by closing the client throws an AbortError", async () => {
    const client = connected();
    const failed = outcome(client.api.get("/health"));
    client.close();
    expect(await failed).toMatchObject({ name: "AbortError" });
  });
});

it("what cannot be asked does not compile", () => {
  const never = ({ api }: ReturnType<typeof connected>): void => {
    // @ts-expect-error there is no such address
    void api.get("/poses/latest");
    // @ts-expect-error it is not asked by this method
    void api.post("/pose/latest");
    // @ts-expect-error a name is missing in the address
    void api.get("/pose/tracking/{track_id}");
    // @ts-expect-error a time has to be given
    void api.get("/pose/history", { query: { end_time: DAY.end_time } });
    // @ts-expect-error there is no such severity
    void api.get("/analytics/events", { query: { severity: "terrible" } });
    // @ts-expect-error a body is needed
    void api.put("/config");
    // @ts-expect-error it is no list
    void api.pages("/pose/latest");
    // @ts-expect-error logging in is for login
    void api.post("/auth/token", { body: { username: "anna", password: "secret" } });
    void api.post("/system/start");
    void api
      .get("/pose/history", { query: DAY })
      .then(({ items }) => items[0]?.keypoints?.[0]?.visible satisfies boolean | undefined);
  };
  expect(never).toBeTypeOf("function");
});
