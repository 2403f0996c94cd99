import { ApacheServer } from "@sensorium/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bench, failureOf, take, watchSource } from "./captures.ts";
import { jpeg } from "./jpegs.ts";

const SIZE = { width: 320, height: 180 };
const ADMIN = { user: "admin", password: "p ä:ss/w?rd" };
const RIGHT = `${ADMIN.user}:${encodeURIComponent(ADMIN.password)}`;

const bench = new Bench();
let apache: ApacheServer;
beforeAll(async () => {
  const files = { "snap.jpg": await jpeg(SIZE.width, SIZE.height) };
  apache = await ApacheServer.launch({ ...ADMIN, files, nonceLifetime: 1 });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await apache[Symbol.asyncDispose]();
});

const open = (url: string, intervalMs = 20) =>
  watchSource(bench.pool, { kind: "http", url, intervalMs }, { pace: "realtime", slots: 4 }).capture;

describe("snapshots from Apache", () => {
  it.each([
    ["to everybody", "/snap.jpg", undefined],
    ["by Basic to who knows the password", "/basic/snap.jpg", RIGHT],
    ["by Digest to who knows the password", "/digest/snap.jpg?channel=1&x=a%20b", RIGHT],
  ])("are given %s", async (_, path, credentials) => {
    await using capture = open(apache.url(path, credentials));
    for (const { size } of await take(capture, 5)) expect(size).toEqual(SIZE);
  });

  it("go on when a nonce has become too old", async () => {
    // Nonces are good for a second.
    await using capture = open(apache.url("/digest/snap.jpg", RIGHT), 400);
    expect(await take(capture, 6)).toHaveLength(6);
  });

  it.each([
    ["/basic/snap.jpg", "admin:wr0ng", "refused the user name or password"],
    ["/digest/snap.jpg", "admin:wr0ng", "refused the user name or password"],
    ["/digest/snap.jpg", "nobody:s3cret", "refused the user name or password"],
    ["/digest/snap.jpg", undefined, "wants a user name and a password"],
    ["/none.jpg", "admin:s3cret", "has no such picture (404)"],
  ])("are not given from %s to %s", async (path, credentials, reason) => {
    await using capture = open(apache.url(path, credentials));
    expect(await failureOf(capture)).toMatchObject({
      code: "source-refused",
      message: `${apache.url(path)} ${reason}`,
      retryable: true,
    });
  });
});
