import { X509Certificate } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../observe/log.ts";
import { fingerprintOf, readCertificate, selfSignedCertificate } from "./certificate.ts";
import { CounterServer } from "./counter/server.ts";
import { HttpServer } from "./http/server.ts";
import { directoryOf, ScriptedCamera } from "./testing/scripted-camera.ts";
import { TestClient } from "./testing/test-client.ts";

const DAY_MS = 86_400_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorium-tls-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = (nowMs = Date.now(), names: readonly string[] = []) => selfSignedCertificate({ folder, names, nowMs });

/** What an address answers to a client that trusts only this certificate. */
function get(url: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ca }, (reply) => {
      reply.resume();
      resolve(reply.statusCode ?? 0);
    });
    asked.on("error", reject).end();
  });
}

describe("a certificate that is made here", () => {
  it("names this machine and what else it is called, and its key is readable by its owner only", async () => {
    const { cert } = await make(Date.now(), ["counter.shop.example", "192.168.1.5"]);
    const certificate = new X509Certificate(cert);
    for (const name of ["localhost", "counter.shop.example"]) expect(certificate.checkHost(name)).toBe(name);
    for (const address of ["127.0.0.1", "192.168.1.5"]) expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkHost("other.example")).toBeUndefined();
    expect(certificate.ca).toBe(false);
    expect(statSync(join(folder, "key.pem")).mode & 0o077).toBe(0);
  });

  it("is kept until it is about to run out or lacks a name", async () => {
    const start = Date.now();
    const first = fingerprintOf(await make(start));
    expect(fingerprintOf(await make(start + 360 * DAY_MS))).toBe(first);
    const second = fingerprintOf(await make(start + 370 * DAY_MS));
    expect(second).not.toBe(first);
    expect(fingerprintOf(await make(start + 370 * DAY_MS, ["shop.example"]))).not.toBe(second);
  });

  it("encrypts both ports for clients that trust it, and only for those", async () => {
    const tls = await make();
    const camera = new ScriptedCamera();
    const shared = { log: silentLog, port: 0, tls };
    await using http = await HttpServer.listen({ cameras: directoryOf(camera), pageFolder: folder, ...shared });
    await using counter = await CounterServer.listen({ camera, zone: "UTC", ...shared });
    const url = `https://localhost:${http.port}/healthz`;
    expect(await get(url, tls.cert)).toBe(200);
    await expect(get(url, (await selfSignedOf("elsewhere")).cert)).rejects.toThrow("self-signed certificate");
    for (const address of [`wss://localhost:${http.port}/live/v1`, `wss://localhost:${counter.port}`]) {
      await using client = await TestClient.connect(address, { ca: tls.cert });
      await client.next(address.endsWith("v1") ? "cameras" : "stats");
    }
  });
});

const selfSignedOf = (name: string) =>
  selfSignedCertificate({ folder: join(folder, name), names: [], nowMs: Date.now() });

describe("a certificate of one's own", () => {
  it("is used as it is", async () => {
    const made = await make();
    const paths = { cert: join(folder, "certificate.pem"), key: join(folder, "key.pem") };
    expect(await readCertificate(paths)).toEqual(made);
  });

  it("is refused by name when a file is missing or the key belongs to another", async () => {
    await make();
    await selfSignedOf("other");
    const cert = join(folder, "certificate.pem");
    copyFileSync(join(folder, "other", "key.pem"), join(folder, "foreign.pem"));
    const foreign = readCertificate({ cert, key: join(folder, "foreign.pem") });
    await expect(foreign).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("foreign"),
    });
    await expect(readCertificate({ cert, key: "/nowhere.pem" })).rejects.toThrow("the key /nowhere.pem cannot be read");
  });
});
