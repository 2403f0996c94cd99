import { DecodeError, Decoder, Encoder } from "@msgpack/msgpack";
import type { ParsedClientMessage } from "./schema.ts";
import { checkClientMessage } from "./schema.ts";

/**
 * The messages of the streaming API as MessagePack: the same maps, lists, texts and numbers as in JSON. Members that are
 * undefined are left out, as JSON leaves them out.
 */

/** No list of a client's message is longer: a length costs nothing to write, but memory to believe. */
const MAX_LIST = 128;
/** What JSON does not have is not understood. */
const LIKE_JSON = { maxBinLength: 0, maxExtLength: 0 };

// Making one takes longer than encoding a message.
const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder(LIKE_JSON);
const clientDecoder = new Decoder({ ...LIKE_JSON, maxArrayLength: MAX_LIST });

/** `value` as one MessagePack object. */
export const encodeMessage = (value: unknown): Uint8Array<ArrayBuffer> => encoder.encode(value);

/** The one MessagePack object that `bytes` hold; throws when they hold none, or more. */
export const decodeMessage = (bytes: Uint8Array): unknown => decoder.decode(bytes);

/** Reads one binary message of a client; never throws. */
export function parsePackedClientMessage(bytes: Uint8Array): ParsedClientMessage {
  let value: unknown;
  try {
    value = clientDecoder.decode(bytes);
  } catch (thrown) {
    const tooMuch = thrown instanceof DecodeError && thrown.message.startsWith("Max length");
    const message = tooMuch
      ? `The message holds what no message needs: binary, an extension, or a list of more than ${MAX_LIST}`
      : "The message is not one MessagePack object";
    return { ok: false, message, details: null };
  }
  return checkClientMessage(value);
}
