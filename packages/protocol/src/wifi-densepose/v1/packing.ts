import { Decoder, Encoder } from "@msgpack/msgpack";

/**
 * The messages of the streaming API as MessagePack: the same maps, lists, texts and numbers as in JSON. Members that are
 * undefined are left out, as JSON leaves them out.
 */

/** What JSON does not have is not understood. */
export const LIKE_JSON = { maxBinLength: 0, maxExtLength: 0 };

// Making one takes longer than encoding a message.
const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder(LIKE_JSON);

/** `value` as one MessagePack object. */
export const encodeMessage = (value: unknown): Uint8Array<ArrayBuffer> => encoder.encode(value);

/** The one MessagePack object that `bytes` hold; throws when they hold none, or more. */
export const decodeMessage = (bytes: Uint8Array): unknown => decoder.decode(bytes);
