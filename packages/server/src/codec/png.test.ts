import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { encodePng, pixelsOf } from "./png.ts";

/** A picture of planes G, B, R, and the same as red, green and blue of each pixel. */
const pictures = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })).chain(([width, height]) =>
  fc.uint8Array({ minLength: 3 * width * height, maxLength: 3 * width * height }).map((planes) => {
    const buffer = new SharedArrayBuffer(planes.length);
    new Uint8Array(buffer).set(planes);
    const plane = width * height;
    const pixels = Array.from({ length: plane }, (_, i) => [planes[2 * plane + i], planes[i], planes[plane + i]]);
    return { picture: { buffer, offset: 0, width, height }, pixels: pixels.flat() };
  }),
);

describe("a PNG", () => {
  it("has every pixel as it was", async () => {
    await fc.assert(
      fc.asyncProperty(pictures, async ({ picture, pixels }) => {
        const { data, info } = await sharp(await encodePng(pixelsOf(picture), picture))
          .raw()
          .toBuffer({ resolveWithObject: true });
        expect(info).toMatchObject({ width: picture.width, height: picture.height, channels: 3 });
        expect([...data]).toEqual(pixels);
      }),
      { numRuns: 30 },
    );
  });
});
