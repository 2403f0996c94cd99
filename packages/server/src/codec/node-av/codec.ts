import { AV_LOG_QUIET } from "node-av/constants";
import { Log } from "node-av/lib";
import type { Codec } from "../codec.ts";
import { NativeCropper } from "./crop.ts";
import { type DecodingDevice, findDecodingDevice } from "./device.ts";
import { MjpegEncoder } from "./jpeg.ts";
import { MjpegDecoder } from "./jpeg-decoder.ts";
import { NativeMediaInput } from "./media-input.ts";
import { fingerprint, paintPicture } from "./picture.ts";
import { SoftwareScaler } from "./scaler.ts";

/**
 * FFmpeg through node-av. Its own log is silenced: it would print addresses with passwords. What `findDevice` gives, it
 * is asked once, when the first video is opened.
 */
export function createNodeAvCodec(findDevice: () => DecodingDevice | undefined = findDecodingDevice): Codec {
  Log.setLevel(AV_LOG_QUIET);
  let found: { readonly device: DecodingDevice | undefined } | undefined;
  const device = (): DecodingDevice | undefined => {
    found ??= { device: findDevice() };
    return found.device;
  };
  return {
    open: (address, options) => NativeMediaInput.open(address, { ...options, device }),
    createScaler: () => new SoftwareScaler(),
    createCropper: () => new NativeCropper(),
    createJpegEncoder: () => new MjpegEncoder(),
    createJpegDecoder: () => new MjpegDecoder(),
    fingerprint,
    draw: paintPicture,
  };
}
