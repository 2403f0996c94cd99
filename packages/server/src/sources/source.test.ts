import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SensoriumError } from "@sensorium/protocol";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { redactUrl } from "./address.ts";
import { describeSource, parseSource } from "./source.ts";

const folder = mkdtempSync(join(tmpdir(), "sensorium-source-"));
const video = join(folder, "front door.mp4");
writeFileSync(video, "");
afterAll(() => rmSync(folder, { recursive: true }));

const refusalOf = (text: string): string => {
  try {
    parseSource(text);
  } catch (thrown) {
    if (thrown instanceof SensoriumError && thrown.code === "config-invalid") return thrown.message;
    throw thrown;
  }
  throw new Error(`${text} was accepted`);
};

describe("a source as people write it", () => {
  it.each([
    ["a path", video, { kind: "file", path: video, loop: false }],
    ["a file address", pathToFileURL(video).href, { kind: "file", path: video, loop: false }],
    ["an RTSP address", "rtsp://10.0.0.7/s1", { kind: "rtsp", url: "rtsp://10.0.0.7/s1", transport: "tcp" }],
    ["capitals", "RTSP://10.0.0.7/s1", { kind: "rtsp", url: "RTSP://10.0.0.7/s1", transport: "tcp" }],
    ["RTSP over TLS", "rtsps://cam.example/s1", { kind: "rtsp", url: "rtsps://cam.example/s1", transport: "tcp" }],
    ["an HTTP address", "http://10.0.0.7/a.jpg", { kind: "http", url: "http://10.0.0.7/a.jpg", intervalMs: 1_000 }],
    ["HTTPS in capitals", "HTTPS://cam.example/", { kind: "http", url: "HTTPS://cam.example/", intervalMs: 1_000 }],
    ["a snapshot", "snapshot+http://h/a", { kind: "http-snapshot", url: "http://h/a", intervalMs: 1_000 }],
    ["an MJPEG stream", "mjpeg+https://h/a?x=1", { kind: "http-mjpeg", url: "https://h/a?x=1" }],
    ["the first webcam", "webcam:", { kind: "webcam", device: "0" }],
    ["a webcam by its number", "webcam:2", { kind: "webcam", device: "2" }],
    ["a webcam by its device", "webcam:/dev/video1", { kind: "webcam", device: "/dev/video1" }],
    ["the simulated room", "simulated:", { kind: "simulated", seed: 1 }],
    ["a simulated room of its own", "simulated:77", { kind: "simulated", seed: 77 }],
  ])("may be %s", (_, text, expected) => {
    expect(parseSource(text)).toEqual(expected);
  });

  it("takes the transport, the loop and the interval it is told", () => {
    for (const text of ["http://h/a", "snapshot+http://h/a"])
      expect(parseSource(text, { snapshotIntervalMs: 200 })).toMatchObject({ intervalMs: 200 });
    expect(parseSource("rtsp://h/s", { rtspTransport: "udp" })).toMatchObject({ transport: "udp" });
    expect(parseSource(video, { loop: true })).toMatchObject({ loop: true });
  });

  it("takes from an HTTPS address's fingerprint what is compared", () => {
    const certificate = Array(32).fill("AB").join(":");
    for (const text of ["https://h/a", "snapshot+https://h/a", "mjpeg+https://h/a"])
      expect(parseSource(text, { certificate })).toMatchObject({ certificate: "ab".repeat(32) });
    const refused = "http://h/a has no certificate: only https:// addresses have one";
    expect(() => parseSource("http://user:s3cret@h/a", { certificate: "any" })).toThrow(refused);
  });

  it("is decoded by the CPU alone where that is asked for", () => {
    for (const text of [video, "rtsp://h/s", "http://h/a.m3u8"]) {
      expect(parseSource(text, { decode: "software" })).toMatchObject({ decode: "software" });
      expect(parseSource(text, { decode: "auto" })).not.toHaveProperty("decode");
    }
  });

  it.each([
    ["a missing file", join(folder, "no.mp4"), "no.mp4 does not exist"],
    ["a folder", folder, "is not a file"],
    ["nothing", "", "is not a file"],
    ["a file of another machine", "file://elsewhere/video.mp4", "does not name a file of this machine"],
    ["a protocol that is not known", "gopher://h/x", "gopher:// is not a source that can be opened"],
    ["an RTSP address without a host", "rtsp://", "it needs a host"],
    ["an RTSP address with one slash", "rtsp:/h/x", "it needs a host"],
    ["an RTSP address with a bad port", "rtsp://h:port/x", "cannot be read"],
    ["an HTTP address without a host", "http://", "it needs a host"],
    ["an explicit address without a host", "mjpeg+http:///", "it needs a host"],
    ["a stream of a protocol that has none", "mjpeg+rtsp://h/x", "mjpeg+rtsp:// is not a source"],
    ["a word for a seed", "simulated:many", "has a bad seed"],
    ["a negative seed", "simulated:-1", "has a bad seed"],
    ["a seed with a fraction", "simulated:1.5", "has a bad seed"],
    ["a seed beyond 32 bits", "simulated:4294967296", "has a bad seed"],
  ])("is refused with a reason when it is %s", (_, text, reason) => {
    expect(refusalOf(text)).toContain(reason);
  });

  it.each([
    ...["rtsp://admin:12#34@10.0.0.7/s", "rtsp://admin:12/34@10.0.0.7/s", "rtsp://admin:12?34@10.0.0.7/s"],
    ...["http://admin:12#34@10.0.0.7/s", "mjpeg+http://admin:12/34@10.0.0.7/s"],
  ])("is refused when its password is not encoded: %s", (text) => {
    const reason = refusalOf(text);
    expect(reason).toContain("%23");
    expect(reason).not.toMatch(/admin|12|34/);
  });
});

describe("a source as people may see it", () => {
  it.each([
    ["rtsp://admin:s3cret@10.0.0.7:554/ch1?token=abc#x", "rtsp://10.0.0.7:554/ch1"],
    ["rtsp://10.0.0.7/user=admin_password=s3cret_channel=1_stream=0.sdp", "rtsp://10.0.0.7/…"],
    ["rtsp://[fe80::1]/live", "rtsp://[fe80::1]/live"],
    ["rtsp://admin:s3c/ret", "an address that cannot be read"],
  ])("%s is shown as %s", (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  it("names a file without its folder and a simulated room by its seed", () => {
    expect(describeSource({ kind: "file", path: "/home/me/door.mp4", loop: false })).toBe("door.mp4");
    expect(describeSource({ kind: "simulated", seed: 4 })).toBe("simulated:4");
  });

  it("never holds the user name or the password, whatever they are", () => {
    const schemes = fc.constantFrom("rtsp", "http", "https");
    const secret = fc.stringMatching(/^[!-~]{1,12}$/).map((text) => `<${text}>`);
    fc.assert(
      fc.property(secret, secret, fc.boolean(), schemes, (user, password, encoded, scheme) => {
        const [name, word] = encoded ? [encodeURIComponent(user), encodeURIComponent(password)] : [user, password];
        const text = `${scheme}://${name}:${word}@10.0.0.7/stream`;
        let shown: string;
        try {
          shown = describeSource(parseSource(text));
        } catch (thrown) {
          shown = String(thrown);
        }
        for (const leak of [user, password, name, word]) expect(shown).not.toContain(leak);
        if (encoded) expect(shown).toBe(`${scheme}://10.0.0.7/stream`);
      }),
      { numRuns: 500 },
    );
  });
});
