import type { Box } from "@sensorium/perception";
import { cameraId, type Size } from "@sensorium/protocol";
import sharp from "sharp";
import type { PictureFormat } from "../capture/messages.ts";
import { fitPicture } from "../capture/tap.ts";
import type { Crop } from "./crop-model.ts";

/** A decoded picture: red, green and blue of each pixel in turn. */
export interface Pixels extends Size {
  readonly data: Uint8Array;
}

/** Reads a picture file. */
export async function readPixels(path: string): Promise<Pixels> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

export const wholeOf = ({ width, height }: Size): Box => ({ x1: 0, y1: 0, x2: width, y2: height });

/** A region of a picture in the layout and format that models take. */
export async function cropOf({ data, width, height }: Pixels, region: Box, format: PictureFormat): Promise<Crop> {
  const part = { width: region.x2 - region.x1, height: region.y2 - region.y1 };
  const size = fitPicture(part, format);
  const raw = await sharp(data, { raw: { width, height, channels: 3 } })
    .extract({ left: region.x1, top: region.y1, ...part })
    .resize(size.width, size.height, { fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer();
  const count = size.width * size.height;
  const buffer = new SharedArrayBuffer(3 * count);
  const planes = new Uint8Array(buffer);
  for (let i = 0; i < 3 * count; i++) planes[i] = raw[3 * (i % count) + ([1, 2, 0][Math.floor(i / count)] ?? 0)] ?? 0;
  return { camera: cameraId("test"), picture: { buffer, offset: 0, ...size }, region };
}
