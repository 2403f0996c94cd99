import { AV_LOG_QUIET } from "node-av/constants";
import { Log } from "node-av/lib";
import type { Codec } from "../codec.ts";
import { cropPicture } from "./crop.ts";
import { MjpegEncoder } from "./jpeg.ts";
import { MjpegDecoder } from "./jpeg-decoder.ts";
import { NativeMediaInput } from "./media-input.ts";
import { fingerprint, paintPicture } from "./picture.ts";
import { SoftwareScaler } from "./scaler.ts";

/** FFmpeg through node-av. Its own log is silenced: it would print addresses with passwords. */
export function createNodeAvCodec(): Codec {
  Log.setLevel(AV_LOG_QUIET);
  return {
    open: (address, signal) => NativeMediaInput.open(address, signal),
    createScaler: () => new SoftwareScaler(),
    createJpegEncoder: () => new MjpegEncoder(),
    createJpegDecoder: () => new MjpegDecoder(),
    crop: cropPicture,
    fingerprint,
    draw: paintPicture,
  };
}
