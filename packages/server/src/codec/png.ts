import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import type { Size } from "@sensorium/protocol";
import type { Picture } from "../flow/frame.ts";

const compress = promisify(deflate);
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Eight bits of red, green and blue; no interlacing. */
const FORMAT = [8, 2, 0, 0, 0];
/** The filter of a row. */
const SUB = 1;

/** Red, green and blue of each pixel in turn, row by row, as PNG. Compression is off the main thread. */
export async function encodePng(pixels: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(FORMAT, 8);
  const rows = await compress(rowsOf(pixels, { width, height }));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))]);
}

/** Red, green and blue of each pixel of a picture in turn. */
export function pixelsOf({ buffer, offset, width, height }: Picture): Uint8Array {
  const plane = width * height;
  const planes = new Uint8Array(buffer, offset, 3 * plane);
  const pixels = new Uint8Array(3 * plane);
  for (let at = 0, to = 0; at < plane; at++) {
    pixels[to++] = planes[2 * plane + at] ?? 0;
    pixels[to++] = planes[at] ?? 0;
    pixels[to++] = planes[plane + at] ?? 0;
  }
  return pixels;
}

/** Each pixel as its difference from the one to its left, which packs better; a byte before each row says so. */
function rowsOf(pixels: Uint8Array, { width, height }: Size): Uint8Array {
  const rows = new Uint8Array(height * (1 + 3 * width));
  for (let row = 0, from = 0, to = 0; row < height; row++) {
    rows[to++] = SUB;
    for (let value = 0; value < 3 * width; value++, from++) {
      const left = value < 3 ? 0 : (pixels[from - 3] ?? 0);
      rows[to++] = (pixels[from] ?? 0) - left;
    }
  }
  return rows;
}

function chunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
