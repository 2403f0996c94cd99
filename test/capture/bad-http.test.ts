import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import { type Behaviour, freePort, residentMemory, ScriptedServer, WebServer } from "@sensorium/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Source } from "../../packages/server/src/sources/source.ts";
import { Bench, failureOf, take, watchSource } from "./captures.ts";
import { beginStream, jpeg, part, sendJpeg } from "./jpegs.ts";

const SECRET = "admin:s3cret";
/** Long enough for any answer that comes at all. */
const SHORT_MS = 700;
const LATE = "0.7 s";

const bench = new Bench();
afterAll(() => bench[Symbol.asyncDispose]());

let picture: Buffer;
beforeAll(async () => {
  picture = await jpeg(320, 180);
});

const auto = (url: string): Source => ({ kind: "http", url, intervalMs: 1 });
const open = (source: Source) =>
  watchSource(bench.pool, source, { pace: "realtime", slots: 4, timeoutMs: SHORT_MS }).capture;

/** How a source fails, which its password is never part of. */
async function failure(source: Source) {
  await using capture = open(source);
  const [error] = await Promise.all([failureOf(capture), take(capture).catch(() => undefined)]);
  expect(error.message).not.toMatch(/admin|s3cret/);
  expect(error.retryable).toBe(true);
  return error;
}

/** A connection that answers its first request with this text, and then as `next` has it. */
const answering =
  (text: string, next: (socket: Socket) => void = () => undefined) =>
  (socket: Socket): void => {
    socket.once("data", () => {
      socket.write(text.replaceAll("\n", "\r\n"), "latin1");
      next(socket);
    });
  };

/** Sends the bytes again and again, each time once the time before has gone out and so long after it. */
const drip =
  (bytes: Uint8Array | string, everyMs: number) =>
  (socket: Writable): void => {
    const timer = setTimeout(() => socket.writable && socket.write(bytes, () => timer.refresh()), everyMs);
    socket.once("close", () => clearTimeout(timer));
  };

const JPEG_HEAD = "HTTP/1.1 200 OK\nContent-Type: image/jpeg\n";
const STREAM_HEAD = "HTTP/1.1 200 OK\nContent-Type: multipart/x-mixed-replace; boundary=next\n\n";
const megabyte = Buffer.alloc(1 << 20, 7);

describe("a camera on the web that misbehaves is named, with the reason, without its password", () => {
  const rows: readonly (readonly [string, Behaviour | ((socket: Socket) => void), string, string])[] = [
    ["takes the connection and says nothing", "silent", "source-timeout", `did not answer within ${LATE}`],
    ["resets the connection", "resets", "source-unreachable", "broke off"],
    ["answers with bytes that mean nothing", "garbage", "source-invalid", "does not answer as a web server does"],
    ["answers with a page", "html", "source-invalid", "is a web page, not a picture or a video"],
    [
      "stops in the middle of its headers",
      answering("HTTP/1.1 200 OK\nContent-Ty"),
      "source-timeout",
      `did not answer within ${LATE}`,
    ],
    [
      "sends its headers byte by byte",
      answering("HTTP/1.1 200 OK\nX: ", drip("x", 20)),
      "source-timeout",
      `did not answer within ${LATE}`,
    ],
    [
      "sends headers without an end",
      answering("HTTP/1.1 200 OK\n", drip("X-Camera: and so on\r\n".repeat(100), 0)),
      "source-invalid",
      "sends headers without an end",
    ],
    [
      "stops after its headers",
      answering(`${JPEG_HEAD}Content-Length: 5000\n\n`),
      "source-timeout",
      `sent no whole picture within ${LATE}`,
    ],
    [
      "sends a picture byte by byte",
      answering(`${JPEG_HEAD}Content-Length: 5000\n\n`, drip("x", 20)),
      "source-timeout",
      `sent no whole picture within ${LATE}`,
    ],
    [
      "sends less than it announced",
      answering(`${JPEG_HEAD}Content-Length: 5000\n\n1234`, (socket) => socket.end()),
      "source-unreachable",
      "broke off",
    ],
    [
      "announces 200 MB",
      answering(`${JPEG_HEAD}Content-Length: 200000000\n\n`, drip(megabyte, 0)),
      "source-invalid",
      "sends a picture of more than 32 MB, which is not read",
    ],
    [
      "sends 200 MB unannounced",
      answering(`${JPEG_HEAD}\n`, drip(megabyte, 0)),
      "source-invalid",
      "sends a picture of more than 32 MB, which is not read",
    ],
    [
      "streams a picture without an end",
      answering(`${STREAM_HEAD}--next\n\n\xff\xd8\xff\xda\x00\x02`, drip(megabyte, 0)),
      "source-invalid",
      "sends a picture of more than 32 MB, which is not read",
    ],
    [
      "streams headers without an end",
      answering(`${STREAM_HEAD}--next\n`, drip("X-Camera: and so on\r\n".repeat(100), 0)),
      "source-invalid",
      "sends headers without an end between its pictures",
    ],
    ["streams nothing", answering(STREAM_HEAD), "source-timeout", `sent no whole picture within ${LATE}`],
    [
      "streams anything but pictures",
      answering(STREAM_HEAD, drip("--next\r\nContent-Type: text/plain\r\n\r\n12:00\r\n", 1)),
      "source-timeout",
      `sent no whole picture within ${LATE}`,
    ],
    [
      "names no boundary",
      answering("HTTP/1.1 200 OK\nContent-Type: multipart/x-mixed-replace\n\n"),
      "source-invalid",
      "does not say where its pictures begin: it names no boundary",
    ],
    [
      "wants another protocol",
      answering("HTTP/1.1 101 Switching Protocols\nConnection: upgrade\nUpgrade: h2c\n\n"),
      "source-invalid",
      "does not answer as a camera does",
    ],
  ];

  it.each(rows)("one that %s", async (_, behaviour, code, reason) => {
    await using camera = await ScriptedServer.listen(behaviour);
    const address = `127.0.0.1:${camera.port}/door`;
    const error = await failure(auto(`http://${SECRET}@${address}`));
    expect(error).toMatchObject({ code, message: `http://${address} ${reason}` });
  });

  it("one that nobody listens for", async () => {
    const address = `127.0.0.1:${await freePort()}/door`;
    const error = await failure(auto(`http://${SECRET}@${address}`));
    expect(error).toMatchObject({ code: "source-unreachable", message: `http://${address} refused the connection` });
  });

  it("one whose host is not known", async () => {
    // Too long for a name: refused without asking the network.
    const host = `${"x".repeat(64)}.invalid`;
    const error = await failure(auto(`http://${SECRET}@${host}/`));
    expect(error).toMatchObject({
      code: "source-unreachable",
      message: `http://${host}/ cannot be reached: its host is not known`,
    });
  });

  it.each([
    ["silent", "source-timeout", `cannot be reached: no connection within ${LATE}`],
    ["html", "source-invalid", "does not speak TLS as it should"],
  ] as const)("one that is to speak TLS and is %s", async (behaviour, code, reason) => {
    await using camera = await ScriptedServer.listen(behaviour);
    const address = `https://127.0.0.1:${camera.port}/door`;
    expect(await failure(auto(address))).toMatchObject({ code, message: `${address} ${reason}` });
  });
});

describe("a camera on the web that gives no picture", () => {
  it.each([
    [403, "source-refused", "does not allow this (403)"],
    [404, "source-refused", "has no such picture (404)"],
    [410, "source-refused", "has no such picture (410)"],
    [429, "source-refused", "does not give a picture (429)"],
    [503, "source-unreachable", "is in trouble (503)"],
  ])("but the status %i", async (status, code, reason) => {
    await using camera = await WebServer.listen((_, response) => void response.writeHead(status).end("s3cret"));
    expect(await failure(auto(camera.url("/", SECRET)))).toMatchObject({
      code,
      message: `${camera.url("/")} ${reason}`,
    });
  });

  it.each([
    ["application/json", "gives application/json, not JPEG pictures or a video"],
    ["image/png", "gives image/png, not JPEG pictures or a video"],
    ["<b>admin</b>", "gives something unknown, not JPEG pictures or a video"],
    ["", "gives something unknown, not JPEG pictures or a video"],
  ])("but %j", async (type, reason) => {
    await using camera = await WebServer.listen(
      (_, response) => void response.setHeader("Content-Type", type).end("{}"),
    );
    expect((await failure(auto(camera.url("/")))).message).toBe(`${camera.url("/")} ${reason}`);
  });

  it.each([
    ["application/x-mpegurl", "hello"],
    ["application/x-mpegurl", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nnone.ts\n#EXT-X-ENDLIST\n"],
    ["application/dash+xml", "<MPD/>"],
    ["video/mp4", "hello"],
  ])("but %s that holds none: %j", async (type, content) => {
    await using camera = await WebServer.listen(({ url }, response) => {
      response
        .writeHead(url === "/" ? 200 : 404, { "Content-Type": type, "Content-Length": content.length })
        .end(content);
    });
    const message = `${camera.url("/")} does not answer as a camera does`;
    expect(await failure(auto(camera.url("/", SECRET)))).toMatchObject({ code: "source-invalid", message });
  });

  it("but a page, where a snapshot was expected", async () => {
    await using camera = await ScriptedServer.listen("html");
    const address = `http://127.0.0.1:${camera.port}/`;
    const error = await failure({ kind: "http-snapshot", url: address, intervalMs: 1 });
    expect(error.message).toBe(`${address} is a web page, not a picture or a video`);
  });
});

describe("pictures that cannot be used are counted, and end it when no other comes", () => {
  /** The size in the picture's own header, overwritten. */
  const resized = (width: number, height: number): Buffer => {
    const copy = Buffer.from(picture);
    const header = copy.indexOf(Buffer.from([0xff, 0xc0]));
    copy.writeUInt16BE(height, header + 5);
    copy.writeUInt16BE(width, header + 7);
    return copy;
  };
  const scrambled = (): Buffer => {
    const copy = Buffer.from(picture);
    const tables = copy.indexOf(Buffer.from([0xff, 0xc4]));
    return copy.fill(0xfe, tables + 4, tables + 21);
  };

  it.each([
    ["cut off", () => picture.subarray(0, -100), "are damaged"],
    ["empty", () => Buffer.alloc(0), "are damaged"],
    ["of no size", () => resized(0, 0), "are 0 × 0 pixels"],
    ["of no height", () => resized(320, 0), "are 320 × 0 pixels"],
    ["of four thousand million pixels", () => resized(65_500, 65_500), "are 65500 × 65500 pixels"],
    ["with tables that are none", scrambled, "cannot be decoded"],
  ])("those %s", async (_, bad, reason) => {
    await using snapshots = await WebServer.listen((_request, response) => sendJpeg(response, bad()));
    const error = await failure(auto(snapshots.url("/", SECRET)));
    expect(error).toMatchObject({
      code: "source-invalid",
      message: `${snapshots.url("/")} sends pictures that ${reason}`,
    });
  });

  it.each([
    ["snapshots", () => WebServer.listen((_, response, n) => sendJpeg(response, n % 2 ? picture : resized(0, 0)))],
    [
      "a stream",
      () =>
        WebServer.listen((_, response) => {
          beginStream(response);
          drip(Buffer.concat([part(picture.subarray(0, 400)), part(picture)]), 1)(response);
        }),
    ],
  ])("one now and then among %s does not end it", async (_, listen) => {
    await using camera = await listen();
    const capture = open(auto(camera.url("/")));
    expect((await take(capture, 30)).map(({ size }) => size.width)).toEqual(Array(30).fill(320));
    await capture[Symbol.asyncDispose]();
    expect(capture.totals.undecodable).toBeGreaterThanOrEqual(29);
  });
});

it("a camera that sends more than it announced gives what it announced", async () => {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ${picture.length}\r\n\r\n`;
  await using camera = await ScriptedServer.listen((socket) => {
    socket.once("data", () => socket.end(Buffer.concat([Buffer.from(head), picture, megabyte])));
  });
  const capture = open(auto(`http://127.0.0.1:${camera.port}/door`));
  expect((await take(capture, 3)).map(({ size }) => size.width)).toEqual([320, 320, 320]);
  await capture[Symbol.asyncDispose]();
  expect(capture.totals.undecodable).toBe(0);
});

it("a camera that fails 100 times in every way costs no memory and leaves nothing open", {
  timeout: 60_000,
}, async () => {
  await using broken = await WebServer.listen(({ url }, response) => {
    if (url === "/cut") sendJpeg(response, picture.subarray(0, -100));
    else if (url === "/large") response.writeHead(200, { "Content-Type": "image/jpeg" }).end(Buffer.alloc(40 << 20));
    else if (url === "/stream") {
      beginStream(response);
      response.write(Buffer.concat([part(picture), part(picture)]), () => response.destroy());
    } else if (url === "/digest") response.writeHead(401, { "WWW-Authenticate": 'Digest nonce="a"' }).end();
    else response.writeHead(503).end("no");
  });
  const own = new Bench();
  const memory: number[] = [];
  for (let round = 0; round < 20; round++) {
    for (const path of ["/cut", "/large", "/stream", "/digest", "/none"]) {
      await using capture = watchSource(own.pool, auto(broken.url(path, SECRET)), { pace: "realtime" }).capture;
      await take(capture).catch(() => undefined);
      expect((await failureOf(capture)).retryable).toBe(true);
    }
    memory.push(residentMemory());
  }
  expect(await broken.connections()).toBe(0);
  const early = Math.max(...memory.slice(6, 12));
  expect(Math.min(...memory.slice(-6)) / early).toBeLessThan(1.05);
  // A thread with a timer or a connection left would not end.
  await own[Symbol.asyncDispose]();
});
