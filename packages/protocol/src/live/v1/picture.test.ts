import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePicture, encodePicture } from "./picture.ts";

const fields = {
  handle: fc.integer({ min: 0, max: 0xffff }),
  sequence: fc.integer({ min: 0, max: 0xffff_ffff }),
  at: fc.double({ noNaN: true }),
  capturedMs: fc.double({ noNaN: true }),
  jpeg: fc.uint8Array(),
};

describe("a picture message", () => {
  it("comes out as it went in", () => {
    fc.assert(
      fc.property(fc.record(fields), (picture) => {
        expect(decodePicture(encodePicture(picture))).toEqual(picture);
      }),
    );
  });

  it("is read wherever it lies in a larger buffer", () => {
    fc.assert(
      fc.property(fc.record(fields), fc.integer({ min: 0, max: 9 }), (picture, offset) => {
        const message = encodePicture(picture);
        const larger = new Uint8Array(message.length + offset + 3);
        larger.set(message, offset);
        expect(decodePicture(larger.subarray(offset, offset + message.length))).toEqual(picture);
      }),
    );
  });

  it("that is anything else is refused with a sentence, never read past its end", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        fc.pre(bytes.length < 24 || bytes[0] !== 1 || bytes[1] !== 1);
        expect(() => decodePicture(bytes)).toThrow(/picture message/);
      }),
    );
  });

  it("has the bytes of the golden file", () => {
    const golden = JSON.parse(readFileSync(new URL("./golden/picture.json", import.meta.url), "utf8"));
    const { jpegBase64, messageBase64, ...header } = golden;
    const message = encodePicture({ ...header, jpeg: Buffer.from(jpegBase64, "base64") });
    expect(Buffer.from(message).toString("base64")).toBe(messageBase64);
  });
});
