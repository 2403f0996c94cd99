import { readFileSync } from "node:fs";
import { type Answer, type DigestGuardOptions, digestGuard, WebServer } from "@sensorium/testkit";
import { makeClip } from "@sensorium/testkit/clip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Source } from "../../packages/server/src/sources/source.ts";
import { Bench, failureOf, take, watchSource } from "./captures.ts";
import { beginStream, jpeg, part, sendJpeg } from "./jpegs.ts";

const SIZE = { width: 320, height: 180 };
const INTERVAL_MS = 20;
const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

let picture: Buffer;
beforeAll(async () => {
  picture = await jpeg(SIZE.width, SIZE.height);
});

const http = (url: string): Source => ({ kind: "http", url, intervalMs: INTERVAL_MS });
const snapshot = (url: string): Source => ({ kind: "http-snapshot", url, intervalMs: INTERVAL_MS });
const mjpeg = (url: string): Source => ({ kind: "http-mjpeg", url });
const open = (source: Source) =>
  watchSource(bench.pool, source, { pace: "realtime", slots: 4, timeoutMs: 5_000 }).capture;

/** A stream of these parts, whole and at once, that stays open. */
const streamOf =
  (...parts: readonly Uint8Array[]): Answer =>
  (_, response) => {
    beginStream(response);
    response.write(Buffer.concat(parts));
  };

describe("a camera that gives a JPEG per request", () => {
  it("gives one after the other, in its colours, at times that grow", async () => {
    await using camera = await WebServer.listen((_, response) => sendJpeg(response, picture));
    await using capture = open(snapshot(camera.url("/snap")));
    expect(await capture.opened).toMatchObject({ codec: "mjpeg", container: "snapshots", durationSeconds: null });
    const frames = await take(capture, 5);
    expect(frames.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    const [first] = frames;
    expect(first).toMatchObject({ at: 0, size: SIZE, picture: { width: 416, height: 234 } });
    for (const [index, value] of [200, 30, 60].entries())
      expect(Math.abs((first?.colour?.[index] ?? 0) - value)).toBeLessThan(8);
    expect(frames.map(({ at }) => at)).toEqual(frames.map(({ at }) => at).sort((one, other) => one - other));
    expect(camera.busiest).toBe(1);
  });

  it("may change the size of its pictures at any time", async () => {
    const sizes = [SIZE, { width: 64, height: 48 }, { width: 1001, height: 333 }];
    const pictures = await Promise.all(sizes.map(({ width, height }) => jpeg(width, height)));
    await using camera = await WebServer.listen((_, response, number) =>
      sendJpeg(response, pictures[(number - 1) % 3] ?? picture),
    );
    await using capture = open(http(camera.url("/")));
    expect((await take(capture, 6)).map(({ size }) => size)).toEqual([...sizes, ...sizes]);
  });

  it("is told who asks, and what wants it", async () => {
    const asked = Promise.withResolvers<NodeJS.Dict<string | string[]>>();
    await using camera = await WebServer.listen(({ headers, url }, response) => {
      asked.resolve({ ...headers, url });
      sendJpeg(response, picture);
    });
    await using capture = open(http(camera.url("/snap?channel=1", "admin:s3cret")));
    await capture.opened;
    const { authorization, url, "user-agent": agent } = await asked.promise;
    expect({ authorization, url, agent }).toEqual({
      authorization: undefined,
      url: "/snap?channel=1",
      agent: "Sensorium",
    });
  });
});

describe("a camera whose picture does not change", () => {
  it("is frozen, until it does", async () => {
    const other = await jpeg(SIZE.width, SIZE.height, [201, 30, 60]);
    let shown = picture;
    await using camera = await WebServer.listen((_, response) => sendJpeg(response, shown));
    const options = { pace: "realtime", frozenAfterMs: 300 } as const;
    const { capture, frozen, thawed } = watchSource(bench.pool, snapshot(camera.url("/")), options);
    const reading = take(capture);
    expect(await frozen).toBeGreaterThanOrEqual(300);
    shown = other;
    await thawed;
    await capture[Symbol.asyncDispose]();
    await reading;
  });
});

describe("a camera that streams JPEGs", () => {
  it("gives every picture that there is time for, whatever comes between them", async () => {
    const small = await jpeg(64, 48);
    let next = 0;
    const parts = [
      part(picture),
      part(Buffer.from("12:00"), "text/plain"),
      part(small),
      part(picture.subarray(0, 500)),
    ];
    await using camera = await WebServer.listen((_, response) => {
      beginStream(response);
      // A part at a time, each once the one before has gone out.
      const more = (): void => void response.write(parts[next++ % parts.length] ?? "", () => setTimeout(more, 5));
      more();
    });
    await using capture = open(http(camera.url("/")));
    expect(await capture.opened).toMatchObject({ codec: "mjpeg", container: "multipart", size: null });
    const sizes = new Set((await take(capture, 12)).map(({ size }) => size.width));
    expect(sizes).toEqual(new Set([SIZE.width, 64]));
  });

  it("gives the newest of those that came in at once, and the others are counted", async () => {
    const newest = await jpeg(64, 48);
    await using camera = await WebServer.listen(streamOf(part(picture), part(picture), part(picture), part(newest)));
    const capture = open(mjpeg(camera.url("/")));
    const frames = await take(capture, 2);
    await capture[Symbol.asyncDispose]();
    expect(frames.map(({ size }) => size.width)).toEqual([SIZE.width, 64]);
    expect(capture.totals.dropped).toBe(2);
  });

  it("that ends its stream may be tried again", async () => {
    await using camera = await WebServer.listen((_, response) => {
      beginStream(response);
      response.end(Buffer.concat([part(picture), Buffer.from("--next--\r\n")]));
    });
    await using capture = open(http(camera.url("/")));
    await expect(take(capture)).rejects.toMatchObject({
      code: "source-ended",
      message: `${camera.url("/")} ended the stream`,
      retryable: true,
    });
    expect(capture.totals.captured).toBe(1);
  });
});

describe("an address of the web that holds a video", () => {
  const serve = (files: Readonly<Record<string, readonly [string, Buffer]>>): Answer => {
    return ({ url = "" }, response) => {
      const [type, content] = files[url] ?? ["text/html", Buffer.from("no")];
      response
        .writeHead(files[url] ? 200 : 404, { "Content-Type": type, "Content-Length": content.length })
        .end(content);
    };
  };

  it("is played in its own time, to its end", async () => {
    const path = await makeClip({ path: bench.path("clip.mp4"), seconds: 1, fps: 20, size: SIZE });
    await using web = await WebServer.listen(serve({ "/clip": ["video/mp4", readFileSync(path)] }));
    await using capture = open(http(web.url("/clip")));
    expect(await capture.opened).toMatchObject({ codec: "h264", durationSeconds: 1 });
    expect((await take(capture)).length).toBeGreaterThan(5);
    expect(await capture.ended).toEqual({ kind: "finished" });
    expect(capture.totals.captured).toBe(20);
  });

  it.each(["application/vnd.apple.mpegurl", "text/plain"])("may be an HLS playlist (%s)", async (type) => {
    const clip = { container: "ts" as const, seconds: 1, fps: 20, size: SIZE };
    const segment = readFileSync(await makeClip({ ...clip, path: bench.path("segment.ts") }));
    const playlist = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1.0,", "segment.ts", "#EXT-X-ENDLIST", ""];
    const files = {
      "/live.m3u8": [type, Buffer.from(playlist.join("\n"))],
      "/segment.ts": ["video/mp2t", segment],
    } as const;
    await using web = await WebServer.listen(serve(files));
    await using capture = open(http(web.url("/live.m3u8")));
    expect(await capture.opened).toMatchObject({ codec: "h264", container: "hls" });
    expect((await take(capture, 3)).map(({ size }) => size)).toEqual([SIZE, SIZE, SIZE]);
  });
});

describe("a camera that wants to know who asks", () => {
  const admin = { user: "admin", password: "p ä:ss/w?rd" };
  const right = `${admin.user}:${encodeURIComponent(admin.password)}`;
  const give: Answer = (_, response) => sendJpeg(response, picture);
  const basic: Answer = ({ headers }, response, number) => {
    const expected = `Basic ${Buffer.from(`${admin.user}:${admin.password}`).toString("base64")}`;
    if (headers.authorization === expected) give({ headers } as never, response, number);
    else response.writeHead(401, { "WWW-Authenticate": 'Basic realm="camera"' }).end();
  };
  const digest = (options: Partial<DigestGuardOptions>) =>
    digestGuard({ ...admin, algorithm: "SHA-256", ...options }, give);

  const guards: readonly (readonly [string, () => Answer])[] = [
    ["by Basic", () => basic],
    ["by Digest with MD5", () => digest({ algorithm: "MD5" })],
    ["by Digest with SHA-256", () => digest({})],
    ["by Digest with a nonce for each picture", () => digest({ uses: 1 })],
    ["by Digest with a nonce for each picture, without a word about it", () => digest({ uses: 1, saysStale: false })],
    ["by Digest with another realm each time", () => digest({ uses: 2, changingRealm: true })],
  ];

  it.each(guards)("%s gives its pictures to who knows the password", async (_, guard) => {
    await using camera = await WebServer.listen(guard());
    await using capture = open(http(camera.url("/snap.jpg?a=1", right)));
    expect(await take(capture, 5)).toHaveLength(5);
  });

  it("gives its stream to who knows the password", async () => {
    const stream = digestGuard({ ...admin, algorithm: "SHA-256" }, streamOf(part(picture), part(picture)));
    await using camera = await WebServer.listen(stream);
    await using capture = open(mjpeg(camera.url("/stream?fps=5", right)));
    expect(await take(capture, 1)).toHaveLength(1);
  });

  it.each(guards)("%s gives none to who does not", async (_, guard) => {
    await using camera = await WebServer.listen(guard());
    for (const [credentials, reason] of [
      ["admin:wr0ng", "refused the user name or password"],
      [undefined, "wants a user name and a password"],
    ] as const) {
      await using capture = open(snapshot(camera.url("/snap.jpg", credentials)));
      expect(await failureOf(capture)).toMatchObject({
        code: "source-refused",
        message: `${camera.url("/snap.jpg")} ${reason}`,
        retryable: true,
      });
    }
  });
});

describe("a camera that sends us elsewhere", () => {
  const redirect =
    (to: string): Answer =>
    (_, response) =>
      void response.writeHead(302, { Location: to }).end();

  it("on itself is followed, and told who asks", async () => {
    const guard = digestGuard({ user: "admin", password: "s3cret", algorithm: "MD5" }, (_, response) =>
      sendJpeg(response, picture),
    );
    await using camera = await WebServer.listen((request, response, number) =>
      request.url === "/old" ? redirect("/new")(request, response, number) : guard(request, response, number),
    );
    await using capture = open(http(camera.url("/old", "admin:s3cret")));
    expect(await take(capture, 3)).toHaveLength(3);
  });

  it("to another server is followed, which is not told the password", async () => {
    const told: (string | undefined)[] = [];
    await using other = await WebServer.listen(({ headers }, response) => {
      told.push(headers.authorization);
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="phishing"' }).end();
    });
    const to = `http://admin:s3cret@127.0.0.1:${other.port}/login?token=x`;
    await using camera = await WebServer.listen(redirect(to));
    await using capture = open(http(camera.url("/", "admin:s3cret")));
    expect(await failureOf(capture)).toMatchObject({
      code: "source-refused",
      message: `${camera.url("/")} redirects to ${other.url("/login")}, which is not told the user name and password`,
    });
    expect(told).toEqual([undefined]);
  });

  it.each([
    ["in circles", "/", "redirects more than 3 times"],
    ["to a file", "file:///etc/passwd", "redirects to nowhere"],
  ])("%s is not followed", async (_, to, reason) => {
    await using camera = await WebServer.listen(redirect(to));
    await using capture = open(http(camera.url("/")));
    expect((await failureOf(capture)).message).toBe(`${camera.url("/")} ${reason}`);
  });
});
