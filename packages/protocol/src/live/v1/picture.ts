import { SensoriumError } from "../../errors.ts";

/**
 * One picture as a binary message, little-endian:
 *
 * ```
 * offset 0   u8   1: the version of this layout
 *        1   u8   1: a JPEG follows
 *        2   u16  camera handle, from the `cameras` message
 *        4   u32  sequence of the source frame
 *        8   f64  media time in microseconds: the key that joins tracks and pictures
 *        16  f64  captured, Unix milliseconds
 *        24       JPEG bytes
 * ```
 */
export interface Picture {
  readonly handle: number;
  readonly sequence: number;
  readonly at: number;
  readonly capturedMs: number;
  /** When decoded, a view of the message, not a copy. */
  readonly jpeg: Uint8Array;
}

const VERSION = 1;
const JPEG = 1;
const HEADER_BYTES = 24;

/** The binary message for `picture`: a copy, free to be shared. The sequence wraps at 2³². */
export function encodePicture(picture: Picture): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(HEADER_BYTES + picture.jpeg.length);
  const header = new DataView(message.buffer);
  header.setUint8(0, VERSION);
  header.setUint8(1, JPEG);
  header.setUint16(2, picture.handle, true);
  header.setUint32(4, picture.sequence, true);
  header.setFloat64(8, picture.at, true);
  header.setFloat64(16, picture.capturedMs, true);
  message.set(picture.jpeg, HEADER_BYTES);
  return message;
}

/** The picture in a binary message; throws a `SensoriumError` when it is none. */
export function decodePicture(message: Uint8Array): Picture {
  if (message.length < HEADER_BYTES) {
    throw new SensoriumError("internal", `A picture message has ${HEADER_BYTES} bytes or more, not ${message.length}`);
  }
  const header = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const version = header.getUint8(0);
  const kind = header.getUint8(1);
  if (version !== VERSION || kind !== JPEG) {
    throw new SensoriumError("internal", `A picture message of version ${version}, kind ${kind} is not known here`);
  }
  return {
    handle: header.getUint16(2, true),
    sequence: header.getUint32(4, true),
    at: header.getFloat64(8, true),
    capturedMs: header.getFloat64(16, true),
    jpeg: message.subarray(HEADER_BYTES),
  };
}
