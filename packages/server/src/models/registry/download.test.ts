import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebServer } from "@sensorium/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../flow/supervise.ts";
import { hash } from "../prepared.ts";
import { type DownloadOptions, download } from "./download.ts";
import { type FileServer, pattern, serveFile } from "./file-server.fixture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorium-download-"));
});
afterEach(() => rm(folder, { recursive: true }));

const clock = { ...systemClock, sleep: async () => undefined };

/** The bytes that are fetched. */
async function fetchedFrom(address: string, options: Partial<DownloadOptions> = {}): Promise<Buffer> {
  await using complete = await download(address, { folder, clock, ...options });
  return await readFile(complete.path);
}

const isWhole = (bytes: Buffer, { file }: FileServer): boolean => bytes.equals(file.content);

describe("a download", () => {
  it("is the file, with its checksum, and leaves nothing else behind", async () => {
    await using server = await serveFile();
    const seen: (readonly [number, number | null])[] = [];
    const onProgress = (received: number, total: number | null): void => void seen.push([received, total]);
    await using complete = await download(server.address, { folder, onProgress });
    expect(complete.sha256).toBe(hash([server.file.content]));
    expect(isWhole(await readFile(complete.path), server)).toBe(true);
    expect([seen.at(0), seen.at(-1)]).toEqual([
      [0, 300_000],
      [300_000, 300_000],
    ]);
    await complete[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  });

  it("goes on where the connection broke, as often as it breaks", async () => {
    await using server = await serveFile({ cuts: [100_000, 50_000] });
    expect(isWhole(await fetchedFrom(server.address), server)).toBe(true);
    expect(server.asked).toEqual([null, "bytes=100000-", "bytes=150000-"]);
  });

  it("is gone on with by a later call", async () => {
    await using server = await serveFile({ cuts: Array(8).fill(10_000) });
    await expect(fetchedFrom(server.address)).rejects.toMatchObject({ code: "source-unreachable" });
    expect(isWhole(await fetchedFrom(server.address), server)).toBe(true);
    expect(server.asked.at(-1)).toBe("bytes=80000-");
  });

  it("begins again when the file has become another one meanwhile", async () => {
    await using server = await serveFile({ cuts: Array(8).fill(10_000) });
    await expect(fetchedFrom(server.address)).rejects.toThrow();
    Object.assign(server.file, { content: pattern(200_000, 7), etag: '"two"' });
    expect(isWhole(await fetchedFrom(server.address), server)).toBe(true);
  });

  it("begins again at a server that gives no parts", async () => {
    await using server = await serveFile({ cuts: [100_000], ranges: false });
    expect(isWhole(await fetchedFrom(server.address), server)).toBe(true);
  });

  it("does not go on without knowing that the file is the same", async () => {
    await using server = await serveFile({ cuts: [100_000], etag: undefined });
    expect(isWhole(await fetchedFrom(server.address), server)).toBe(true);
    expect(server.asked).toEqual([null, null]);
  });

  it("is complete when only the end of the connection was missing", async () => {
    await using server = await serveFile({ cuts: [300_000] });
    expect(isWhole(await fetchedFrom(server.address), server)).toBe(true);
  });

  it("is refused with another checksum than expected, and not gone on with", async () => {
    await using server = await serveFile();
    const sha256 = hash([pattern(300_000, 7)]);
    const wrong = fetchedFrom(server.address, { sha256 });
    await expect(wrong).rejects.toThrow(
      `/model.onnx is not the file that it should be: its SHA-256 is ${hash([server.file.content])}, and ${sha256} was expected`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it("is refused when the server announces more than the limit", async () => {
    await using server = await serveFile();
    const refused = fetchedFrom(server.address, { maxBytes: 200_000 });
    await expect(refused).rejects.toThrow("is larger than the limit of 0.2 MB");
    expect(await readdir(folder)).toEqual([]);
  });

  it("is refused when the server announces nothing and sends more than the limit", async () => {
    await using server = await WebServer.listen((_, response) => {
      response.write(Buffer.alloc(300_000));
    });
    const refused = fetchedFrom(server.url("/model.onnx"), { maxBytes: 200_000 });
    await expect(refused).rejects.toThrow("is larger than the limit of 0.2 MB");
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(!existsSync("/dev/full"))("says that the disk is full, and gives back what it took", async () => {
    await using server = await serveFile();
    // The kernel's own full device, where the bytes would be.
    const left = join(folder, hash([server.address]));
    await mkdir(left);
    await symlink("/dev/full", join(left, "data"));
    await expect(fetchedFrom(server.address)).rejects.toMatchObject({
      code: "store-failed",
      message: `the model cannot be kept in ${folder}: its disk is full`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("gives up on a server that falls silent, and keeps what has come", async () => {
    await using server = await WebServer.listen((_, response) => {
      response.writeHead(200, { "Content-Length": 1000, ETag: '"one"' }).write(Buffer.alloc(500));
    });
    const silent = fetchedFrom(server.url("/model.onnx"), { timeoutMs: 100 });
    await expect(silent).rejects.toThrow("/model.onnx sent nothing for 0.1 s");
    expect(await readdir(folder)).toEqual([hash([server.url("/model.onnx")])]);
  });

  it.each([
    [404, "there is no file at"],
    [403, "does not give the file (403)"],
    [503, "is in trouble (503)"],
  ])("says what an answer of %s means", async (status, sentence) => {
    await using server = await WebServer.listen((_, response) => void response.writeHead(status).end());
    await expect(fetchedFrom(server.url("/model.onnx"))).rejects.toThrow(sentence);
  });

  it("tells user name and password to the server they are for, and to nobody else", async () => {
    await using elsewhere = await serveFile();
    await using server = await WebServer.listen((request, response) => {
      expect(request.headers.authorization).toBe(`Basic ${btoa("ann:s3cret")}`);
      response.writeHead(302, { Location: elsewhere.address }).end();
    });
    expect(isWhole(await fetchedFrom(server.url("/model.onnx", "ann:s3cret")), elsewhere)).toBe(true);
    expect(elsewhere.authorized).toEqual([undefined]);
  });

  it("shows no password, whatever goes wrong", async () => {
    await using server = await WebServer.listen((_, response) => void response.writeHead(404).end());
    const refused = await fetchedFrom(server.url("/model.onnx?token=t0ken", "ann:s3cret")).catch(String);
    expect(refused).toContain("/model.onnx");
    expect(refused).not.toMatch(/s3cret|t0ken|ann/);
  });
});

describe("the hosts that models are fetched from", () => {
  it.each([
    ["https://example.com/model.onnx", "models are not fetched from example.com: --allow-host example.com allows it"],
    ["https://github.com.example.com/model.onnx", "models are not fetched from github.com.example.com"],
    ["http://github.com/model.onnx", "models are not fetched from github.com without encryption"],
    ["ftp://github.com/model.onnx", "models are fetched over https, not ftp"],
    ["https://", "the address of the model cannot be read"],
  ])("%s is refused before anything is sent", async (address, sentence) => {
    await expect(fetchedFrom(address)).rejects.toMatchObject({ code: "config-invalid" });
    await expect(fetchedFrom(address)).rejects.toThrow(sentence);
  });

  it("are also those to which others may send us", async () => {
    await using server = await WebServer.listen((_, response) => {
      response.writeHead(302, { Location: "https://example.com/model.onnx" }).end();
    });
    await expect(fetchedFrom(server.url("/"))).rejects.toThrow("models are not fetched from example.com");
  });

  it("do not send us to this machine", async () => {
    await using inside = await serveFile();
    await using server = await WebServer.listen((_, response) => {
      response.writeHead(302, { Location: inside.address.replace("127.0.0.1", "localhost") }).end();
    });
    await expect(fetchedFrom(server.url("/"))).rejects.toThrow("models are not fetched from localhost");
    expect(inside.asked).toEqual([]);
  });

  it("may be others, also without encryption, where that is said", async () => {
    await using inside = await serveFile();
    await using server = await WebServer.listen((_, response) => {
      response.writeHead(302, { Location: inside.address.replace("127.0.0.1", "localhost") }).end();
    });
    const bytes = await fetchedFrom(server.url("/"), { hosts: ["http://localhost"] });
    expect(isWhole(bytes, inside)).toBe(true);
  });

  it("that send in circles are left", async () => {
    await using server = await WebServer.listen((_, response) => void response.writeHead(302, { Location: "/" }).end());
    await expect(fetchedFrom(server.url("/"))).rejects.toThrow("redirects more than 5 times");
  });
});
