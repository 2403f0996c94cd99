import type { ServerResponse } from "node:http";
import sharp from "sharp";

/** A JPEG of one colour, red, green and blue 0..255. */
export function jpeg(width: number, height: number, [r, g, b] = [200, 30, 60] as readonly number[]): Promise<Buffer> {
  const background = { r: r ?? 0, g: g ?? 0, b: b ?? 0 };
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** Answers with one picture. */
export const sendJpeg = (response: ServerResponse, picture: Uint8Array): void =>
  void response.writeHead(200, { "Content-Type": "image/jpeg", "Content-Length": picture.length }).end(picture);

/** Begins a stream of pictures. */
export const beginStream = (response: ServerResponse): void =>
  void response.writeHead(200, { "Content-Type": "multipart/x-mixed-replace; boundary=next" });

/** One part of such a stream. */
export const part = (content: Uint8Array, type = "image/jpeg"): Buffer =>
  Buffer.concat([Buffer.from(`--next\r\nContent-Type: ${type}\r\n\r\n`), content, Buffer.from("\r\n")]);
