/** The port between compressed media and pixels; `node-av/` implements it. Used in capture threads only. */
import type { Box } from "@sensorium/perception";
import type { Micros, Size } from "@sensorium/protocol";

/** Where media comes from, as the demuxer needs it; `label` is what people may see of it. */
export interface MediaAddress {
  readonly url: string;
  /** The address without credentials, for messages. */
  readonly label: string;
  /** It may keep a read waiting. */
  readonly live: boolean;
  /** What reads it, where the address does not tell: the system's own cameras. */
  readonly inputFormat?: string;
  /** Whether the machine's own device may decode it, where it has one; it may when absent. */
  readonly decode?: "auto" | "software";
  /** For RTSP only. */
  readonly rtspTransport?: "tcp" | "udp";
  /** How long opening, and any one read of a live source, may take. */
  readonly timeoutMs: number;
}

/** What decodes: "software", or the name of a device. */
export interface DecoderChoice {
  readonly name: string;
  /** Why it is that, in a few words. */
  readonly reason: string;
}

export interface MediaInfo {
  readonly codec: string;
  /** Null where nothing is decoded. */
  readonly decoder: DecoderChoice | null;
  readonly container: string;
  /** Null until the first frame of a source that does not announce it. */
  readonly size: Size | null;
  readonly framesPerSecond: number | null;
  /** Null where there is no end to be seen. */
  readonly durationSeconds: number | null;
}

/** A decoded picture in the decoder's own memory. Every owner disposes once. */
export interface DecodedPicture extends Disposable {
  readonly size: Size;
  /** Presentation time in the source's own clock; null when the source gave none. */
  readonly pts: Micros | null;
  /** Wall time at which the data that completed it came in. */
  readonly arrivedMs: number;
  /** Another owner of the same pixels. */
  share(): DecodedPicture;
}

/** An opened source. Pictures come in presentation order; leaving the loop stops reading. */
export interface MediaInput extends AsyncDisposable {
  readonly info: MediaInfo;
  /** Pictures that could not be decoded and were skipped. */
  readonly undecodable: number;
  /** The end of what has been read, of any stream, on the clock of the pictures. */
  readonly reachedSeconds: number;
  pictures(): AsyncIterable<DecodedPicture>;
  /** Makes a blocked read return at once. */
  interrupt(): void;
}

/** Three planes that can be drawn on: luma at full, chroma at half resolution in both directions, full range. */
export interface Canvas {
  readonly size: Size;
  readonly planes: readonly [Plane, Plane, Plane];
}

export interface Plane {
  readonly data: Uint8Array;
  /** Bytes from one row to the next; at least the plane's width. */
  readonly stride: number;
}

/** Scales pictures of changing size; keeps its tables between calls of the same geometry. */
export interface Scaler extends Disposable {
  /** Writes planes G, B, R of `to` size, tightly packed, into `into` (3 · width · height bytes). */
  writePlanarRgb(picture: DecodedPicture, to: Size, into: Uint8Array): void;
  /** Writes the brightness alone, every sample the mean of what it covers, tightly packed (width · height bytes). */
  writeLuma(picture: DecodedPicture, to: Size, into: Uint8Array): void;
}

/** Cuts parts out of pictures, one after the other. */
export interface Cropper extends Disposable {
  /**
   * The pixels of a part of a picture, given in its pixels and inside of it; edges move outwards by up to one pixel.
   * The part is good until the next one is cut.
   */
  crop(picture: DecodedPicture, region: Box): DecodedPicture;
}

export interface JpegRequest {
  readonly size: Size;
  /** 1..100 */
  readonly quality: number;
  /** Draws on the scaled picture before it is encoded. */
  readonly draw?: ((canvas: Canvas) => void) | undefined;
}

export interface JpegEncoder extends Disposable {
  /** The bytes are the caller's own. */
  encode(picture: DecodedPicture, request: JpegRequest): Uint8Array<ArrayBuffer>;
}

/** Decodes pictures that come one by one, of changing size and colours. */
export interface JpegDecoder extends Disposable {
  /** Null when it cannot be decoded. `arrivedMs` is the wall time at which the bytes came in. */
  decode(jpeg: Uint8Array, arrivedMs: number): DecodedPicture | null;
}

export interface OpenMediaOptions {
  /** Stops waiting when it aborts. */
  readonly signal: AbortSignal;
  /** Something went wrong that does not end the pictures. */
  onWarning(message: string): void;
}

export interface Codec {
  /** Fails with a source error naming what and why. */
  open(address: MediaAddress, options: OpenMediaOptions): Promise<MediaInput>;
  createScaler(): Scaler;
  createCropper(): Cropper;
  createJpegEncoder(): JpegEncoder;
  createJpegDecoder(): JpegDecoder;
  /** A number that is the same for the same pixels, and hardly ever for others. */
  fingerprint(picture: DecodedPicture): number;
  /** A picture drawn by the caller instead of decoded. */
  draw(size: Size, pts: Micros, paint: (canvas: Canvas) => void): DecodedPicture;
}

/** The largest size in the proportions of `source`, in even numbers, that is no wider than `maxWidth` and the source. */
export function sizeWithin(source: Size, maxWidth: number): Size {
  const width = Math.max(2, 2 * Math.floor(Math.min(source.width, maxWidth) / 2));
  return { width, height: Math.max(2, 2 * Math.round((source.height * width) / source.width / 2)) };
}
