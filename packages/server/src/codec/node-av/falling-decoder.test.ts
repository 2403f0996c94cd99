import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeClip } from "@sensorium/testkit/clip";
import type { Frame, Packet, Stream } from "node-av/lib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MediaAddress, MediaInfo } from "../codec.ts";
import { createNodeAvCodec } from "./codec.ts";
import { openSoftwareDecoder, type VideoDecoder } from "./decoder.ts";
import type { DecodingDevice } from "./device.ts";

const FRAMES = 50;
const folder = mkdtempSync(join(tmpdir(), "sensorium-device-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Decodes with the CPU, in place of a device, and fails for good at the packet of this number. */
class Fake implements VideoDecoder {
  readonly #inner: VideoDecoder;
  readonly #failsAt: number;
  #packets = 0;

  constructor(stream: Stream, failsAt: number) {
    this.#inner = openSoftwareDecoder(stream, "fake");
    this.#failsAt = failsAt;
  }

  *decode(packet: Packet | null): Generator<Frame | null, void, undefined> {
    if (this.#packets++ >= this.#failsAt) yield null;
    else yield* this.#inner.decode(packet);
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}

const fake = (failsAt: number): DecodingDevice => ({ name: "fake", open: (stream) => new Fake(stream, failsAt) });

interface Played {
  readonly info: MediaInfo;
  readonly warnings: readonly string[];
  readonly undecodable: number;
  /** Time and look of every picture. */
  readonly pictures: readonly string[];
}

let address: MediaAddress;
/** What the CPU makes of it. */
let expected: readonly string[];

async function play(device: DecodingDevice | undefined, decode: "auto" | "software" = "auto"): Promise<Played> {
  const codec = createNodeAvCodec(() => device);
  const warnings: string[] = [];
  const options = { signal: new AbortController().signal, onWarning: (message: string) => void warnings.push(message) };
  await using input = await codec.open({ ...address, decode }, options);
  const pictures: string[] = [];
  for await (const picture of input.pictures()) {
    using held = picture;
    pictures.push(`${held.pts} ${codec.fingerprint(held)}`);
  }
  return { info: input.info, warnings, undecodable: input.undecodable, pictures };
}

beforeAll(async () => {
  const path = await makeClip({ path: join(folder, "clip.mp4"), seconds: 5, fps: 10, size: { width: 64, height: 48 } });
  address = { url: path, label: "clip.mp4", live: false, timeoutMs: 1_000 };
  expected = (await play(undefined)).pictures;
  expect(new Set(expected).size).toBe(FRAMES);
});

describe("a device that decodes", () => {
  it("is used, and named with the reason", async () => {
    const { info, warnings, pictures } = await play(fake(Number.POSITIVE_INFINITY));
    expect(info.decoder).toEqual({ name: "fake", reason: "this machine has it, and it decodes h264" });
    expect(pictures).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  it("is not asked where the CPU is to decode", async () => {
    const { info, pictures } = await play(fake(0), "software");
    expect(info.decoder).toEqual({ name: "software", reason: "it is set so" });
    expect(pictures).toEqual(expected);
  });

  it("that does not know the codec, or does not open, leaves it to the CPU", async () => {
    const { info, warnings, pictures } = await play({ name: "fake", open: () => undefined });
    expect(info.decoder).toEqual({ name: "software", reason: "fake cannot decode h264 here" });
    expect(pictures).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  it("that there is none of leaves it to the CPU", async () => {
    expect((await play(undefined)).info.decoder).toEqual({
      name: "software",
      reason: "this machine has no device for it",
    });
  });

  it("loses no picture and repeats none, at whatever packet it fails", async () => {
    for (let failsAt = 0; failsAt <= FRAMES; failsAt++) {
      const { warnings, undecodable, pictures } = await play(fake(failsAt));
      expect(pictures, `failing at packet ${failsAt}`).toEqual(expected);
      expect(undecodable).toBe(0);
      expect(warnings).toEqual(["clip.mp4 is decoded by the CPU from now on: fake failed"]);
    }
  });

  it("is looked for once, however many videos are opened", async () => {
    let asked = 0;
    const codec = createNodeAvCodec(() => {
      asked++;
      return undefined;
    });
    const options = { signal: new AbortController().signal, onWarning: () => undefined };
    for (let round = 0; round < 3; round++) await (await codec.open(address, options))[Symbol.asyncDispose]();
    expect(asked).toBe(1);
  });
});
