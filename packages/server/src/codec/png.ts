import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import type { Picture } from "../flow/frame.ts";

const compress = promisify(deflate);
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Eight bits of red, green and blue; no interlacing. */
const FORMAT = [8, 2, 0, 0, 0];

/** A picture as PNG; it has to stay valid until then. Compression is off the main thread. */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  const { width, height } = picture;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(FORMAT, 8);
  const pixels = await compress(rowsOf(picture));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

/** Red, green and blue of each pixel, with a byte before each row that says that it is unfiltered. */
function rowsOf({ buffer, offset, width, height }: Picture): Uint8Array {
  const plane = width * height;
  const planes = new Uint8Array(buffer, offset, 3 * plane);
  const rows = new Uint8Array(height * (1 + 3 * width));
  let to = 0;
  for (let row = 0; row < height; row++) {
    to++;
    for (let at = row * width; at < (row + 1) * width; at++) {
      rows[to++] = planes[2 * plane + at] ?? 0;
      rows[to++] = planes[at] ?? 0;
      rows[to++] = planes[plane + at] ?? 0;
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
