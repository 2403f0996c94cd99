import { once } from "node:events";
import { createServer as createSecureServer, type Server } from "node:https";
import { type AddressInfo, connect, createServer } from "node:net";
import { pipeline } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNodeAvCodec } from "../../packages/server/src/codec/node-av/codec.ts";
import { fingerprintOf, selfSignedCertificate } from "../../packages/server/src/serve/certificate.ts";
import type { TlsFiles } from "../../packages/server/src/serve/listen.ts";
import { parseSource, type Source } from "../../packages/server/src/sources/source.ts";
import { Bench, failureOf, take, watchSource } from "./captures.ts";
import { jpeg, sendJpeg } from "./jpegs.ts";

const SECRET = "admin:s3cret";
const OTHER = "0".repeat(64);

const bench = new Bench();
let files: TlsFiles;
let picture: Buffer;
beforeAll(async () => {
  files = await selfSignedCertificate({ folder: bench.path("certificate"), names: [], nowMs: Date.now() });
  picture = await jpeg(320, 180);
});
afterAll(() => bench[Symbol.asyncDispose]());

let camera: Server;
let address: string;
/** Who asked, as the camera was told. */
let told: (string | undefined)[];
let contentType: string;
beforeEach(async () => {
  told = [];
  contentType = "image/jpeg";
  camera = createSecureServer(files, ({ headers }, response) => {
    told.push(headers.authorization);
    if (headers.authorization === undefined)
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="camera"' }).end();
    else if (contentType === "image/jpeg") sendJpeg(response, picture);
    else response.writeHead(200, { "Content-Type": contentType }).end();
  }).listen(0, "127.0.0.1");
  await once(camera, "listening");
  address = `127.0.0.1:${portOf(camera)}/door`;
});
afterEach(() => {
  camera.closeAllConnections();
  camera.close();
});

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
const source = (certificate?: string): Source =>
  parseSource(`https://${SECRET}@${address}`, { certificate, snapshotIntervalMs: 1 });
const open = (certificate?: string) => watchSource(bench.pool, source(certificate), { pace: "realtime" }).capture;

describe("an HTTPS camera with a certificate of its own", () => {
  it("is not told anything while nobody vouches for it, and the reason names its fingerprint", async () => {
    await using capture = open();
    const message = `https://${address} has a certificate that is not trusted; its fingerprint is ${fingerprintOf(files)}`;
    expect(await failureOf(capture)).toMatchObject({ code: "source-refused", message, retryable: true });
    expect(told).toEqual([]);
  });

  it.each([
    ["as browsers show it", (fingerprint: string) => fingerprint],
    ["without colons", (fingerprint: string) => fingerprint.replaceAll(":", "").toLowerCase()],
    ["by trusting any", () => "any"],
  ])("gives its pictures once its fingerprint is configured %s", async (_, written) => {
    await using capture = open(written(fingerprintOf(files)));
    expect(await take(capture, 3)).toHaveLength(3);
  });

  it("that shows another one than it should is not told anything", async () => {
    await using capture = open(OTHER);
    const message = `https://${address} has another certificate than it should; its fingerprint is ${fingerprintOf(files)}`;
    expect(await failureOf(capture)).toMatchObject({ code: "source-refused", message });
    expect(told).toEqual([]);
  });

  it("is looked at anew for every picture", async () => {
    const folder = bench.path("other");
    const stranger = createSecureServer(await selfSignedCertificate({ folder, names: [], nowMs: Date.now() }), () =>
      told.push("stranger"),
    ).listen(0, "127.0.0.1");
    await once(stranger, "listening");
    let port = portOf(camera);
    // Somebody in between who sends us elsewhere.
    const between = createServer((socket) => {
      const onward = connect(port, "127.0.0.1");
      pipeline(socket, onward, socket, () => undefined);
    }).listen(0, "127.0.0.1");
    await once(between, "listening");
    address = `127.0.0.1:${portOf(between)}/door`;
    await using capture = open(fingerprintOf(files));
    await take(capture, 2);
    told = [];
    port = portOf(stranger);
    expect((await failureOf(capture)).message).toContain("has another certificate than it should");
    expect(told).not.toContain("stranger");
    between.close();
    stranger.close();
  });

  it("is not told anything by whoever reads videos from it either", async () => {
    const { signal } = new AbortController();
    const reading = createNodeAvCodec().open(
      { url: `https://${SECRET}@${address}`, label: "hall", live: true, timeoutMs: 2_000 },
      { signal, onWarning: () => undefined },
    );
    await expect(reading).rejects.toMatchObject({ code: "source-unreachable", retryable: true });
    expect(told).toEqual([]);
  });

  it("may not give a video, which is read without looking at it", async () => {
    contentType = "video/mp4";
    await using capture = open(fingerprintOf(files));
    expect(await failureOf(capture)).toMatchObject({
      code: "source-invalid",
      message: `https://${address} is a video: a certificate of its own can be trusted for JPEG pictures only`,
    });
  });
});
